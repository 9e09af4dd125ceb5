import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

/// Runs amtool: Alertmanager's configuration loads, and each alert reaches the receiver that the table lists.
///
/// The table, `alertmanager.test.yaml` beside `alertmanager.yaml`:
///
/// ```yaml
/// routes:
///   - {alert: Down, receiver: pager}             # with the labels that its rule gives it
///   - {labels: {severity: page}, receiver: pager}
/// ```
struct AlertRoutes: Check {
    let name = "alert-routes"
    let summary = "Alertmanager's configuration loads, and a table lists the receiver of every alert"
    let advice = Advice.rules("no-table")
    let tools = [Tool.amtool]
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        let rules = RuleFile.all(in: repository).map(\.path)
        return repository.artifacts(of: .alertmanager).map { file in
            Subject(path: file.path, inputs: [file.path, table(of: file.path)] + rules)
        }
    }

    private func table(of path: String) -> String { "\(path.dropLast(path.pathExtension.count + 1)).test.yaml" }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let amtool = try await context.path(of: .amtool)
        var findings: [Finding] = []
        for subject in subjects {
            let file = context.repository.absolute(subject.path)
            let output = try await Command(amtool, ["check-config", file]).run()
            guard output.isSuccess else {
                if Self.isNewer(output.stdout + output.stderr) {
                    throw Skipped(
                        "\(subject.path) uses fields of a later Alertmanager than this amtool; install amtool 0.28 or later"
                    )
                }
                let reason = output.stdout.firstMatch(of: /FAILED: ([^\n]+)/).map { String($0.1) } ?? output.lastLine
                findings.append(finding("config", subject.path, 1, "amtool rejects the configuration: \(reason)"))
                continue
            }
            if let root = context.repository.bytes(of: subject.path).flatMap({ try? YAMLTree($0) })?.documents.first {
                findings += AlertRouteTree.problems(in: root).map {
                    finding($0.rule, subject.path, $0.place.line, $0.message)
                }
            }
            findings += try await routes(subject.path, amtool, context.repository)
        }
        return findings
    }

    /// Fields added after Alertmanager 0.25, the version in Debian 12. Source: Alertmanager's CHANGELOG, 0.26 to 0.31.
    private static let newer: Set<Substring> = [
        "msteams_configs", "msteamsv2_configs", "jira_configs", "rocketchat_configs", "incidentio_configs",
        "mattermost_configs", "http_headers", "webhook_url_file", "url_file", "tracing", "smtp_tls_config",
        "message_thread_id", "timeout",
    ]

    /// Whether unknown newer fields are the only errors that amtool reports.
    private static func isNewer(_ said: String) -> Bool {
        let unknown = said.matches(of: /field (\w+) not found in type/).map(\.1)
        return !unknown.isEmpty && unknown.allSatisfy { newer.contains($0) }
    }

    private func routes(_ path: String, _ amtool: String, _ repository: Repository) async throws -> [Finding] {
        let table = table(of: path)
        guard let root = repository.yaml(table)?.documents.first else {
            return [finding("no-table", path, 1, "the table of alerts and receivers \(table) does not exist")]
        }
        let alerts = Dictionary(
            rules(of: path, in: repository).flatMap(\.alerts).map { ($0.name, $0.labels) },
            uniquingKeysWith: { first, _ in first })
        var findings: [Finding] = []
        var (known, reached): (Set<String>, Set<String>) = ([], [])
        for row in root["routes"].elements {
            let (alert, receiver) = (row["alert"]?.text, row["receiver"]?.text ?? "")
            if let alert, alerts[alert] == nil {
                findings.append(finding("unknown", table, row.line, "no rule file defines the alert \(alert)"))
                continue
            }
            known.formUnion([alert].compactMap(\.self))
            reached.formUnion(receiver.split(separator: ",").map(String.init))
            let given = (alert.flatMap { alerts[$0] } ?? [:]).merging(alert.map { ["alertname": $0] } ?? [:]) { $1 }
                .merging(row["labels"].labels) { $1 }
            let output = try await Command(
                amtool,
                [
                    "config", "routes", "test", "--config.file", repository.absolute(path),
                    "--verify.receivers=\(receiver)",
                ] + given.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            ).run()
            if !output.isSuccess {
                let seen = output.stdout.split(separator: "\n").first ?? "nobody"
                findings.append(
                    finding(
                        "route", table, row.line, "\(alert ?? row["labels"].list) is sent to \(seen), not \(receiver)")
                )
            }
        }
        findings += alerts.keys.filter { !known.contains($0) }.sorted().map {
            finding("untested", table, 1, "the table has no row for the alert \($0)")
        }
        let receivers = repository.yaml(path)?.documents.first?["receivers"]
        return findings
            + receivers.elements.compactMap { $0["name"] }.filter { !reached.contains($0.text) }.map {
                finding("unreached", path, $0.line, "no row of \(table) has the receiver \($0.text)")
            }
    }

    /// The rule files whose alerts this Alertmanager receives: those with no closer configuration.
    private func rules(of path: String, in repository: Repository) -> [RuleFile] {
        func common(_ one: String, _ other: String) -> Int {
            zip(one.split(separator: "/"), other.split(separator: "/")).prefix { $0 == $1 }.count
        }
        let others = repository.artifacts(of: .alertmanager).map(\.path)
        return RuleFile.all(in: repository).filter { file in
            common(path, file.path) == others.map { common($0, file.path) }.max()
        }
    }

    private func finding(_ rule: String, _ path: String, _ line: Int, _ message: String) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: path, line: line, message: message)
    }

    var explanations: [String: String] {
        [
            "inhibits-itself":
                "Source and target of an inhibition match the same alerts. Alertmanager does not inhibit an alert "
                + "by itself, so the rule has no effect.",
            "never":
                "The matchers of a route contradict each other, so no alert reaches it.",
            "shadowed":
                "An earlier route takes every alert of this route and does not continue, so no alert reaches it.",
            "config":
                "Alertmanager rejects its configuration.",
            "no-table":
                "No table says which receiver each alert reaches, so a change of a route can lose alerts unnoticed.",
            "route":
                "An alert reaches another receiver than the table says.",
            "unknown":
                "The table names an alert that no rule file defines.",
            "unreached":
                "No alert of the table reaches the receiver.",
            "untested":
                "The table has no row for an alert.",
        ]
    }

    var examples: [Example] {
        let sound = [
            "alertmanager.yaml": """
            route:
              receiver: mail
              routes:
                - matchers: [severity="page"]
                  receiver: pager
            receivers:
              - name: mail
              - name: pager

            """,
            "alertmanager.test.yaml":
                "routes:\n  - {alert: Down, receiver: pager}\n  - {labels: {severity: low}, receiver: mail}\n",
            "rules.yaml":
                "groups:\n  - name: a\n    rules:\n      - {alert: Down, expr: up == 0, labels: {severity: page}}\n",
        ]
        func broken(_ file: String, _ text: String, _ replacement: String) -> [String: String] {
            sound.merging([file: sound[file]!.replacing(text, with: replacement)]) { $1 }
        }
        let two = Dictionary(uniqueKeysWithValues: sound.map { ("a/\($0)", $1) }).merging([
            "b/alertmanager.yaml": "route: {receiver: topic}\nreceivers:\n  - name: topic\n",
            "b/alertmanager.test.yaml": "routes:\n  - {alert: Hot, receiver: topic}\n",
            "b/rules.yaml": "groups:\n  - name: b\n    rules:\n      - {alert: Hot, expr: up == 0}\n",
        ]) { $1 }
        return [
            .sound("each alert has its receiver", sound),
            .sound("two Alertmanagers, each with the alerts beside it", two),
            .broken(
                "a receiver that does not exist", broken("alertmanager.yaml", "- name: pager", "- name: page"),
                triggers: "config"),
            .broken(
                "a misspelt label in a route", broken("alertmanager.yaml", "severity=", "severty="), triggers: "route"),
            .broken("a label that a rule lost", broken("rules.yaml", "page", "urgent"), triggers: "route"),
            .broken(
                "an alert without a row",
                broken("rules.yaml", "rules:", "rules:\n      - {alert: Slow, expr: up == 2}"), triggers: "untested"),
            .broken(
                "a row for no alert", broken("alertmanager.test.yaml", "alert: Down", "alert: Up"),
                triggers: "unknown", "untested", "unreached"),
            .broken(
                "a receiver that nothing gets to",
                broken("alertmanager.test.yaml", "  - {labels: {severity: low}, receiver: mail}\n", ""),
                triggers: "unreached"),
            .broken(
                "matchers that contradict each other",
                broken(
                    "alertmanager.yaml", "    - matchers: [severity=\"page\"]\n",
                    "    - matchers: [severity=\"page\", severity!~\"page|warn\"]\n      receiver: mail\n    - matchers: [severity=\"page\"]\n"
                ), triggers: "never"),
            .broken(
                "a route behind one that takes all",
                broken(
                    "alertmanager.yaml", "      receiver: pager",
                    "      receiver: pager\n    - matchers: [severity=\"page\", team=\"a\"]\n      receiver: mail"),
                triggers: "shadowed"),
            .sound(
                "a route behind one that continues",
                broken(
                    "alertmanager.yaml", "    - matchers: [severity=\"page\"]\n",
                    "    - matchers: [severity=~\"page|warn\"]\n      receiver: mail\n      continue: true\n    - matchers: [severity=\"page\"]\n"
                ).merging([
                    "alertmanager.test.yaml":
                        "routes:\n  - {alert: Down, receiver: 'mail,pager'}\n  - {labels: {severity: low}, receiver: mail}\n  - {labels: {severity: page}, receiver: 'mail,pager'}\n"
                ]) { $1 }),
            .broken(
                "an inhibition of the same alerts",
                broken(
                    "alertmanager.yaml", "receivers:",
                    "inhibit_rules:\n  - {source_matchers: [severity=\"page\"], target_matchers: [severity=\"page\"], equal: [team]}\nreceivers:"
                ), triggers: "inhibits-itself"),
            .sound(
                "an inhibition of lesser alerts",
                broken(
                    "alertmanager.yaml", "receivers:",
                    "inhibit_rules:\n  - {source_matchers: [severity=\"page\"], target_matchers: [severity=\"warn\"], equal: [team]}\nreceivers:"
                )),
            .broken(
                "no table", ["alertmanager.yaml": sound["alertmanager.yaml"]!], triggers: "no-table"),
        ]
    }
}

extension YAMLNode? {
    fileprivate var list: String {
        labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ", ")
    }
}
