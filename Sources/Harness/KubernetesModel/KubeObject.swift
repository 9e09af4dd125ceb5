import CheckCore
import DocumentModels

/// A Kubernetes object, from a file or rendered by kustomize.
package struct KubeObject: Sendable {
    package let node: YAMLNode
    /// The object's file; for a rendered object, the kustomization of its overlay.
    package let path: String
    package let apiVersion: String
    package let kind: String
    package let name: String
    package let ownNamespace: String?
    /// The source files of a rendered object.
    private let sources: ManifestSources?

    /// `nil` where the value is not an object.
    init?(_ node: YAMLNode, path: String, sources: ManifestSources? = nil) {
        guard let kind = node["kind"]?.string, let apiVersion = node["apiVersion"]?.string else { return nil }
        self.node = node
        self.path = path
        self.sources = sources
        self.kind = kind
        self.apiVersion = apiVersion
        name = node["metadata", "name"]?.text ?? ""
        ownNamespace = node["metadata", "namespace"]?.string
    }

    /// The objects of a text; lists are taken apart.
    package static func all(in tree: YAMLTree, path: String, sources: ManifestSources? = nil) -> [KubeObject] {
        tree.documents.flatMap { root -> [KubeObject] in
            if root["kind"]?.text.hasSuffix("List") == true, let items = root["items"], items.isSequence {
                return items.elements.compactMap { KubeObject($0, path: path, sources: sources) }
            }
            return KubeObject(root, path: path, sources: sources).map { [$0] } ?? []
        }
    }

    /// `apps` of `apps/v1`, empty for the core.
    package var group: String { apiVersion.contains("/") ? String(apiVersion.prefix { $0 != "/" }) : "" }
    package var namespace: String { ownNamespace ?? "default" }
    package var labels: [String: String] { node["metadata", "labels"].labels }
    package var spec: YAMLNode? { node["spec"] }

    /// All mappings in the spec of a custom resource whose controller creates pods. In any such kind, images, accounts
    /// and resources use the keys of a pod spec. Empty for built-in kinds, Kyverno's patterns, Flux' image repositories
    /// and embedded manifests.
    package var mappingsForPods: [YAMLNode] {
        let makesNone = group.hasSuffix("kyverno.io") || group == "image.toolkit.fluxcd.io"
        guard !KubernetesSchemas.serves(group: group), Workload(self) == nil, !makesNone, let spec else { return [] }
        var found: [YAMLNode] = []
        var open = [spec]
        while let node = open.popLast() {
            if node["apiVersion"] != nil, node["kind"] != nil { continue }
            if !node.entries.isEmpty { found.append(node) }
            open += (node.entries.map(\.value) + node.elements).reversed()
        }
        return found
    }

    /// The unique identity of the object in a cluster.
    package var identity: [String] { [group, kind, namespace, name] }

    /// For messages: `Deployment claims`, and `Workflow train-…` where the API server ends the name.
    package var title: String {
        let start = node["metadata", "generateName"]?.text
        return name.isEmpty ? start.map { "\(kind) \($0)…" } ?? kind : "\(kind) \(name)"
    }

    /// Creates a finding at the source line. Never an error if the value contains a placeholder.
    package func finding(
        _ rule: String, at place: YAMLNode? = nil, severity: Severity = .error, _ message: String,
        remedy: String? = nil
    ) -> Finding {
        let severity = (place ?? node["metadata", "name"])?.isFilledInLater == true ? .warning : severity
        let (file, line) = place.map(source) ?? source(of: node["metadata", "name"] ?? node)
        return Finding(
            rule: rule, severity: severity, path: file, line: line, message: "\(title): \(message)", remedy: remedy)
    }

    private func source(of place: YAMLNode) -> (String, Int) {
        guard let sources else { return (path, place.line) }
        return sources.place(of: node.way(to: place), kind: kind, name: name, namespace: namespace) ?? (path, 1)
    }
}

extension YAMLNode? {
    /// A mapping of strings to strings.
    package var labels: [String: String] {
        Dictionary(entries.map { ($0.key.text, $0.value.text) }, uniquingKeysWith: { _, last in last })
    }
}

extension YAMLNode {
    /// Whether the text contains a placeholder for a template engine, an operator or the kubelet: `{{image}}`,
    /// `$(params.image)`, `${IMAGE}`.
    package var isFilledInLater: Bool { text.contains(/\{\{|\$[({]/) }

    /// Whether a nested value contains a placeholder.
    package var holdsWhatIsFilledInLater: Bool {
        isFilledInLater || entries.contains { $0.value.holdsWhatIsFilledInLater }
            || elements.contains { $0.holdsWhatIsFilledInLater }
    }
}
