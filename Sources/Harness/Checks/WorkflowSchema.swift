/// check-jsonschema against the schema of GitHub Actions workflows that it carries.
struct WorkflowSchema: Check {
    let name = "workflow-schema"
    let summary = "GitHub Actions workflows fit their published schema"
    let tools = [Tool.schema]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .githubWorkflow).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .schema),
            ["--builtin-schema", "vendor.github-workflows", "--output-format", "json"]
                + subjects.map { "./" + $0.path },
            folder: context.repository.root
        ).run()
        guard let report = JSONValue(parsing: output.stdout) else {
            throw HarnessError("check-jsonschema: \(output.lastLine)")
        }
        return (report["errors"]?.array ?? []).map { item in
            let best = item["best_deep_match"] ?? item["best_match"] ?? item
            let place = best["path"]?.string ?? "$"
            return Finding(
                rule: "\(name)/invalid", path: item["filename"]?.string?.normalizedPath ?? "",
                message: "\(place): \(best["message"]?.string ?? "does not fit")")
        }
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        return [
            .sound("a workflow", Sample.files),
            .broken("a misspelt key of a step", Sample.with("run: ci/test.sh", "rum: ci/test.sh"), triggers: "invalid"),
            .broken(
                "a permission that there is not", Sample.with("contents: read", "contents: look"), triggers: "invalid"),
            .broken("a job without a runner", Sample.with("    runs-on: ubuntu-24.04\n", ""), triggers: "invalid"),
        ]
    }
}
