import DocumentModels
import HarnessSupport

/// What one kustomization may do to a field of an object.
struct Layer {
    let kustomization: Kustomization
    let path: FieldPath
    let kind: String
    let name: String
    /// What the field holds once rendered.
    let value: String

    var lastKey: String {
        path.steps.last.flatMap { if case .key(let key) = $0 { key } else { nil } } ?? ""
    }

    /// With a prefix, a suffix, both, or the hash that generators append.
    func isVariant(of base: String) -> Bool { base.isEmpty || name.isEmpty || name.contains(base) }

    /// The scalars that `node` may have at the field. Numbers of elements change when lists are merged.
    func leaves(
        in node: YAMLNode, _ file: String, offset: Int = 0, steps: ArraySlice<FieldPath.Step>? = nil, role: String
    ) -> [SourceLine] {
        guard let step = (steps ?? path.steps[...]).first else {
            return node.isScalar ? [SourceLine(node, in: file, offset: offset, key: lastKey, role: role)] : []
        }
        let rest = (steps ?? path.steps[...]).dropFirst()
        let next: [YAMLNode] =
            switch step {
            case .key(let key): [node[key]].compactMap { $0 }
            case .element(let key, let value): node.elements.filter { $0[key]?.text == value || $0[key] == nil }
            case .index(let index):
                node.elements.enumerated().sorted { abs($0.offset - index) > abs($1.offset - index) }.map(\.element)
                    .filter { !$0.isScalar || value.contains($0.text) || node.elements.count == 1 }
            }
        return next.flatMap { leaves(in: $0, file, offset: offset, steps: rest, role: role) }
    }

    /// - Parameter root: a strategic merge patch, the operations of a JSON patch, or the configuration of a transformer.
    func patched(by root: YAMLNode, in file: String, offset: Int) -> [SourceLine] {
        if root.isSequence { return root.elements.flatMap { operation(root: $0, in: file, offset: offset) } }
        if root["kind"]?.text == kind || root["kind"] == nil {
            // The identity in a patch says which object it is for.
            return path.isIdentity ? [] : leaves(in: root, file, offset: offset, role: "patch")
        }
        guard root["kind"]?.text.hasSuffix("Transformer") == true else { return [] }
        return [("metadata", "namespace"), ("metadata", "name")].compactMap { root[$0.0, $0.1] }.filter {
            value.contains($0.text)
        }.map { SourceLine($0, in: file, offset: offset, role: "transformer") }
            + FieldPath.leaves(of: root).map(\.value).filter { value.contains($0.text) && $0.text.count > 2 }.map {
                SourceLine($0, in: file, offset: offset, role: "transformer")
            }
    }

    private func operation(root: YAMLNode, in file: String, offset: Int) -> [SourceLine] {
        guard let given = root["value"], let pointer = root["path"]?.text else { return [] }
        let parts = pointer.split(separator: "/").map {
            $0.replacing("~1", with: "/").replacing("~0", with: "~")
        }
        guard parts.count <= path.steps.count else { return [] }
        let fits = zip(parts, path.steps).allSatisfy { part, step in
            if case .key(let key) = step { return part == key }
            return part == "-" || Int(part) != nil
        }
        guard fits else { return [] }
        let isWhole = parts.count == path.steps.count
        if isWhole, given.isScalar {
            return [SourceLine(given, in: file, offset: offset, key: "value", role: "JSON patch")]
        }
        return leaves(
            in: given, file, offset: offset, steps: path.steps[parts.count...], role: "JSON patch")
    }

    /// The built-in transformers, in kustomize's order.
    var transformers: [SourceLine] {
        guard let root = kustomization.root else { return [] }
        func line(_ node: YAMLNode?, _ key: String, _ role: String) -> [SourceLine] {
            node.map { [SourceLine($0, in: kustomization.path, key: key, role: role)] } ?? []
        }
        var found: [SourceLine] = []
        if let namespace = root["namespace"], value.contains(namespace.text) {
            found += line(namespace, "namespace", "namespace")
        }
        for key in ["namePrefix", "nameSuffix"] where value.contains(root[key]?.text ?? "\0") {
            found += line(root[key], key, key)
        }
        for entry in root["labels"].elements { found += line(entry["pairs"]?[lastKey], lastKey, "labels") }
        for key in ["commonLabels", "commonAnnotations"] { found += line(root[key]?[lastKey], lastKey, key) }
        for key in ["labels", "annotations"] {
            found += line(root["generatorOptions", key]?[lastKey], lastKey, "generatorOptions")
        }
        if lastKey == "replicas" {
            for entry in root["replicas"].elements where isVariant(of: entry["name"]?.text ?? "") {
                found += line(entry["count"], "count", "replicas")
            }
        }
        for entry in root["images"].elements {
            for key in ["newName", "newTag", "digest"] where value.contains(entry[key]?.text ?? "\0") {
                found += line(entry[key], key, "images")
            }
        }
        return found
    }

    /// Whether a replacement may write to this field of this kind.
    func isTarget(_ replacement: YAMLNode) -> Bool {
        replacement["targets"].elements.contains { target in
            let wanted = target["select", "kind"]?.text
            return (wanted == nil || wanted == kind)
                && target["fieldPaths"].elements.contains { field in
                    let key = field.text.split(separator: ".").last {
                        !$0.hasPrefix("[") && $0 != "*" && Int($0) == nil
                    }
                    return key.map { path.steps.contains(.key(String($0))) } ?? true
                }
        }
    }
}
