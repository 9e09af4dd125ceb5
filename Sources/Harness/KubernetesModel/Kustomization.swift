import CheckCore
import DocumentModels
import HarnessSupport

/// A kustomization file, with the files and folders that it refers to.
package struct Kustomization: Sendable {
    package let path: String
    package let isComponent: Bool
    /// In kustomize's order: resources, components, then transformers.
    package let entries: [Entry]
    package let root: YAMLNode?

    package struct Entry: Sendable {
        package let use: Use
        package let text: String
        /// Relative to the repository's root; `nil` for a URL or a path outside.
        package let path: String?
        package let line: Int
    }

    package enum Use: Sendable {
        /// A file of manifests or a folder with a kustomization.
        case resource
        case patch
        /// Read by a generator or transformer.
        case data
        /// Needs a network or a program that kubectl lacks.
        case remote
    }

    init(path: String, root: YAMLNode?) {
        self.path = path
        self.root = root
        isComponent = root?["kind"]?.text == "Component"
        var entries: [Entry] = []
        func add(_ use: Use, _ node: YAMLNode?) {
            guard let node, node.isScalar, !node.text.isEmpty, !node.text.contains("\n") else { return }
            let text = node.text
            let isRemote =
                text.contains("://") || text.hasPrefix("git@") || text.contains("?ref=")
                || (text.hasPrefix("github.com/"))
            entries.append(
                Entry(
                    use: isRemote ? .remote : use, text: text,
                    path: isRemote ? nil : path.parentPath.appendingPath(text).normalizedPath, line: node.line))
        }
        for key in ["resources", "bases", "components"] {
            for item in (root?[key]).elements { add(.resource, item) }
        }
        for item in (root?["crds"]).elements + (root?["configurations"]).elements { add(.data, item) }
        for key in ["transformers", "generators", "validators"] {
            for item in (root?[key]).elements { add(.patch, item) }
        }
        for item in (root?["patchesStrategicMerge"]).elements { add(.patch, item) }
        for key in ["patches", "patchesJson6902", "replacements"] {
            for item in (root?[key]).elements { add(.patch, item["path"]) }
        }
        add(.data, root?["openapi", "path"])
        for key in ["configMapGenerator", "secretGenerator"] {
            for generator in (root?[key]).elements {
                for item in generator["files"].elements + generator["envs"].elements {
                    let name = item.text.split(separator: "=", maxSplits: 1).last.map(String.init) ?? ""
                    entries.append(
                        Entry(
                            use: .data, text: name, path: path.parentPath.appendingPath(name).normalizedPath,
                            line: item.line))
                }
                add(.data, generator["env"])
            }
        }
        for item in (root?["helmCharts"]).elements {
            entries.append(Entry(use: .remote, text: item["name"]?.text ?? "a chart", path: nil, line: item.line))
        }
        self.entries = entries
    }
}

/// Every kustomization of a repository, by its folder.
package struct Kustomizations: Sendable {
    package let byFolder: [String: Kustomization]
    /// Patches, values and test samples: YAML that looks like manifests but is not applied directly.
    package let partial: Set<String>
    /// Manifests that a kustomization includes.
    let included: Set<String>

    init(in repository: Repository) {
        var byFolder: [String: Kustomization] = [:]
        for artifact in repository.artifacts(of: .kustomization) {
            let tree = repository.yaml(artifact.path)
            byFolder[artifact.folder] = Kustomization(path: artifact.path, root: tree?.documents.first)
        }
        self.byFolder = byFolder
        let entries = byFolder.values.flatMap(\.entries)
        included = Set(entries.filter { $0.use == .resource }.compactMap(\.path))
        partial = Set(entries.filter { $0.use == .patch || $0.use == .data }.compactMap(\.path)).subtracting(included)
    }

    /// The overlays: kustomizations that no other includes, and all in a folder below `overlays`.
    package var overlays: [Kustomization] {
        var tops = byFolder.filter { folder, kustomization in
            !kustomization.isComponent && (!included.contains(folder) || folder.parentPath.lastPathPart == "overlays")
        }.map(\.value)
        // In a cycle all kustomizations are included, so one of them is built, which fails.
        let roots = tops + byFolder.filter { $1.isComponent && !included.contains($0) }.map(\.value)
        var reached = Set(roots.flatMap { closure(of: $0) }.map(\.path))
        for (_, next) in byFolder.sorted(by: { $0.key < $1.key }) where !reached.contains(next.path) {
            tops.append(next)
            reached.formUnion(closure(of: next).map(\.path))
        }
        return tops.sorted { $0.path < $1.path }
    }

    /// The kustomization and everything that it includes, in dependency order.
    package func closure(of kustomization: Kustomization) -> [Kustomization] {
        var found: [Kustomization] = []
        var seen: Set<String> = []
        func visit(_ kustomization: Kustomization) {
            guard seen.insert(kustomization.path).inserted else { return }
            for entry in kustomization.entries where entry.use == .resource {
                if let next = entry.path.flatMap({ byFolder[$0] }) { visit(next) }
            }
            found.append(kustomization)
        }
        visit(kustomization)
        return found
    }

    /// Whether the build needs files outside the repository.
    package func isRemote(_ kustomization: Kustomization) -> Bool {
        closure(of: kustomization).contains { $0.entries.contains { $0.use == .remote } }
    }

    /// Every file that the build result depends on.
    package func files(of kustomization: Kustomization) -> [String] {
        Set(
            closure(of: kustomization).flatMap { part in
                [part.path] + part.entries.compactMap(\.path).filter { byFolder[$0] == nil }
            }
        ).sorted()
    }
}
