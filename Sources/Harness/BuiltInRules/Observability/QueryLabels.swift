import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Finds queries that use labels that cannot exist, and comparisons of series that never match.
///
/// promtool accepts them, but the alert never fires, or its text has a gap. `Query/labels.py` walks the syntax tree of
/// the library promql-parser and documents what it does not model.
struct QueryLabels: Check {
    let name = "query-labels"
    let summary = "rules use labels that their expressions keep, and join series that can match"
    let tools = [Tool.schema]

    func subjects(in repository: Repository) -> [Subject] {
        RuleFile.all(in: repository).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let rules = subjects.flatMap { subject in
            (RuleFile(subject.path, in: context.repository)?.rules ?? []).map { (subject.path, $0) }
        }
        let asked = rules.enumerated().map { index, entry in
            JSONValue.object([
                "id": .number(Double(index)), "expr": .string(entry.1.node["expr"]?.text ?? ""),
                "used": .array(Self.labels(namedBy: entry.1).map(JSONValue.string)),
            ])
        }
        // The library is in the environment of the other checks.
        let python = try await context.path(of: .schema).parentPath.appendingPath("python")
        let output = try await context.toolbox.home.withScratch("queries") { folder in
            let file = folder.appendingPath("queries.json")
            try JSONEncoder().encode(JSONValue.array(asked)).write(to: URL(fileURLWithPath: file))
            return try await Command(
                python, ["-EsB", try Resource.path("labels", "py", in: "Query", of: .module), file]
            ).run()
        }
        guard output.isSuccess, let found = JSONValue(parsing: output.stdout)?.array else {
            throw HarnessError("labels.py: \(output.lastLine)")
        }
        return found.compactMap { item in
            guard let index = item["id"]?.int, rules.indices.contains(index) else { return nil }
            let (path, rule) = rules[index]
            return Finding(
                rule: "\(name)/\(item["rule"]?.string ?? "?")", path: path,
                line: (rule.node["expr"] ?? rule.title).line, message: "\(rule.name): \(item["message"]?.string ?? "")",
                remedy: "keep the label with by, on or group_left, or do not use it")
        }
    }

    /// The labels that the texts of an alert take from the expression's result.
    private static func labels(namedBy rule: RuleFile.Rule) -> [String] {
        guard rule.isAlert else { return [] }
        let texts = (rule.node["annotations"].entries + rule.node["labels"].entries).map(\.value.text)
        let names = texts.flatMap { text in
            text.matches(of: /\{\{[^}]*?\$labels\.([A-Za-z_]\w*)/).map { String($0.1) }
        }
        return Set(names).sorted()
    }

    var explanations: [String: String] {
        [
            "annotation":
                "The annotation uses a label that the expression removes. The text has a gap.",
            "label":
                "The query uses a label that an inner aggregation removes, so the result is wrong or empty.",
            "never":
                "The two sides of the operator never have equal labels, so the result is always empty. Source: https://prometheus.io/docs/prometheus/latest/querying/operators/#vector-matching",
        ]
    }

    var examples: [Example] {
        func rule(_ expression: String, _ text: String = "a") -> [String: String] {
            [
                "rules.yaml":
                    "groups:\n  - name: a\n    rules:\n      - alert: Down\n        expr: '\(expression)'\n        annotations: {summary: '\(text)'}\n"
            ]
        }
        let service = "nobody reads {{ $labels.service }}"
        return [
            .sound("a label that the expression keeps", rule("min by (service) (readers) == 0", service)),
            .broken(
                "a label that the expression removes", rule("min by (queue) (readers) == 0", service),
                triggers: "annotation"),
            .broken(
                "a label that `without` removes", rule("sum without (service) (readers) == 0", service),
                triggers: "annotation"),
            .sound(
                "a label that a join brings", rule("sum by (job) (a) * on (job) group_left (service) b > 0", service)),
            .sound("a label that absent() takes from the query", rule("absent(up{service=\"a\"})", service)),
            .sound(
                "absent() of a rate, which has no labels", rule("absent(rate(a{x=\"1\"}[5m])) and sum(b)")),
            .sound(
                "a label that is replaced by nothing",
                rule("label_replace(j{job=\"x\"}, \"job\", \"\", \"a\", \".*\") and sum(b)")),
            .broken("a label that is gone before", rule("sum by (a) (sum by (b) (x)) > 0"), triggers: "label"),
            .broken("a sum beside a series", rule("sum(a) == 0 and b{job=\"a\"} == 0"), triggers: "never"),
            .sound("a sum beside a series, on nothing", rule("sum(a) == 0 and on() b{job=\"a\"} == 0")),
            .broken("two values of one label", rule("up{job=\"a\", job=\"b\"} == 0"), triggers: "never"),
            .broken("a value that a pattern refuses", rule("up{job=\"a\", job=~\"b|c\"} == 0"), triggers: "never"),
            .sound("a value that a pattern accepts", rule("up{job=\"a\", job=~\"a|c\"} == 0")),
            .broken("a count of nothing", rule("count(up == 0) == 0"), triggers: "never"),
            .sound("a count of some", rule("count(up == 0) > 2")),
            .broken("an absence that is not 1", rule("absent(up{job=\"a\"}) > 1"), triggers: "never"),
            .broken("an hour that no day has", rule("up == 0 and on() hour() > 23"), triggers: "never"),
            .broken("two bounds that exclude each other", rule("a > 5 and a < 3"), triggers: "never"),
            .sound("two bounds", rule("a > 3 and a < 5")),
            .sound("a comparison that gives 0 or 1", rule("(a > bool 5) == 0")),
            .broken(
                "a join on a label that is gone", rule("sum by (a) (x) * on (b) group_left sum by (b) (y) > 0"),
                triggers: "label"),
            .broken(
                "a join that brings a label that is gone",
                rule("x * on (a) group_left (team) sum by (a) (y) > 0"), triggers: "label"),
            .sound("what the library cannot parse", rule("rate(a[$__rate_interval])")),
        ]
    }
}
