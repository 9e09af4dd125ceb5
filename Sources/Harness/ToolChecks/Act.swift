import CheckCore
import DeliveryModel
import Tooling

/// Runs act, which parses a workflow as a runner does, including expressions, which the schema treats as text.
struct Act: Check {
    let name = "act"
    let summary = "act accepts GitHub Actions workflows and their expressions"
    let tools = [Tool.act]
    // act stops at the first file that it cannot parse.
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

    /// One finding for each line, because act repeats the message for each possible form of a step.
    private func problems(_ text: String, _ path: String) -> [Finding] {
        let found = text.matches(of: /Line: (\d+) Column (\d+): ((?:(?!Line: \d)[^\n])+)(?=\n|$)/).map { match in
            Finding(
                // The schema check covers unknown properties, because act may predate a property.
                rule: "\(name)/invalid",
                severity: match.3.contains(/^(?:Unknown Property|Expected a )/) ? .warning : .error,
                path: path, line: Int(match.1), column: Int(match.2), message: String(match.3))
        }
        var lines: Set<Int?> = []
        let first = found.filter { lines.insert($0.line).inserted }
        guard first.isEmpty else { return first }
        let last = String(text.split(separator: "\n").last ?? "")
        // Cases in which act's types are narrower than GitHub's, such as services from an expression.
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
