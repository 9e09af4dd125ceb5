/// promtool: Prometheus' rules are well formed, their unit tests hold, and every alert has been seen to fire in one.
struct PrometheusRules: Check {
    let name = "prometheus-rules"
    let summary = "Prometheus rules load, their unit tests hold, and every alert fires in one of them"
    let tools = [Tool.promtool]
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        let tests = repository.artifacts(of: .prometheusRulesTest).map { RulesTest($0.path, in: repository) }
        let rules = repository.artifacts(of: .prometheusRules).map { file in
            Subject(path: file.path, inputs: [file.path] + tests.filter { $0.rules.contains(file.path) }.map(\.path))
        }
        return rules + tests.map { Subject(path: $0.path, inputs: [$0.path] + $0.rules) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let promtool = try await context.path(of: .promtool)
        var findings: [Finding] = []
        for subject in subjects {
            let isTest = context.repository.artifacts(of: .prometheusRulesTest).contains { $0.path == subject.path }
            // In its folder: a test names the files of rules relative to itself.
            let output = try await Command(
                promtool,
                (isTest ? ["test", "rules"] : ["check", "rules", "--lint-fatal"]) + [subject.path.lastPathPart],
                folder: context.repository.absolute(subject.path.parentPath)
            ).run()
            if !output.isSuccess { findings.append(refused(subject.path, isTest: isTest, output)) }
            findings += isTest ? lost(subject, in: context.repository) : silent(subject, in: context.repository)
        }
        return findings
    }

    private func refused(_ path: String, isTest: Bool, _ output: Command.Output) -> Finding {
        let said = output.stderr.split(separator: "\n").map { $0.trimmingPrefix { $0 == " " } }
            .filter { $0 != "FAILED:" && !$0.isEmpty }
        let line = said.lazy.compactMap { $0.firstMatch(of: /(?:line |\.ya?ml: )(\d+):/) }.first
        return Finding(
            rule: "\(name)/\(isTest ? "test" : "check")", path: path, line: line.flatMap { Int($0.output.1) },
            message: "promtool refuses it: \(said.joined(separator: " "))")
    }

    /// promtool only warns of a file that is not there, and then tests nothing.
    private func lost(_ subject: Subject, in repository: Repository) -> [Finding] {
        subject.inputs.filter { !repository.contains($0) }.map {
            Finding(
                rule: "\(name)/missing", path: subject.path, line: 1, message: "its rule file \($0) is not there",
                remedy: "name files relative to the test, without patterns")
        }
    }

    /// Alerts that no test has seen fire.
    private func silent(_ subject: Subject, in repository: Repository) -> [Finding] {
        let fired = Set(subject.inputs.dropFirst().flatMap { RulesTest($0, in: repository).fired })
        let root = repository.bytes(of: subject.path).flatMap { try? YAMLTree($0) }?.documents.first
        return (root?["groups"]).elements.flatMap { $0["rules"].elements }.compactMap { rule in
            guard let alert = rule["alert"], !fired.contains(alert.text) else { return nil }
            return Finding(
                rule: "\(name)/never-fires", path: subject.path, line: alert.line,
                message: "the alert \(alert.text) fires in no unit test",
                remedy: "add an alert_rule_test with exp_alerts to a file that has this one in rule_files")
        }
    }

    var examples: [Example] {
        func rules(_ expression: String) -> String {
            "groups:\n  - name: a\n    rules:\n      - alert: Down\n        expr: \(expression)\n"
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
                "a recorded series needs no test",
                ["rules.yaml": "groups:\n  - name: a\n    rules:\n      - {record: \"job:up:sum\", expr: sum(up)}\n"]),
            .broken(
                "an expression that is not closed", ["rules.yaml": rules("sum(up == 0"), "test.yaml": sound],
                triggers: "check"),
            .broken(
                "a key that nobody reads",
                ["rules.yaml": rules("up == 0\n        fro: 5m"), "test.yaml": sound], triggers: "check"),
            .broken(
                "a series recorded twice",
                [
                    "rules.yaml":
                        "groups:\n  - name: a\n    rules:\n      - {record: b, expr: up}\n      - {record: b, expr: up}\n"
                ], triggers: "check"),
            .broken(
                "an alert on the contrary", ["rules.yaml": rules("up == 1"), "test.yaml": sound], triggers: "test"),
            .broken("an alert without a test", ["rules.yaml": rules("up == 0")], triggers: "never-fires"),
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

/// A file of promtool's unit tests: which rules it loads, and which alerts fire in it.
private struct RulesTest {
    let path: String
    let rules: [String]
    let fired: [String]

    init(_ path: String, in repository: Repository) {
        self.path = path
        let root = repository.bytes(of: path).flatMap { try? YAMLTree($0) }?.documents.first
        rules = (root?["rule_files"]).elements.compactMap {
            path.parentPath.appendingPath($0.text).normalizedPath
        }
        fired = (root?["tests"]).elements.flatMap { $0["alert_rule_test"].elements }
            .filter { !$0["exp_alerts"].elements.isEmpty }
            .compactMap { $0["alertname"]?.text }
    }
}
