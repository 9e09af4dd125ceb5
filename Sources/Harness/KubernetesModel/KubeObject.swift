import CheckCore
import DocumentModels

/// An object for a cluster's API, as a file says it or as kustomize makes it.
package struct KubeObject: Sendable {
    package let node: YAMLNode
    /// The file that it is in; for a rendered object its overlay's kustomization.
    package let path: String
    package let apiVersion: String
    package let kind: String
    package let name: String
    package let ownNamespace: String?
    /// The files that a rendered object was made from.
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

    /// The mappings in the spec of a kind that another program serves and makes pods from, at any depth: what they say
    /// of images, accounts and resources goes by the keys of a pod's spec, whatever the kind is. Of Kubernetes' own
    /// kinds there are none. Kyverno's patterns and the repositories that Flux searches are no pods, and a whole manifest
    /// inside speaks for itself.
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

    /// What tells it from every other object of a cluster.
    package var identity: [String] { [group, kind, namespace, name] }

    /// For messages: `Deployment claims`, and `Workflow train-…` where the API server ends the name.
    package var title: String {
        let start = node["metadata", "generateName"]?.text
        return name.isEmpty ? start.map { "\(kind) \($0)…" } ?? kind : "\(kind) \(name)"
    }

    /// A finding at the line that somebody can fix; no error where something has yet to be filled in.
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
    /// Whether a template engine, an operator or the kubelet has yet to fill in a part of this text: `{{image}}`,
    /// `$(params.image)`, `${IMAGE}`.
    package var isFilledInLater: Bool { text.contains(/\{\{|\$[({]/) }

    /// Whether that holds of some value in this one.
    package var holdsWhatIsFilledInLater: Bool {
        isFilledInLater || entries.contains { $0.value.holdsWhatIsFilledInLater }
            || elements.contains { $0.holdsWhatIsFilledInLater }
    }
}
