import CheckCore
import DeliveryModel
import HarnessSupport
import Tooling

/// Runs zizmor, which finds security weaknesses in GitHub Actions workflows. Its own suppressions are disabled, because
/// the harness's require a reason.
struct Zizmor: Check {
    let name = "zizmor"
    let summary = "GitHub Actions workflows and actions hand nothing to strangers"
    let rulePages: String? = "https://docs.zizmor.sh/audits/#RULE"
    let advice = Advice.rules(
        "unpinned-uses", "unpinned-images", "github-app", "dangerous-triggers", "cache-poisoning", "github-env",
        "excessive-permissions")
    let tools = [Tool.zizmor]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .githubWorkflow, .githubAction).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .zizmor),
            [
                "--offline", "--no-config", "--no-ignores", "--no-progress", "--no-exit-codes", "--format", "json-v1",
                "--",
            ] + subjects.map(\.path),
            folder: context.repository.root
        ).run()
        guard let found = JSONValue(parsing: output.stdout)?.array else {
            // The check `workflow-schema` reports files that are not workflows.
            if output.stderr.contains("expected validation schema") { throw Skipped("see workflow-schema") }
            if output.stderr.contains("panic") { throw Skipped("zizmor itself fails: \(output.lastLine)") }
            throw HarnessError("zizmor: \(output.lastLine)")
        }
        return found.compactMap { item in
            var result = finding(item)
            if let line = result?.line, let path = result?.path, result?.rule == "\(name)/template-injection",
                let text = context.repository.text(of: path)?.lines.dropFirst(line - 1).first,
                !text.contains(Self.strangers)
            {
                result?.severity = .warning
            }
            return result
        }
    }

    /// Contexts that anybody can write to. An input or a commit hash comes from somebody who may start the workflow.
    private static var strangers: Regex<Substring> {
        /github\.head_ref|github\.event\.(?:issue|pull_request|comment|review|discussion|head_commit|commits|pages|workflow_run\.(?:head_branch|head_commit|display_title))/
    }

    private func finding(_ item: JSONValue) -> Finding? {
        let places = item["locations"]?.array ?? []
        let place = places.first { $0["symbolic", "kind"]?.string == "Primary" } ?? places.first
        guard let rule = item["ident"]?.string,
            let path = place?["symbolic", "key", "Local", "verbatim_path"]?.string
        else { return nil }
        let start = place?["concrete", "location", "start_point"]
        let isHigh = item["determinations", "severity"]?.string == "High"
        return Finding(
            rule: "\(name)/\(rule)", severity: isHigh ? .error : .warning, path: path,
            line: start?["row"]?.int.map { $0 + 1 }, column: start?["column"]?.int.map { $0 + 1 },
            message: item["desc"]?.string ?? rule, remedy: item["url"]?.string.map { "see \($0)" })
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        return [
            .sound("a workflow that asks for what it needs", Sample.files),
            .broken(
                "an action by its tag", Sample.with(Sample.checkout, "actions/checkout@v7"), triggers: "unpinned-uses"),
            .broken(
                "a stranger's words in a command",
                Sample.with("run: ci/test.sh", "run: echo \"${{ github.event.pull_request.title }}\""),
                triggers: "template-injection"),
            .broken(
                "every right",
                Sample.with("permissions:\n      contents: read\n", "permissions: write-all\n"),
                triggers: "excessive-permissions"),
            .broken(
                "a token left beside the files",
                Sample.with("        with:\n          persist-credentials: false\n", ""),
                triggers: "artipacked"),
            .broken(
                "strangers' code with our secrets", Sample.with("  pull_request:\n", "  pull_request_target:\n"),
                triggers: "dangerous-triggers"),
        ]
    }
}
