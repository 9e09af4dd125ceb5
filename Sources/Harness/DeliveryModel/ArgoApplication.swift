import CheckCore
import DocumentModels
import KubernetesModel

/// An Application of Argo CD, written out or made by an ApplicationSet.
package struct ArgoApplication: Sendable {
    package let name: String
    let labels: [String: String]
    package let spec: YAMLNode
    /// What the template's `{{.key}}` stand for.
    private let values: [String: String]
    /// The object that a finding is about, and the place in it: a set's element.
    let object: KubeObject
    let place: YAMLNode

    /// Thrown for what is not read here.
    package struct Unread: Error {
        package let reason: String
    }

    package static func all(in objects: [KubeObject]) throws -> [ArgoApplication] {
        try objects.filter { $0.group == "argoproj.io" }.flatMap { object -> [ArgoApplication] in
            switch object.kind {
            case "Application":
                guard let spec = object.spec else { return [] }
                return [
                    ArgoApplication(
                        name: object.name, labels: object.labels, spec: spec, values: [:], object: object,
                        place: object.node["metadata", "name"] ?? object.node)
                ]
            case "ApplicationSet": return try generated(by: object)
            default: return []
            }
        }
    }

    private static func generated(by object: KubeObject) throws -> [ArgoApplication] {
        guard let template = object.node["spec", "template"], let spec = template["spec"] else { return [] }
        return try (object.node["spec", "generators"]).elements.flatMap { generator -> [ArgoApplication] in
            guard let list = generator["list", "elements"] else {
                throw Unread(reason: "\(object.title): only list generators are read")
            }
            return list.elements.map { element in
                let values = Dictionary(
                    element.entries.map { ($0.key.text, $0.value.text) }, uniquingKeysWith: { _, last in last })
                return ArgoApplication(
                    name: fill(template["metadata", "name"]?.text ?? "", values),
                    labels: (template["metadata", "labels"]).labels.mapValues { fill($0, values) }, spec: spec,
                    values: values, object: object, place: element)
            }
        }
    }

    private static func fill(_ text: String, _ values: [String: String]) -> String {
        text.replacing(/\{\{\s*\.?([A-Za-z0-9_]+)\s*\}\}/) { values[String($0.1)] ?? String($0.0) }
    }

    private func text(_ node: YAMLNode?) -> String { Self.fill(node?.text ?? "", values) }

    package var project: String { text(spec["project"]) }
    package var repository: String { text(spec["source", "repoURL"]) }
    package var revision: String { text(spec["source", "targetRevision"]) }
    package var path: String { text(spec["source", "path"]) }
    package var namespace: String { text(spec["destination", "namespace"]) }
    /// The cluster, by address or by name.
    package var cluster: String {
        let server = text(spec["destination", "server"])
        return server.isEmpty ? text(spec["destination", "name"]) : server
    }
    package var isMadeByPlugin: Bool { spec["source", "plugin"] != nil }
    package var makesNamespace: Bool {
        spec["syncPolicy", "syncOptions"].elements.contains { $0.text == "CreateNamespace=true" }
    }
    /// Keys of the template that no value is for.
    package var unfilled: [String] {
        [name, project, repository, revision, path, namespace, cluster].filter { $0.contains("{{") }
    }

    /// The step of the rolling sync that it belongs to, 0 without steps; `nil` where none takes it.
    package var step: Int? {
        let strategy = object.node["spec", "strategy"]
        guard object.kind == "ApplicationSet", strategy?["type"]?.text == "RollingSync" else { return 0 }
        return (strategy?["rollingSync", "steps"]).elements.firstIndex { step in
            step["matchExpressions"].elements.allSatisfy { expression in
                let isAmong = expression["values"].elements.contains {
                    $0.text == labels[expression["key"]?.text ?? ""]
                }
                return isAmong == (expression["operator"]?.text == "In")
            }
        }
    }

    package func finding(_ rule: String, severity: Severity = .error, _ message: String, remedy: String) -> Finding {
        object.finding(rule, at: place, severity: severity, "\(name) \(message)", remedy: remedy)
    }
}
