import CheckCore
import DeliveryModel
import DocumentModels

/// Checks that an alert has a severity, a summary and a runbook, and a test in which it is silent.
struct Alerts: Check {
    let name = "alerts"
    let summary = "every alert has a severity, a summary, an existing runbook, and a unit test in which it is silent"
    let advice = Advice.rules("severity", "summary", "runbook", "never-silent")

    static let severities = ["page", "ticket", "none"]
    /// Common names in repositories that do not use `page`.
    private static let common = ["critical", "warning", "info", "none"]

    func subjects(in repository: Repository) -> [Subject] {
        let tests = RulesTest.all(in: repository)
        return RuleFile.all(in: repository).filter { !$0.alerts.isEmpty }.map { file in
            let pages = file.alerts.compactMap { Runbook($0, in: repository)?.page }
            return Subject(
                path: file.path,
                inputs: [file.path] + tests.filter { $0.rules.contains(file.path) }.map(\.path) + Set(pages).sorted())
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            let silent = Set(
                RulesTest.all(in: context.repository).filter { $0.rules.contains(subject.path) }.flatMap(\.silent))
            return (RuleFile(subject.path, in: context.repository)?.alerts ?? []).flatMap { alert in
                problems(alert, isSeenSilent: silent.contains(alert.name), in: context.repository).map {
                    Finding(
                        rule: "\(name)/\($0.rule)", path: subject.path, line: alert.title.line,
                        message: "\(alert.name) \($0.message)", remedy: $0.remedy)
                }
            }
        }
    }

    private typealias Problem = (rule: String, message: String, remedy: String)

    private func problems(_ alert: RuleFile.Rule, isSeenSilent: Bool, in repository: Repository) -> [Problem] {
        var problems: [Problem] = []
        // A repository that tests its alerts also contains their runbooks.
        let isTested = !RulesTest.all(in: repository).isEmpty
        let severity = alert.labels["severity"] ?? ""
        let isOurs = RuleFile.all(in: repository).flatMap(\.alerts).contains { $0.labels["severity"] == "page" }
        if !(isOurs ? Self.severities : Self.severities + Self.common).contains(severity) {
            problems.append(
                (
                    "severity", "has none of the severities \(Self.severities.joined(separator: ", "))",
                    "use `page` to wake somebody, `ticket` for the next working day, `none` to notify nobody"
                ))
        }
        if alert.node["annotations", "summary"] == nil {
            problems.append(("summary", "has no summary", "add annotations.summary: what is wrong, with the value"))
        }
        if alert.node["annotations", "runbook_url"] == nil {
            problems.append(("runbook", "has no runbook", "add annotations.runbook_url"))
        } else if let runbook = Runbook(alert, in: repository) {
            if !runbook.isThere {
                problems.append(
                    (
                        "runbook", "links to #\(runbook.anchor), which \(runbook.page) does not contain",
                        "add the section, or correct the anchor"
                    ))
            }
        } else if isTested {
            problems.append(
                ("runbook", "links to a runbook that is not in this repository", "correct its runbook_url"))
        }
        // An alert that always fires has no silent case.
        if isTested && !isSeenSilent && alert.node["expr"]?.text != "vector(1)" {
            problems.append(
                (
                    "never-silent", "has no unit test in which it is silent",
                    "add an alert_rule_test with `exp_alerts: []` at a time when the alert must be silent"
                ))
        }
        return problems
    }

    /// The page and the heading that an alert's `runbook_url` ends with.
    private struct Runbook {
        let page: String
        let anchor: String
        let isThere: Bool

        init?(_ alert: RuleFile.Rule, in repository: Repository) {
            let parts = (alert.node["annotations", "runbook_url"]?.text ?? "").split(separator: "#", maxSplits: 1)
            guard let address = parts.first,
                let page = repository.artifacts(of: .markdown).map(\.path).first(where: { address.hasSuffix("/\($0)") })
            else { return nil }
            self.page = page
            anchor = parts.count > 1 ? String(parts[1]) : ""
            isThere = repository.markdownPages[page]?.anchors.contains(anchor) == true
        }
    }

    var explanations: [String: String] {
        [
            "never-silent":
                "No unit test shows that the alert stays silent in a sound state. An alert that always fires would pass.",
            "runbook":
                "The alert has no runbook_url, so whoever is paged has to guess.",
            "severity":
                "The alert has no severity that routing knows.",
            "summary":
                "The alert has no summary that says what is wrong.",
        ]
    }

    var examples: [Example] {
        func rules(_ replace: String = "", _ with: String = "") -> String {
            """
            groups:
              - name: a
                rules:
                  - alert: Down
                    expr: up == 0
                    labels: {severity: page}
                    annotations:
                      summary: nobody answers
                      runbook_url: https://git.example.com/a/blob/main/runbooks.md#down

            """.replacing(replace, with: with)
        }
        func test(_ alerts: String) -> String {
            """
            rule_files: [rules.yaml]
            tests:
              - interval: 1m
                input_series: [{series: up, values: 1 0}]
                alert_rule_test: [{eval_time: 0m, alertname: Down, exp_alerts: [\(alerts)]}]

            """
        }
        let page = "# Runbooks\n\n## Down\n"
        func files(_ rules: String, test alerts: String = "", page: String? = page) -> [String: String] {
            ["rules.yaml": rules, "rules.test.yaml": test(alerts), "runbooks.md": page ?? "# Nothing\n"]
        }
        return [
            .sound("an alert with everything", files(rules())),
            .sound(
                "an alert that fires always needs no silent test",
                files(rules("up == 0", "vector(1)"), test: "{}")),
            .broken("an urgency of its own", files(rules("page}", "urgent}")), triggers: "severity"),
            .broken("no summary", files(rules("summary:", "title:")), triggers: "summary"),
            .broken("no runbook", files(rules("runbook_url:", "link:")), triggers: "runbook"),
            .broken("a runbook without its section", files(rules(), page: nil), triggers: "runbook"),
            .broken("a runbook on another page", files(rules("runbooks.md", "run.md")), triggers: "runbook"),
            .broken("an alert that no test has seen silent", files(rules(), test: "{}"), triggers: "never-silent"),
        ]
    }
}
