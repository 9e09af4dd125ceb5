import CheckCore
import DocumentModels
import KubernetesModel

/// A file of rules for Prometheus: in its own format, or an object of prometheus-operator's that holds it as its `spec`.
package struct RuleFile: Sendable {
    package let path: String
    /// The text for promtool; line numbers are those of the file.
    package let text: String
    package let rules: [Rule]

    package struct Rule: Sendable {
        /// `alert` or `record`, with the name.
        package let title: YAMLNode
        package let isAlert: Bool
        package let node: YAMLNode

        package var name: String { title.text }
        package var labels: [String: String] { node["labels"].labels }
    }

    package var alerts: [Rule] { rules.filter(\.isAlert) }

    /// `nil` if the file has no rules.
    package init?(_ path: String, in repository: Repository) {
        guard let source = repository.text(of: path),
            let root = (try? YAMLTree(Array(source.utf8)))?.documents.first
        else { return nil }
        let isObject = root["kind"]?.text == "PrometheusRule"
        guard isObject || root["groups"] != nil else { return nil }
        self.path = path
        text = isObject ? Self.spec(of: source) : source
        rules = (isObject ? root["spec", "groups"] : root["groups"]).elements.flatMap { group in
            group["rules"].elements.compactMap { node in
                (node["alert"] ?? node["record"]).map { Rule(title: $0, isAlert: node["alert"] != nil, node: node) }
            }
        }
    }

    package static func all(in repository: Repository) -> [RuleFile] {
        let objects = repository.artifacts(of: .kubernetes).map(\.path).filter {
            repository.text(of: $0)?.contains("\nkind: PrometheusRule\n") ?? false
        }
        return (repository.artifacts(of: .prometheusRules).map(\.path) + objects).sorted().compactMap {
            RuleFile($0, in: repository)
        }
    }

    private static func spec(of source: String) -> String {
        var isInside = false
        return source.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            // An expression can contain an empty line.
            if line.isEmpty { return "" }
            guard line.first == " " else {
                isInside = line == "spec:"
                return ""
            }
            return isInside ? String(line.dropFirst(2)) : ""
        }.joined(separator: "\n")
    }
}
