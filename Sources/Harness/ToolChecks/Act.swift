import CheckCore
import DeliveryModel
import Tooling

/// act reads the workflow as a runner would: its expressions, too, which the schema takes for text.
struct Act: Check {
    let name = "act"
    let summary = "act accepts GitHub Actions workflows and their expressions"
    let tools = [Tool.act]
    // It stops at the first file that it does not understand.
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .githubWorkflow).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            findings += try await context.withStage([subject.path]) { stage in
                let output = try await Command(
                    try await context.path(of: .act), ["--validate", "--strict", "--workflows", subject.path],
                    environment: ["HOME": stage, "XDG_CONFIG_HOME": stage, "XDG_CACHE_HOME": stage], folder: stage
                ).run()
                return output.isSuccess ? [] : problems(output.stderr, subject.path)
            }
        }
        return findings
    }

    /// One for each line of the text; act says the same of each form that a step can have.
    private func problems(_ text: String, _ path: String) -> [Finding] {
        let found = text.matches(of: /Line: (\d+) Column (\d+): ((?:(?!Line: \d)[^\n])+)(?=\n|$)/).map { match in
            Finding(
                // Which properties there are is the schema's to say: act may be older than one of them.
                rule: "\(name)/invalid",
                severity: match.3.contains(/^(?:Unknown Property|Expected a )/) ? .warning : .error,
                path: path, line: Int(match.1), column: Int(match.2), message: String(match.3))
        }
        var lines: Set<Int?> = []
        let first = found.filter { lines.insert($0.line).inserted }
        guard first.isEmpty else { return first }
        let last = String(text.split(separator: "\n").last ?? "")
        // Where act's own types are narrower than GitHub's, as for services by an expression.
        let isOwnLimit = last.contains("cannot unmarshal")
        return [
            Finding(rule: "\(name)/invalid", severity: isOwnLimit ? .warning : .error, path: path, message: last)
        ]
    }

    var explanations: [String: String] {
        [
            "invalid":
                "act, which uses a parser of its own, rejects the workflow."
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        return [
            .sound("a workflow", Sample.files),
            .broken(
                "a context that does not exist", Sample.with("run: ci/test.sh", "run: ci/test.sh ${{ githob.sha }}"),
                triggers: "invalid"),
            .broken(
                "an expression that does not end", Sample.with("run: ci/test.sh", "run: ci/test.sh ${{ github.sha }"),
                triggers: "invalid"),
            .broken("a misspelt key", Sample.with("timeout-minutes: 10", "timeout-minute: 10"), triggers: "invalid"),
        ]
    }
}
