import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling
import Yams

/// The objects that overlays render to.
struct Manifests: Sendable {
    var objects: [JSONValue]

    /// Renders kustomize folders of the repository.
    ///
    /// - Throws: `HarnessError` with kustomize's reason; `Tool.Missing` without kubectl.
    static func render(_ overlays: [String], _ context: StackContext) async throws -> Manifests {
        let kubectl = try await context.toolbox.path(of: .kubectl)
        var objects: [JSONValue] = []
        for overlay in overlays {
            let output = try await Command(kubectl, ["kustomize", context.repository.absolute(overlay)]).run()
            guard output.isSuccess else { throw HarnessError("kustomize \(overlay): \(output.lastLine)") }
            objects += try parse(output.stdout)
        }
        return Manifests(objects: objects)
    }

    /// - Throws: libyaml's error; `HarnessError` for a text beyond the limits.
    static func parse(_ yaml: String) throws -> [JSONValue] {
        if let (line, excess) = YAMLBounds.excess(in: Array(yaml.utf8)) {
            throw HarnessError("the manifests, line \(line): \(excess.message)")
        }
        return try Array(Yams.load_all(yaml: yaml)).map(JSONValue.init(yaml:)).filter { $0 != .null }
    }

    func all(_ kind: String) -> [JSONValue] { objects.filter { $0["kind"]?.string == kind } }

    func named(_ kind: String, _ name: String, in namespace: String) -> JSONValue? {
        all(kind).first { $0.name == name && $0.namespace == namespace }
    }
}

extension JSONValue {
    /// A value as a YAML reader gives it.
    init(yaml value: Any) {
        switch value {
        case let value as Bool: self = .bool(value)
        case let value as Int: self = .number(Double(value))
        case let value as Double: self = .number(value)
        case let value as String: self = .string(value)
        case let value as [Any]: self = .array(value.map(JSONValue.init(yaml:)))
        case let value as [AnyHashable: Any]:
            self = .object(
                Dictionary(value.map { ("\($0.key)", JSONValue(yaml: $0.value)) }, uniquingKeysWith: { $1 }))
        default: self = .null
        }
    }

    /// An object's `metadata.name`.
    var name: String { self["metadata", "name"]?.string ?? "" }
    var namespace: String { self["metadata", "namespace"]?.string ?? "default" }

    /// A map of strings, such as labels.
    var strings: [String: String] { (object ?? [:]).compactMapValues(\.string) }
}
