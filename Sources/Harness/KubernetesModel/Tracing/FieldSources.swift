import CheckCore
import DocumentModels
import HarnessSupport

/// The lines that may set a field, in the order in which kustomize applies them.
///
/// Source of the order: kustomize@kustomize/v5.5.0:api/internal/target/kusttarget.go, `accumulateTarget` and
/// `configureBuiltinTransformers`. What a line really does is for `FieldTrace` to find out: too many here do no harm.
struct FieldSources {
    let repository: Repository
    /// Bases first.
    let kustomizations: [Kustomization]

    /// - Parameters:
    ///   - value: what the field holds once rendered.
    ///   - depth: how many replacements and variables were followed to get here.
    func lines(of path: FieldPath, kind: String, name: String, value: String, depth: Int = 0) -> [SourceLine] {
        var found: [SourceLine] = []
        for kustomization in kustomizations {
            let layer = Layer(kustomization: kustomization, path: path, kind: kind, name: name, value: value)
            found += resources(layer) + generated(layer) + patches(layer) + layer.transformers
            if depth < 3 { found += referenced(layer, depth) }
        }
        var seen: Set<SourceLine> = []
        // The last use of a line is the one that counts.
        return found.reversed().filter { seen.insert($0).inserted }.reversed()
    }

    /// Every line of the overlay whose value is a part of the field's, or holds it: where kustomize was configured to do
    /// what no layer here knows.
    func lines(alike value: String) -> [SourceLine] {
        guard value.count > 2 else { return [] }
        let files = Set(kustomizations.flatMap { [$0.path] + $0.entries.compactMap(\.path) }).sorted()
        let found = files.filter(repository.contains).flatMap { file -> [(SourceLine, Int)] in
            guard let tree = repository.yaml(file) else { return [] }
            return tree.documents.flatMap { FieldPath.leaves(of: $0) }.compactMap { _, node in
                let text = node.text
                guard text.count > 2, value.contains(text) || text.contains(value) else { return nil }
                return (SourceLine(node, in: file, role: "value"), abs(text.count - value.count))
            }
        }
        return found.sorted { $0.1 < $1.1 }.prefix(30).map(\.0)
    }

    private func resources(_ layer: Layer) -> [SourceLine] {
        layer.kustomization.entries.filter { $0.use == .resource }.compactMap(\.path).filter(repository.contains)
            .flatMap { file in
                repository.objects(in: file).filter { $0.kind == layer.kind && layer.isVariant(of: $0.name) }.flatMap {
                    layer.leaves(in: $0.node, file, role: "resource")
                }
            }
    }

    private func generated(_ layer: Layer) -> [SourceLine] {
        let key = ["ConfigMap": "configMapGenerator", "Secret": "secretGenerator"][layer.kind]
        let file = layer.kustomization.path
        return key.map { (layer.kustomization.root?[$0]).elements }.flatMap { generators in
            generators.filter { layer.isVariant(of: $0["name"]?.text ?? "") }.flatMap { generator -> [SourceLine] in
                switch layer.path.steps.first {
                case .key("metadata"):
                    let options = layer.leaves(in: generator, file, role: "generator")
                    return layer.lastKey == "name"
                        ? [generator["name"].map { SourceLine($0, in: file, key: "name", role: "generator") }]
                            .compactMap { $0 }
                        : options
                case .key("data"), .key("binaryData"): return data(of: generator, layer.lastKey, in: file)
                case .key("kind"), .key("apiVersion"):
                    return layer.kustomization.root.entries.filter { $0.key.text == key }.map {
                        SourceLine($0.key, in: file, role: "generator")
                    }
                case .key("type"): return layer.leaves(in: generator, file, role: "generator")
                default: return []
                }
            }
        } ?? []
    }

    /// The lines that give `key` its value: a literal, a line of an env file, or a file.
    private func data(of generator: YAMLNode, _ key: String, in path: String) -> [SourceLine] {
        let envs = generator["envs"].elements + [generator["env"]].compactMap { $0 }
        let fromEnvs = envs.flatMap { entry -> [SourceLine] in
            let file = path.parentPath.appendingPath(entry.text).normalizedPath ?? ""
            return (repository.text(of: file) ?? "").lines.enumerated().compactMap { number, line in
                guard line.trimming(while: { $0 == " " }).hasPrefix("\(key)=") else { return nil }
                return SourceLine(
                    path: file, line: number + 1, role: "env file", text: String(line.drop { $0 != "=" }.dropFirst()),
                    key: key)
            }
        }
        let fromFiles = generator["files"].elements.compactMap { entry -> SourceLine? in
            let parts = entry.text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let file = parts.last, (parts.count == 2 ? parts[0] : file.lastPathPart) == key,
                let place = path.parentPath.appendingPath(file).normalizedPath,
                let lines = repository.text(of: place)?.lines,
                let number = lines.firstIndex(where: { !$0.allSatisfy(\.isWhitespace) })
            else { return nil }
            return SourceLine(path: place, line: number + 1, role: "file", text: String(lines[number]), key: nil)
        }
        let literals = generator["literals"].elements.filter { $0.text.hasPrefix("\(key)=") }.map {
            SourceLine($0, in: path, role: "literal")
        }
        return fromEnvs + fromFiles + literals
    }

    /// Strategic merge patches and JSON patches, in files and inline.
    private func patches(_ layer: Layer) -> [SourceLine] {
        let root = layer.kustomization.root
        let file = layer.kustomization.path
        let given = ["patchesStrategicMerge", "patches", "patchesJson6902"].flatMap { (root?[$0]).elements }
        let inFiles = layer.kustomization.entries.filter { $0.use == .patch }.compactMap(\.path)
        let fromFiles = inFiles.flatMap { path in
            (repository.yaml(path)?.documents ?? []).flatMap { layer.patched(by: $0, in: path, offset: 0) }
        }
        let inline = given.flatMap { entry -> [SourceLine] in
            guard let text = entry["patch"] ?? (entry.isScalar ? entry : nil), text.text.contains(/[\n:]/),
                let tree = try? YAMLTree(Array(text.text.utf8))
            else { return [] }
            return tree.documents.flatMap { layer.patched(by: $0, in: file, offset: text.line) }
        }
        return fromFiles + inline
    }

    /// What `replacements` and `vars` copy into the field.
    private func referenced(_ layer: Layer, _ depth: Int) -> [SourceLine] {
        let root = layer.kustomization.root
        let replacements = (root?["replacements"]).elements.flatMap { entry -> [YAMLNode] in
            guard let path = entry["path"]?.text else { return [entry] }
            let file = layer.kustomization.path.parentPath.appendingPath(path).normalizedPath ?? ""
            return (repository.yaml(file)?.documents ?? []).flatMap { $0.isSequence ? $0.elements : [$0] }
        }
        let copied = replacements.filter(layer.isTarget).compactMap { entry -> (YAMLNode?, String?)? in
            entry["source"].map { ($0, $0["fieldPath"]?.text) }
        }
        let variables = (root?["vars"]).elements.compactMap { entry -> (YAMLNode?, String?)? in
            entry["objref"].map { ($0, entry["fieldref", "fieldPath"]?.text ?? entry["fieldref", "fieldpath"]?.text) }
        }
        return (copied + variables).flatMap { object, field -> [SourceLine] in
            guard let kind = object?["kind"]?.text, let path = try? FieldPath(field ?? "metadata.name") else {
                return []
            }
            return lines(of: path, kind: kind, name: object?["name"]?.text ?? "", value: layer.value, depth: depth + 1)
        }
    }
}
