import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

extension Behaviour {
    /// Alerts of a cluster's rules.
    static func alerts(_ objects: [KubeObject], _ place: String) -> Facts {
        let rules = objects.filter { $0.kind == "PrometheusRule" }
        return alerts(rules.flatMap { $0.node["spec", "groups"].elements }, place)
    }

    /// Alerts of files in Prometheus' own format.
    static func ruleFiles(in repository: Repository) -> Facts {
        repository.artifacts(of: .prometheusRules).map(\.path).reduce(into: [:]) { facts, path in
            let groups = repository.yaml(path)?.documents.flatMap { $0["groups"].elements } ?? []
            facts.merge(alerts(groups, path.parentPath)) { Self.joined($0, $1) }
        }
    }

    private static func alerts(_ groups: [YAMLNode], _ place: String) -> Facts {
        var facts: Facts = [:]
        for rule in groups.flatMap({ $0["rules"].elements }) {
            guard let name = rule["alert"]?.text else { continue }
            let labels = rule["labels"].labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            let parts =
                [rule["expr"]?.text.words ?? "", rule["for"].map { "for \($0.text)" } ?? ""]
                + (labels.isEmpty ? [] : ["{\(labels.joined(separator: " "))}"])
            let text = parts.filter { !$0.isEmpty }.joined(separator: " ")
            let key = "\(name) [\(place)]"
            facts[key] = facts[key].map { "\($0) | \(text)" } ?? text
        }
        return facts
    }
}

extension String {
    /// Returns the text with each run of white space as one blank.
    var words: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
