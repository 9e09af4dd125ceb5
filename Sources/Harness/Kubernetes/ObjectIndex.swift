/// A cluster's objects by kind and name; put in order when the first is looked for.
final class ObjectIndex: Sendable {
    private struct Key: Hashable {
        let kind: String
        let name: String
    }

    let objects: [KubeObject]
    private let byName = OnceBox<[Key: [KubeObject]]>()

    init(_ objects: [KubeObject]) { self.objects = objects }

    /// The first of that name; in any namespace where none is given.
    func find(_ kind: String, _ name: String, in namespace: String?) -> KubeObject? {
        let all = byName.value { Dictionary(grouping: objects) { Key(kind: $0.kind, name: $0.name) } }
        return all[Key(kind: kind, name: name)]?.first { namespace == nil || $0.namespace == namespace }
    }
}
