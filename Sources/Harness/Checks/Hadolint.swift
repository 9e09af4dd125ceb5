/// hadolint: Containerfiles and the shell in them.
struct Hadolint: Check {
    let name = "hadolint"
    let summary = "Containerfiles follow the field's practice"
    let tools = [Tool.hadolint]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .containerfile).map { file in
            Subject(path: file.path, inputs: [file.path] + repository.configurations(named: ".hadolint.yaml", for: file.path))
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .hadolint), ["--format", "json", "--no-fail"] + subjects.map(\.path),
            folder: context.repository.root
        ).run()
        guard output.isSuccess, let report = JSONValue(parsing: output.stdout)?.array else {
            throw HarnessError("hadolint: \(output.lastLine)")
        }
        return report.compactMap { item in
            guard let rule = item["code"]?.string, let path = item["file"]?.string else { return nil }
            let isError = item["level"]?.string == "error"
            return Finding(
                rule: "\(name)/\(rule)", severity: isError ? .error : .warning, path: path, line: item["line"]?.int,
                column: item["column"]?.int, message: item["message"]?.string ?? rule)
        }
    }

    var examples: [Example] {
        let base = "FROM debian:12.11-slim@sha256:\(String(repeating: "0", count: 64))\n"
        return [
            .sound("a pinned base and one user", ["Containerfile": base + "USER 10001:10001\nCMD [\"/bin/true\"]\n"]),
            .broken("a base without a tag", ["Containerfile": "FROM debian\n"], triggers: "DL3006"),
            .broken("the last of everything", ["Containerfile": "FROM debian:latest\n"], triggers: "DL3007"),
            .broken("cd in place of WORKDIR", ["Containerfile": base + "RUN cd /tmp\n"], triggers: "DL3003"),
            .broken("packages without a version", ["Dockerfile": base + "RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n"], triggers: "DL3008"),
            .broken("a variable without quotes", ["Containerfile": base + "RUN A=1; echo $A\n"], triggers: "SC2086"),
            .broken("what is no instruction", ["Containerfile": base + "RUNN true\n"], triggers: "DL1000"),
        ]
    }
}
