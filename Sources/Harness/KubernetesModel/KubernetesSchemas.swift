import DocumentModels
import Foundation
import HarnessSupport

/// The schemas of Kubernetes' own kinds in several versions, and those of custom resources.
///
/// Source: the package kubernetes-validate, which carries the schemas that Kubernetes publishes, made strict.
package struct KubernetesSchemas {
    /// Newest first.
    package let versions: [String]
    private var validators: [String: SchemaValidator] = [:]
    private var roots: [String: [String: Schema.Index?]] = [:]
    /// By `GROUP/VERSION KIND`.
    private var custom: [String: Schema.Index] = [:]

    /// The oldest version that manifests must be valid for.
    package static let oldest = 31

    /// - Parameter package: the folder of the Python package.
    package init(package: String) throws {
        let folder = package.appendingPath("kubernetes-json-schema")
        let names = FileManager.default.names(in: folder)
        versions = names.compactMap { name in
            guard let match = name.wholeMatch(of: /v(1\.(\d+))\.\d+-local-strict/), Int(match.2) ?? 0 >= Self.oldest
            else { return nil }
            return String(match.1)
        }.sorted { $0.compare($1, options: .numeric) == .orderedDescending }
        guard !versions.isEmpty else { throw HarnessError("there are no schemas of Kubernetes in \(folder)") }
        for version in versions {
            let schemas = folder.appendingPath("v\(version).0-local-strict")
            let definitions = try SchemaDefinitions(schemas.appendingPath("_definitions.json"))
            validators[version] = SchemaValidator { name in
                if !name.hasSuffix(".json") { return definitions[name] }
                return FileManager.default.contents(atPath: schemas.appendingPath(name))
                    .flatMap { try? YAMLTree([UInt8]($0)) }?.documents.first
            }
        }
    }

    /// Returns the schema violations of an object, with their Kubernetes versions; `nil` for an unknown custom
    /// resource.
    package mutating func violations(of object: KubeObject) -> [(violation: SchemaViolation, versions: [String])]? {
        if let schema = custom["\(object.apiVersion) \(object.kind)"] {
            let newest = versions[0]
            return validators[newest]?.violations(object.node, schema).map { ($0, []) }
        }
        var found: [SchemaViolation: [String]] = [:]
        var unknown: [String] = []
        for version in versions {
            guard let root = root(of: object, in: version) else {
                unknown.append(version)
                continue
            }
            for violation in validators[version]?.violations(object.node, root) ?? [] {
                found[violation, default: []].append(version)
            }
        }
        if unknown.count == versions.count { return nil }
        if !unknown.isEmpty {
            let violation = SchemaViolation(
                rule: .unknownKind, place: object.node["apiVersion"] ?? object.node,
                message: "\(object.apiVersion) \(object.kind) is not served",
                remedy: "use a version of the API that every version of Kubernetes here serves")
            found[violation] = unknown
        }
        return found.map { ($0.key, $0.value) }
    }

    /// Whether Kubernetes itself serves the group; other groups with this suffix belong to add-ons.
    package static func serves(group: String) -> Bool {
        let own = [
            "admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization",
            "certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "networking", "node",
            "rbac.authorization", "resource", "scheduling", "storage",
        ]
        return ["", "apps", "autoscaling", "batch", "extensions", "policy"].contains(group)
            || own.contains { group == "\($0).k8s.io" }
    }

    package mutating func add(_ definition: KubeObject) {
        guard let group = definition.spec?["group"]?.text, let kind = definition.spec?["names", "kind"]?.text else {
            return
        }
        let newest = versions[0]
        guard var validator = validators[newest] else { return }
        let meta = validator.compiler.reference("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta")
        for version in (definition.spec?["versions"]).elements {
            guard let name = version["name"]?.text, let schema = version["schema", "openAPIV3Schema"] else { continue }
            custom["\(group)/\(name) \(kind)"] = validator.compiler.compile(definition: schema, meta: meta)
        }
        validators[newest] = validator
    }

    private mutating func root(of object: KubeObject, in version: String) -> Schema.Index? {
        let name = "\(object.kind.lowercased())-\(object.apiVersion)"
        if let known = roots[version]?[name] { return known }
        // The first part is the name of a group: `rbac` of `rbac.authorization.k8s.io`.
        let parts = object.apiVersion.split(separator: "/")
        let group = parts.count > 1 ? "\(parts[0].prefix { $0 != "." })-" : ""
        let isKubernetes =
            parts.count == 1 || parts[0].hasSuffix(".k8s.io") || !parts[0].contains(".")
        let file = "\(object.kind.lowercased())-\(group)\(parts.last ?? "").json"
        var root: Schema.Index?
        if isKubernetes, let validator = validators[version],
            let node = validator.load(file),
            node["properties", "apiVersion", "enum"].elements.contains(where: {
                $0.text == object.apiVersion
            }), node["properties", "kind", "enum"].elements.contains(where: { $0.text == object.kind })
        {
            root = validators[version]?.compiler.reference(file)
        }
        roots[version, default: [:]][name] = .some(root)
        return root
    }
}
