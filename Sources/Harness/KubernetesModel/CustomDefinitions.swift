import CheckCore
import DocumentModels
import Tooling

/// Definitions of custom resources, from the repository and pinned. Each is parsed once in a run.
package actor CustomDefinitions {
    private var files: [DefinitionFile: [KubeObject]] = [:]
    /// Files that could not be fetched. Each attempt waits for the network, and many objects ask for the same file.
    private var missing: [DefinitionFile: (error: Tool.Missing, since: ContinuousClock.Instant)] = [:]
    private var schemas: [String: StructuralSchema] = [:]
    private var hasOwn = false

    /// - Throws: `Tool.Missing` if a pinned file is not available. After a failed attempt, the next one is made a
    ///   minute later.
    package func objects(in file: DefinitionFile, _ context: CheckContext) async throws -> [KubeObject] {
        if let known = files[file] { return known }
        if let known = missing[file], known.since.duration(to: .now) < .seconds(60) { throw known.error }
        let bytes: [UInt8]
        do {
            bytes = try await context.toolbox.definitions(file)
        } catch let error as Tool.Missing {
            missing[file] = (error, .now)
            throw error
        }
        let tree = try YAMLTree(bytes)
        let objects = KubeObject.all(in: tree, path: file.path)
        files[file] = objects
        return objects
    }

    /// `nil` for an undefined kind.
    ///
    /// - Throws: `Tool.Missing`.
    package func schema(of object: KubeObject, _ context: CheckContext) async throws -> StructuralSchema? {
        if !hasOwn {
            hasOwn = true
            for path in context.repository.ownDefinitions { add(context.repository.objects(in: path), to: nil) }
        }
        let key = "\(object.apiVersion) \(object.kind)"
        if let known = schemas[key] { return known }
        guard let file = DefinitionFile.defining(object.kind, group: object.group) else { return nil }
        add(try await objects(in: file, context), to: key)
        return schemas[key]
    }

    /// - Parameter key: the requested definition; `nil` returns all.
    private func add(_ definitions: [KubeObject], to key: String?) {
        for definition in definitions where definition.kind == "CustomResourceDefinition" {
            guard let group = definition.spec?["group"]?.text, let kind = definition.spec?["names", "kind"]?.text
            else { continue }
            for version in (definition.spec?["versions"]).elements {
                let name = "\(group)/\(version["name"]?.text ?? "") \(kind)"
                guard key == nil || key == name, let schema = version["schema", "openAPIV3Schema"] else { continue }
                schemas[name] = StructuralSchema(schema)
            }
        }
    }
}

extension Repository {
    package var customDefinitions: CustomDefinitions { once("customDefinitions") { CustomDefinitions() } }
}
