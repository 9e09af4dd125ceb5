import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Runs promtool: Prometheus rules are well formed, their unit tests pass, and every alert fires in a test.
struct PrometheusRules: Check {
    let name = "prometheus-rules"
    let summary = "Prometheus rules load, their unit tests pass, and every alert fires in a test"
    let advice = Advice.rules("never-fires")
    let tools = [Tool.promtool]
    let isBatched = false
    let weight = 1.0

    func subjects(in repository: Repository) -> [Subject] {
        let tests = RulesTest.all(in: repository)
        let rules = RuleFile.all(in: repository).map { file in
            Subject(path: file.path, inputs: [file.path] + tests.filter { $0.rules.contains(file.path) }.map(\.path))
        }
        return rules + tests.map { Subject(path: $0.path, inputs: [$0.path] + $0.rules) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let promtool = try await context.path(of: .promtool)
        var findings: [Finding] = []
        for subject in subjects {
            let isTest = context.repository.artifacts(of: .prometheusRulesTest).contains { $0.path == subject.path }
            let output = try await withRules(subject.inputs, context) { root in
                // In the test's folder, because a test names rule files relative to itself.
                try await Command(
                    promtool,
                    (isTest ? ["test", "rules"] : ["check", "rules", "--lint-fatal"]) + [subject.path.lastPathPart],
                    folder: root.appendingPath(subject.path.parentPath)
                ).run()
            }
            if !output.isSuccess {
                if let reason = await newerThanPromtool(subject, output, context) { throw Skipped(reason) }
                findings.append(refused(subject.path, isTest: isTest, output))
            }
            findings += isTest ? lost(subject, in: context.repository) : silent(subject, in: context.repository)
        }
        return findings
    }

    /// Runs `body` with a folder that holds the files as promtool reads them.
    private func withRules<Result>(
        _ files: [String], _ context: CheckContext, _ body: (String) async throws -> Result
    ) async throws -> Result {
        try await context.withStage(files) { root in
            for file in files {
                guard let rules = RuleFile(file, in: context.repository) else { continue }
                try Data(rules.text.utf8).write(to: URL(fileURLWithPath: root.appendingPath(file)), options: .atomic)
            }
            return try await body(root)
        }
    }

    private func refused(_ path: String, isTest: Bool, _ output: Command.Output) -> Finding {
        let said = output.stderr.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
            .filter { $0 != "FAILED:" && !$0.isEmpty }
        let line = said.lazy.compactMap { $0.firstMatch(of: /(?:line |\.ya?ml: )(\d+):/) }.first
        return Finding(
            // Findings of promtool's linter, such as a duplicate rule, are advice.
            rule: "\(name)/\(isTest ? "test" : "check")",
            severity: output.stderr.contains("lint error") ? .warning : .error,
            path: path, line: line.flatMap { Int($0.output.1) },
            message: "promtool rejects the file: \(said.joined(separator: " "))")
    }

    /// Why the file may be valid although this promtool rejects it: it uses a feature of a later version.
    ///
    /// Source: Prometheus' CHANGELOG: quoted names of metrics and labels since 3.0, `labels` of a group since 3.0,
    /// `query_offset` since 2.53, `keep_firing_for` since 2.42.
    private func newerThanPromtool(_ subject: Subject, _ output: Command.Output, _ context: CheckContext) async
        -> String?
    {
        let texts = subject.inputs.compactMap { context.repository.text(of: $0) }
        let isUnknownField = output.stderr.contains(/field (?:query_offset|labels|limit) not found in type rulefmt/)
        let isQuotedName =
            output.stderr.contains("parse error")
            && texts.contains {
                $0.contains(/\{\s*\\?["'][^"'=]+\\?["']\s*[,}=!]|\b(?:by|without|on|ignoring)\s*\(\s*["']/)
            }
        guard isUnknownField || isQuotedName else { return nil }
        return "\(subject.path) uses syntax of a later Prometheus than this promtool; install promtool 3 or later"
    }

    /// promtool only warns of a missing rule file, and then tests nothing.
    private func lost(_ subject: Subject, in repository: Repository) -> [Finding] {
        subject.inputs.filter { !repository.contains($0) }.map {
            Finding(
                rule: "\(name)/missing", path: subject.path, line: 1, message: "the rule file \($0) does not exist",
                remedy: "write paths relative to the test, without patterns")
        }
    }

    /// Alerts that fire in no test.
    private func silent(_ subject: Subject, in repository: Repository) -> [Finding] {
        guard !RulesTest.all(in: repository).isEmpty else { return [] }
        let fired = Set(subject.inputs.dropFirst().flatMap { RulesTest($0, in: repository).fired })
        return (RuleFile(subject.path, in: repository)?.alerts ?? []).filter { !fired.contains($0.name) }.map {
            Finding(
                rule: "\(name)/never-fires", path: subject.path, line: $0.title.line,
                message: "the alert \($0.name) fires in no unit test",
                remedy: "add an alert_rule_test with exp_alerts to a test that lists this file in rule_files")
        }
    }

    var explanations: [String: String] {
        [
            "check":
                "promtool rejects the rule file.",
            "missing":
                "A unit test names a rule file that does not exist.",
            "never-fires":
                "No unit test shows that the alert fires. A mistake in its expression would pass.",
            "test":
                "A unit test of promtool fails.",
        ]
    }

    var examples: [Example] {
        func rules(_ expression: String) -> String {
            "groups:\n  - name: a\n    rules:\n      - alert: Down\n        expr: \(expression)\n"
        }
        func object(_ expression: String) -> String {
            "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata:\n  name: a\nspec:\n"
                + rules(expression).split(separator: "\n").map { "  \($0)\n" }.joined()
        }
        func test(_ file: String, expects alerts: String) -> String {
            """
            rule_files: [\(file)]
            evaluation_interval: 1m
            tests:
              - interval: 1m
                input_series: [{series: up, values: 0}]
                alert_rule_test: [{eval_time: 0m, alertname: Down, exp_alerts: [\(alerts)]}]

            """
        }
        let sound = test("rules.yaml", expects: "{}")
        return [
            .sound("an alert and the test in which it fires", ["rules.yaml": rules("up == 0"), "test.yaml": sound]),
            .sound(
                "an object for prometheus-operator and the test in which its alert fires",
                ["rules.yaml": object("up == 0"), "test.yaml": sound]),
            .sound(
                "an empty line in an object's expression",
                [
                    "rules.yaml": object("up == 0").replacing(
                        "up == 0", with: "|\n              up\n\n              == 0"),
                    "test.yaml": sound,
                ]),
            .broken(
                "an expression in an object that is not closed",
                ["rules.yaml": object("sum(up == 0"), "test.yaml": sound], triggers: "check", "test"),
            .broken(
                "an object's alert on the contrary", ["rules.yaml": object("up == 1"), "test.yaml": sound],
                triggers: "test"),
            .sound(
                "a recorded series needs no test",
                ["rules.yaml": "groups:\n  - name: a\n    rules:\n      - {record: \"job:up:sum\", expr: sum(up)}\n"]),
            .broken(
                "an expression that is not closed", ["rules.yaml": rules("sum(up == 0"), "test.yaml": sound],
                triggers: "check", "test"),
            .broken(
                "a key that nobody reads",
                ["rules.yaml": rules("up == 0\n        fro: 5m"), "test.yaml": sound], triggers: "check", "test"),
            .broken(
                "a series recorded twice",
                [
                    "rules.yaml":
                        "groups:\n  - name: a\n    rules:\n      - {record: b, expr: up}\n      - {record: b, expr: up}\n"
                ], triggers: "check"),
            .broken(
                "an alert on the contrary", ["rules.yaml": rules("up == 1"), "test.yaml": sound], triggers: "test"),
            .broken(
                "an alert without a test, where others have one",
                ["rules.yaml": rules("up == 0"), "other.yaml": rules("up == 0"), "test.yaml": sound],
                triggers: "never-fires"),
            .broken(
                "a test in which the alert only stays silent",
                ["rules.yaml": rules("up == 2"), "test.yaml": test("rules.yaml", expects: "")],
                triggers: "never-fires"),
            .broken(
                "a test of a file that is not there",
                ["rules.yaml": rules("up == 0"), "test.yaml": test("rule.yaml", expects: "")],
                triggers: "missing", "never-fires"),
        ]
    }
}
