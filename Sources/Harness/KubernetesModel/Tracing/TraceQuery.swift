import CheckCore
import DocumentModels
import HarnessSupport
import Tooling

/// The question of `harness trace`: an object, a field, and where to look for them.
package struct TraceQuery: Sendable {
    let kind: String
    let name: String
    let field: FieldPath
    let namespace: String?
    let overlay: String?

    /// - Parameters:
    ///   - object: `Deployment/claims`; the kind's case does not matter, and a generated name may lack its hash.
    ///   - overlay: a folder with a kustomization, from the repository's root; `nil` for all.
    /// - Throws: `HarnessError` for a malformed object or field.
    package init(object: String, field: String, namespace: String?, overlay: String?) throws {
        let parts = object.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, !parts.contains("") else {
            throw HarnessError("'\(object)' is not an object", remedy: "write it as KIND/NAME, as in Deployment/claims")
        }
        (kind, name) = (parts[0], parts[1])
        self.field = try FieldPath(field)
        (self.namespace, self.overlay) = (namespace, overlay)
    }

    /// - Throws: `HarnessError` where the object or the field is missing, or several objects fit; `Tool.Missing`.
    package func answer(in context: CheckContext) async throws -> FieldTrace {
        let repository = context.repository
        let candidates = try overlays(of: repository)
        var found: [(FieldTracer, KubeObject)] = []
        var unread: [String] = []
        for candidate in candidates {
            do {
                let tracer = try await FieldTracer(overlay: candidate, context)
                found += tracer.objects.filter(fits).map { (tracer, $0) }
            } catch let skipped as Skipped {
                if overlay != nil { throw HarnessError(skipped.reason, remedy: "bring it into the repository") }
                unread.append(candidate.path.parentPath)
            } catch is HarnessError where overlay == nil {
                unread.append(candidate.path.parentPath)
            }
        }
        // Without a hash, the name itself counts first.
        let exact = found.filter { $0.1.name == name }
        if !exact.isEmpty { found = exact }
        if found.isEmpty, overlay == nil, let trace = try plain(in: repository) { return trace }
        guard let (tracer, object) = found.first else { throw missing(unread) }
        guard found.count == 1 else {
            let places = found.map { tracer, object in
                "--overlay \(tracer.overlay.path.parentPath.shownPath)"
                    + (object.ownNamespace.map { " --namespace \($0)" } ?? "")
            }
            throw HarnessError(
                "\(found.count) objects are \(kind)/\(name)",
                remedy: "choose one: \(Set(places).sorted().joined(separator: ", "))")
        }
        try require(field, in: object)
        return try await tracer.trace(field, of: object)
    }

    private func overlays(of repository: Repository) throws -> [Kustomization] {
        let all = repository.kustomizations
        guard let overlay else {
            return all.overlays.filter { !all.isRemote($0) && mayHold(all.files(of: $0), repository) }
        }
        let folder = overlay.normalizedPath ?? overlay
        guard let one = all.byFolder[folder] else {
            let near = folder.nearest(among: all.byFolder.keys)
            throw HarnessError(
                "'\(overlay)' has no kustomization", remedy: near.map { "did you mean \($0)?" } ?? "name its folder")
        }
        return [one]
    }

    /// Whether some file names the kind, or generates it: the others need not be rendered.
    private func mayHold(_ files: [String], _ repository: Repository) -> Bool {
        files.contains { file in
            repository.once("kindsIn \(file)") {
                repository.yaml(file)?.documents.flatMap { root -> [String] in
                    let generated = ["configMapGenerator": "configmap", "secretGenerator": "secret"]
                        .filter { root[$0.key] != nil }.map(\.value)
                    let items = root["items"].elements.compactMap { $0["kind"]?.text.lowercased() }
                    return generated + items + [root["kind"]?.text.lowercased() ?? ""]
                } ?? []
            }.contains(kind.lowercased())
        }
    }

    private func fits(_ object: KubeObject) -> Bool {
        guard object.kind.lowercased() == kind.lowercased(), namespace == nil || object.namespace == namespace else {
            return false
        }
        return object.name == name || object.isGenerated && String(object.name.dropLast(11)) == name
    }

    /// An object that is applied as its file says it: the field's own line, and nothing before.
    private func plain(in repository: Repository) throws -> FieldTrace? {
        let objects = repository.plainManifests.flatMap(repository.objects).filter(fits)
        guard let object = objects.first else { return nil }
        guard objects.count == 1 else {
            throw HarnessError(
                "\(objects.count) objects are \(kind)/\(name): \(objects.map(\.path).joined(separator: ", "))",
                remedy: "choose one with --namespace")
        }
        let value = try require(field, in: object)
        let line = FieldTrace.Line(
            path: object.path, line: value.line, role: "manifest",
            text: (repository.text(of: object.path)?.lines[value.line - 1] ?? "").trimming { $0 == " " }, effect: .sets)
        return FieldTrace(
            overlay: object.path, object: "\(object.kind)/\(object.name)", field: field.description, value: value.text,
            lines: [line])
    }

    @discardableResult
    private func require(_ field: FieldPath, in object: KubeObject) throws -> YAMLNode {
        let leaves = FieldPath.leaves(of: object.node).map(\.path.description)
        guard let value = field.value(in: object.node) else {
            let near = field.description.nearest(among: leaves)
            throw HarnessError(
                "\(object.title) has no field \(field)",
                remedy: near.map { "did you mean \($0)?" }
                    ?? "name one of: \(leaves.prefix(5).joined(separator: ", ")), …")
        }
        guard value.isScalar else {
            let inside = FieldPath.leaves(of: value, below: field.steps).map(\.path.description)
            throw HarnessError(
                "\(field) of \(object.title) holds \(inside.count) fields",
                remedy: "name one of them: \(inside.prefix(5).joined(separator: ", "))\(inside.count > 5 ? ", …" : "")")
        }
        return value
    }

    private func missing(_ unread: [String]) -> HarnessError {
        HarnessError(
            "\(kind)/\(name) not found" + (namespace.map { " in namespace \($0)" } ?? "")
                + (overlay.map { " in \($0)" } ?? " in any overlay"),
            remedy: unread.isEmpty
                ? "`kubectl kustomize` shows what an overlay holds"
                : "these could not be read: \(unread.prefix(3).joined(separator: ", "))")
    }
}
