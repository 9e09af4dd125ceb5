import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Checks with promtool that each panel's query parses. promtool reads only rules, so the check passes the queries as
/// rules.
struct DashboardQueries: Check {
    let name = "dashboard-queries"
    let summary = "every panel of a Grafana dashboard has a valid query"
    let tools = [Tool.promtool]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .grafanaDashboard).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let promtool = try await context.path(of: .promtool)
        var findings: [Finding] = []
        for subject in subjects {
            guard let dashboard = Dashboard(subject.path, in: context.repository) else { continue }
            for panel in dashboard.panels where panel.queries.isEmpty {
                findings.append(finding("empty", subject.path, 1, "the panel \(panel.title) has no query"))
            }
            let rules = dashboard.queries.enumerated().map { number, query in
                JSONValue.object(["record": .string("query:\(number)"), "expr": .string(query.text())])
            }
            let file: JSONValue = ["groups": [["name": "queries", "rules": .array(rules)]]]
            let output = try await context.withStage([]) { folder in
                let encoder = JSONEncoder()
                // YAML has no escape sequence for a slash.
                encoder.outputFormatting = .withoutEscapingSlashes
                try encoder.encode(file).write(to: URL(fileURLWithPath: folder.appendingPath("queries.yaml")))
                return try await Command(
                    promtool, ["check", "rules", "--lint=none", "queries.yaml"], folder: folder
                ).run()
            }
            for match in output.stderr.matches(of: /"query:(\d+)": (.+)/) {
                guard let number = Int(match.1), dashboard.queries.indices.contains(number) else { continue }
                findings.append(
                    finding("parse", subject.path, dashboard.queries[number].expression.line, String(match.2)))
            }
            if !output.isSuccess && findings.isEmpty {
                findings.append(finding("parse", subject.path, 1, "promtool rejects the queries: \(output.lastLine)"))
            }
        }
        return findings
    }

    private func finding(_ rule: String, _ path: String, _ line: Int, _ message: String) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: path, line: line, message: message)
    }

    var explanations: [String: String] {
        [
            "empty":
                "A panel has no query.",
            "parse":
                "Prometheus rejects the query of a panel, which then shows no data.",
        ]
    }

    var examples: [Example] {
        func dashboard(_ targets: String) -> [String: String] {
            ["a.json": "{\"schemaVersion\": 41,\n \"panels\": [{\"title\": \"a\", \"targets\": [\(targets)]}]}\n"]
        }
        return [
            .sound(
                "variables of Grafana's",
                dashboard(#"{"expr": "rate(a{b=~\"$b\"}[$__rate_interval])"}, {"expr": "sum by (b) (c{d=\"${d}\"})"}"#)),
            .sound(
                "labels and a number that a reader chooses",
                dashboard(#"{"expr": "sum(rate(a{b=~\"$b\"}[$c])) by ($d)"}, {"expr": "topk($n, a{b='$b'})"}"#)),
            .broken(
                "a range that a reader chooses where none may be",
                dashboard(#"{"expr": "sum(a{b=~\"$b\"}[$c]) by ($d)"}"#), triggers: "parse"),
            .sound(
                "a panel of text",
                ["a.json": "{\"schemaVersion\": 41,\n \"panels\": [{\"type\": \"text\", \"targets\": [{}]}]}\n"]),
            .broken("a query that is not closed", dashboard(#"{"expr": "rate(a[5m]"}"#), triggers: "parse"),
            .broken("a range where none may be", dashboard(#"{"expr": "sum(a[5m])"}"#), triggers: "parse"),
            .broken("a panel without a query", dashboard(""), triggers: "empty"),
        ]
    }
}
