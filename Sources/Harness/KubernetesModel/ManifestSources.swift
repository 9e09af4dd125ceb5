import CheckCore
import DocumentModels

/// Maps the values of rendered objects to their source files.
package struct ManifestSources: Sendable {
    /// Bases first, because later files override earlier ones.
    private let parts: [Part]
    private let kustomizations: [Kustomization]

    private struct Part: Sendable {
        let node: YAMLNode
        let path: String
        let kind: String
        /// `nil` for a patch of every object of the kind.
        let name: String?
        /// The number of lines before the text, for a patch inside a kustomization.
        var offset = 0
    }

    init(of kustomization: Kustomization, among all: Kustomizations, in repository: Repository) {
        kustomizations = all.closure(of: kustomization)
        parts = kustomizations.flatMap { part -> [Part] in
            let files = part.entries.filter { $0.use != .data }.compactMap(\.path).filter(repository.contains)
            let fromFiles = files.flatMap { file -> [Part] in
                guard let tree = repository.yaml(file) else { return [] }
                return KubeObject.all(in: tree, path: file).map {
                    Part(node: $0.node, path: file, kind: $0.kind, name: $0.name)
                }
            }
            let inline = (part.root?["patches"]).elements.flatMap { patch -> [Part] in
                guard let text = patch["patch"], let tree = try? YAMLTree(Array(text.text.utf8)) else { return [] }
                return tree.documents.compactMap { root in
                    guard let kind = patch["target", "kind"]?.text ?? root["kind"]?.text else { return nil }
                    let name = patch["target"] == nil ? root["metadata", "name"] : patch["target", "name"]
                    return Part(node: root, path: part.path, kind: kind, name: name?.text, offset: text.line)
                }
            }
            let generated = ["configMapGenerator", "secretGenerator"].flatMap { key in
                (part.root?[key]).elements.map {
                    Part(
                        node: $0, path: part.path, kind: key == "secretGenerator" ? "Secret" : "ConfigMap",
                        name: $0["name"]?.text)
                }
            }
            return fromFiles + generated + inline
        }
    }

    /// The deepest node on this path in any file; among equals the last, which takes precedence in kustomize.
    func place(
        of way: [YAMLNode.Step], kind: String, name: String, namespace: String
    ) -> (String, Int)? {
        if case .key("image")? = way.last, let place = imageEntry(way, kind: kind, name: name) { return place }
        let same = parts.filter { $0.kind == kind }
        var candidates = same.filter { $0.name == nil || $0.name == name || Self.isVariant(name, of: $0.name) }
        // A component leaves the name to a replacement.
        if !candidates.contains(where: { $0.name != nil }) { candidates = same }
        // The name in a patch for many objects has no meaning.
        if case .key("metadata")? = way.first { candidates.removeAll { $0.name == nil } }
        let near = candidates.filter { $0.node["metadata", "namespace"]?.text ?? namespace == namespace }
        if !near.isEmpty { candidates = near }
        var best: (depth: Int, place: (String, Int))?
        for part in candidates {
            let (depth, line) = Self.walk(way, in: part.node)
            if depth > 0 && depth >= best?.depth ?? 0 || best == nil && part.name != nil {
                best = (depth, (part.path, line + part.offset))
            }
        }
        return best?.place
    }

    /// With a prefix, a suffix, both, or the hash that generators append.
    private static func isVariant(_ name: String, of base: String?) -> Bool {
        guard let base, !base.isEmpty else { return false }
        return "-\(name)-".contains("-\(base)-")
    }

    private static func walk(_ way: [YAMLNode.Step], in node: YAMLNode) -> (depth: Int, line: Int) {
        var here = node
        var line = node.line
        for (depth, step) in way.enumerated() {
            switch step {
            case .key(let key):
                guard let entry = here.entries.first(where: { $0.key.text == key }) else { return (depth, line) }
                line = entry.key.line
                here = entry.value
            case .element(let number, let name):
                let elements = here.elements
                let named = name.flatMap { name in elements.first { $0["name"]?.text == name } }
                guard let next = named ?? (name == nil && number < elements.count ? elements[number] : nil) else {
                    return (depth, line)
                }
                line = next.line
                here = next
            }
        }
        return (way.count, line)
    }

    /// The outermost `images:` entry sets the final image; it matches the name that inner entries produced.
    private func imageEntry(_ way: [YAMLNode.Step], kind: String, name: String) -> (String, Int)? {
        for part in parts.reversed() where part.kind == kind && Self.isVariant(name, of: part.name) {
            guard let image = Self.value(way, in: part.node)?.text else { continue }
            var repository = ImageReference(image).repository
            var place: (String, Int)?
            for kustomization in kustomizations {
                // It makes another variant of the object.
                if let suffix = kustomization.root?["nameSuffix"]?.text, !"\(name)-".contains("\(suffix)-") { continue }
                let entries = (kustomization.root?["images"]).elements
                guard let entry = entries.first(where: { $0["name"]?.text == repository }) else { continue }
                place = (kustomization.path, entry.line)
                repository = entry["newName"]?.text ?? repository
            }
            if let place { return place }
        }
        return nil
    }

    private static func value(_ way: [YAMLNode.Step], in node: YAMLNode) -> YAMLNode? {
        way.reduce(Optional(node)) { here, step in
            switch step {
            case .key(let key): return here?[key]
            case .element(let number, let name):
                let elements = here.elements
                return name.flatMap { name in elements.first { $0["name"]?.text == name } }
                    ?? (number < elements.count ? elements[number] : nil)
            }
        }
    }
}
