import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs hadolint on Containerfiles and the shell code in them.
struct Hadolint: Check {
    let name = "hadolint"
    let summary = "Containerfiles follow hadolint's best practices"
    let rulePages: String? = "https://github.com/hadolint/hadolint/wiki/RULE"
    let advice = Advice.rules("DL3000", "DL3004", "DL3020", "DL4000")
    let tools = [Tool.hadolint]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .containerfile).map { file in
            Subject(
                path: file.path,
                inputs: [file.path] + repository.configurations(named: ".hadolint.yaml", for: file.path))
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let hadolint = try await context.path(of: .hadolint)
        let output = try await context.withStage(Set(subjects.flatMap(\.inputs)).sorted()) { root in
            for subject in subjects {
                guard let text = context.repository.text(of: subject.path) else { continue }
                let readable = Self.withoutNewerFlags(Self.withoutHereDocuments(text))
                guard readable != text else { continue }
                try Data(readable.utf8)
                    .write(to: URL(fileURLWithPath: root.appendingPath(subject.path)), options: .atomic)
            }
            return try await Command(
                hadolint, ["--format", "json", "--no-fail"] + subjects.map(\.path), folder: root
            ).run()
        }
        guard output.isSuccess, let report = JSONValue(parsing: output.stdout)?.array else {
            throw HarnessError("hadolint: \(output.lastLine)")
        }
        return report.compactMap { item in
            guard let rule = item["code"]?.string, let path = item["file"]?.string else { return nil }
            let level = item["level"]?.string ?? ""
            let isError = ShellFaults.isError(rule, level: level) || Self.failing.contains(rule)
            return Finding(
                rule: "\(name)/\(rule)", severity: isError ? .error : .warning, path: path, line: item["line"]?.int,
                column: item["column"]?.int, message: item["message"]?.string ?? rule)
        }
    }

    /// Rules for instructions that have no effect or stop the build: all but the last CMD, and package managers that
    /// wait for input.
    private static let failing: Set = ["DL3012", "DL4003", "DL4004", "DL3030", "DL3034", "DL3038"]

    /// Replaces each here-document with a word, or with `true` if it is the whole command, and its text with blank
    /// lines, because hadolint parses the text as instructions.
    static func withoutHereDocuments(_ text: String) -> String {
        let lines = text.lines
        var marks: [String] = []
        // The instruction that a line belongs to, or that of the line that it continues.
        var (isRun, isCopy, isContinued) = (false, false, false)
        func ends(_ line: Substring, _ mark: String) -> Bool { line.trimmingCharacters(in: .whitespaces) == mark }
        return lines.indices.map { index -> String in
            let line = lines[index]
            if let mark = marks.first {
                if ends(line, mark) { marks.removeFirst() }
                return ""
            }
            if !isContinued {
                isRun = line.contains(/^\s*(?i:run)\s/)
                isCopy = line.contains(/^\s*(?i:copy|add)\s/)
            }
            let isComment = line.contains(/^\s*#/)
            isContinued = line.hasSuffix("\\") || isContinued && isComment
            guard isRun || isCopy, !isComment else { return String(line) }
            // Without an end line it is not a here-document, but a bit shift or a quoted word.
            let rest = lines[(index + 1)...]
            marks = line.matches(of: /<<-?["']?([A-Za-z_]\w*)["']?/).map { String($0.1) }
                .filter { mark in rest.contains { ends($0, mark) } }
            guard !marks.isEmpty else { return String(line) }
            return String(line)
                .replacing(/^(\s*(?i:run)(?:\s+--\S+)*\s+)<<-?["']?\w+["']?/) { "\($0.1)true" }
                .replacing(/<<-?["']?[A-Za-z_]\w*["']?/, with: isRun ? "" : "here-document")
        }.joined(separator: "\n")
    }

    /// Removes flags that hadolint 2.14 does not know and reports as syntax errors.
    ///
    /// Source: Dockerfile reference, docs.docker.com/reference/dockerfile, ADD, COPY and RUN.
    private static func withoutNewerFlags(_ text: String) -> String {
        text.lines.map { line in
            guard line.contains(/^\s*(?i:add|copy|run)\s+--/) else { return String(line) }
            return String(line).replacing(
                /\s--(?:exclude|parents|unpack|keep-git-dir|checksum|link|security|device)(?:=\S+)?(?=\s)/, with: "")
        }.joined(separator: "\n")
    }

    var examples: [Example] {
        let base = "FROM debian:12.11-slim@sha256:\(String(repeating: "0", count: 64))\n"
        return [
            .sound("a pinned base and one user", ["Containerfile": base + "USER 10001:10001\nCMD [\"/bin/true\"]\n"]),
            .sound(
                "here-documents",
                [
                    "Dockerfile": base
                        + "COPY <<EOF <<\"END\" /etc/app/\nkey = value\nEOF\nRUNN\nEND\nRUN <<EOF\necho one\nEOF\nCOPY a /a\nRUN cat <<-EOF > /a\n\tapt-get\n\tEOF\nUSER 10001\n"
                ]),
            .sound(
                "a here-document behind a continued line",
                [
                    "Dockerfile": base
                        + "RUN mkdir -p /etc/a && \\\n    cat > /etc/a/b <<CONF\nroot /srv\nCONF\nCOPY a /a\nUSER 10001\n"
                ]),
            .sound(
                "flags that are newer than hadolint",
                ["Dockerfile": base + "COPY --exclude=*.md --parents a/ /a/\nUSER 10001\n"]),
            .broken(
                "what stands behind a here-document", ["Dockerfile": base + "COPY <<EOF /a\na\nEOF\nRUN cd /tmp\n"],
                triggers: "DL3003", "SC2164"),
            .broken(
                "what stands behind a shift of bits",
                ["Dockerfile": base + "RUN echo $((1<<SHIFT))\nWORKDIR /a\nRUN cd /tmp\n"], triggers: "DL3003", "SC2164"
            ),
            .broken("a base without a tag", ["Containerfile": "FROM debian\n"], triggers: "DL3006"),
            .broken("the last of everything", ["Containerfile": "FROM debian:latest\n"], triggers: "DL3007"),
            .broken("cd in place of WORKDIR", ["Containerfile": base + "RUN cd /tmp\n"], triggers: "DL3003", "SC2164"),
            .broken(
                "packages without a version",
                [
                    "Dockerfile": base
                        + "RUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n"
                ], triggers: "DL3008"),
            .broken(
                "two commands, of which one counts",
                ["Containerfile": base + "USER 10001\nCMD [\"/a\"]\nCMD [\"/b\"]\n"], triggers: "DL4003"),
            .broken("sudo", ["Containerfile": base + "RUN sudo true\n"], triggers: "DL3004"),
            .broken("what is not an instruction", ["Containerfile": base + "RUNN true\n"], triggers: "DL1000"),
        ]
    }
}
