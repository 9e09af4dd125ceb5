import CheckCore
import DeliveryModel
import Foundation
import HarnessSupport
import Tooling

/// Runs actionlint on expressions, events, cron, globs and matrices of workflows, and shellcheck on their `run` steps.
struct Actionlint: Check {
    let name = "actionlint"
    let summary = "expressions, events and scripts of GitHub Actions workflows are valid"
    let rulePages: String? = "https://github.com/rhysd/actionlint/blob/main/docs/checks.md"
    let tools = [Tool.actionlint, .shellcheck]
    let weight = 1.0

    /// The inputs include local actions and workflows, because actionlint checks their inputs and outputs.
    func subjects(in repository: Repository) -> [Subject] {
        let called = repository.artifacts(of: .githubAction, .githubWorkflow).map(\.path)
        return repository.artifacts(of: .githubWorkflow).map { file in
            Subject(path: file.path, inputs: [file.path] + called.filter { $0 != file.path })
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let actionlint = try await context.path(of: .actionlint)
        let shellcheck = try await context.path(of: .shellcheck)
        return try await context.withStage(Set(subjects.flatMap(\.inputs)).sorted()) { stage in
            // actionlint searches for the repository's root and for settings that disable checks.
            let git = stage.appendingPath(".git")
            try FileManager.default.createDirectory(atPath: git, withIntermediateDirectories: true)
            let output = try await Command(
                actionlint,
                ["-no-color", "-pyflakes=", "-shellcheck=\(shellcheck)", "-format", "{{json .}}"]
                    + subjects.map { "./" + $0.path },
                environment: ["HOME": stage, "ACTIONLINT_CONFIG": nil], folder: stage
            ).run()
            guard let found = JSONValue(parsing: output.stdout)?.array else {
                throw Skipped("actionlint failed: \(output.stderr.lines.first ?? "no report")")
            }
            return found.compactMap { finding($0, in: context.repository) }
        }
    }

    private func finding(_ item: JSONValue, in repository: Repository) -> Finding? {
        let kind = item["kind"]?.string ?? "syntax-check"
        let message = item["message"]?.string ?? ""
        let path = item["filepath"]?.string?.normalizedPath ?? ""
        if kind == "runner-label", !isGone(message, path, item["line"]?.int ?? 1, repository) { return nil }
        // `zizmor` and `workflow` judge pins and templates; versions of actions age without the file.
        if message.contains(/potentially untrusted|runtime "node\d+" is/) { return nil }
        var rule = kind
        var isError = Self.isCertain(kind, message)
        if kind == "shellcheck" {
            guard let match = message.firstMatch(of: /\b(SC\d+):(\w+):/) else { return nil }
            // Style findings of shellcheck are noise for short scripts.
            if match.2 != "error" && !ShellFaults.certain.contains(String(match.1)) { return nil }
            rule = String(match.1)
            isError = ShellFaults.isError(rule, level: String(match.2))
        }
        return Finding(
            rule: "\(name)/\(rule)", severity: isError ? .error : .warning,
            path: path, line: item["line"]?.int,
            column: item["column"]?.int, message: message)
    }

    /// Whether GitHub has retired the runner; other labels may belong to self-hosted runners.
    private func isGone(_ message: String, _ path: String, _ number: Int, _ repository: Repository) -> Bool {
        let lines = (repository.text(of: path) ?? "").lines
        let near = lines.dropFirst(max(0, number - 4)).prefix(6)
        if near.contains(where: { $0.contains("self-hosted") }) { return false }
        return message.contains("conflicts with label")
            || message.contains(
                /^label "(?:ubuntu-(?:1[0-9]|20)\.\d+|windows-20(?:12|16|19)|macos-1(?:0\.\d+|1|2|3)|(?:ubuntu|windows|macos)-(?:lastest|latests|latset|lates))" is unknown/
            )
    }

    /// Whether GitHub rejects the workflow or the value is wrong in every run. Other findings are advice.
    private static func isCertain(_ kind: String, _ message: String) -> Bool {
        switch kind {
        case "glob", "matrix", "job-needs", "id", "shell-name", "env-var", "workflow-call": true
        // A condition with a constant value: `if: ${{ a }} && b` is always true.
        case "if-cond": message.contains("always evaluated to true")
        case "credentials": !message.contains("$")
        case "events": !message.contains("unknown Webhook event")
        case "permissions": !message.contains("unknown permission scope")
        case "runner-label": true
        // GitHub runs a step with an unknown input, and `set-output` still works.
        case "action": message.contains("should not be empty")
        case "deprecated-commands": message.contains(/"(?:set-env|add-path)"/)
        case "expression":
            // New versions add runner contexts and outputs of actions.
            !message.contains(/is not defined in object type \{(?:actions_|arch|action: string; action_path)/)
        case "syntax-check":
            // `workflow-schema` knows newer keys; an empty section has no effect.
            !message.contains(/^unexpected key|should not be empty/) || message.contains(/"(?:jobs|on|steps)" section/)
        default: false
        }
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        func run(_ text: String) -> [String: String] { Sample.with("run: ci/test.sh", "run: \(text)") }
        let push = "  push:\n    branches: [main]\n"
        func matrix(_ text: String) -> [String: String] {
            Sample.with(
                "    timeout-minutes: 10\n",
                "    timeout-minutes: 10\n    strategy:\n      matrix:\n\(text)")
        }
        return [
            .sound("a workflow", Sample.files),
            .sound("a runner of one's own", Sample.with("runs-on: ubuntu-24.04", "runs-on: [self-hosted, gpu-a]")),
            .sound(
                "a time zone",
                Sample.with(push, "\(push)  schedule:\n    - cron: 0 3 * * 1\n      timezone: Europe/London\n")),
            .broken(
                "a time table with four fields", Sample.with(push, "\(push)  schedule:\n    - cron: 0 3 * *\n"),
                triggers: "events"),
            .broken(
                "a time zone that does not exist",
                Sample.with(push, "\(push)  schedule:\n    - cron: 0 3 * * 1\n      timezone: Europe/Londres\n"),
                triggers: "events"),
            .broken("a branch pattern that Git does not allow", Sample.with("[main]", "['^main-']"), triggers: "glob"),
            .broken("a value twice in a matrix", matrix("        a: [1, 2, 1]\n"), triggers: "matrix"),
            .broken(
                "an exclusion that matches nothing",
                matrix("        a: [1, 2]\n        exclude: [{a: 3}]\n"), triggers: "matrix"),
            .broken(
                "a property that a context does not have", run("ci/test.sh ${{ github.event_nam }}"),
                triggers: "expression"),
            .broken(
                "a property of a JSON text", run("|\n          ci/test.sh ${{ fromJSON('{\"a\": 1}').b }}"),
                triggers: "expression"),
            .broken("an object as a text", run("echo ${{ runner }}"), triggers: "expression"),
            .broken(
                "a condition that is always true",
                Sample.with(
                    "if: github.event_name != 'pull_request'",
                    "if: ${{ github.event_name != 'pull_request' }} && true"), triggers: "if-cond"),
            .broken(
                "a runner that GitHub has taken away", Sample.with("ubuntu-24.04", "ubuntu-18.04"),
                triggers: "runner-label"),
            .broken(
                "an output by the old command", run("echo \"::set-output name=a::b\""), triggers: "deprecated-commands"),
            .broken(
                "a test that is always true", run("if [ $? -ne 1 ] || [ $? -ne 2 ]; then ci/test.sh; fi"),
                triggers: "SC2252"),
            .broken(
                "a loop without an end", run("while true; do ci/test.sh"),
                triggers: "SC1061", "SC1062", "SC1072", "SC1073"),
        ]
    }
}
