/// Objects by kind and name, and those that make pods; put in order when the first is looked for.
final class ObjectIndex: Sendable {
    let objects: [KubeObject]
    private let byKind = OnceBox<[String: [KubeObject]]>()
    private let byName = OnceBox<[Name: [KubeObject]]>()
    private let pods = OnceBox<[Workload]>()

    private struct Name: Hashable {
        let kind: String
        let name: String
    }

    init(_ objects: [KubeObject]) { self.objects = objects }

    var workloads: [Workload] { pods.value { objects.compactMap { Workload($0) } } }

    func all(_ kind: String) -> [KubeObject] {
        byKind.value { Dictionary(grouping: objects, by: \.kind) }[kind] ?? []
    }

    /// Those of that name, in all namespaces.
    func all(_ kind: String, _ name: String) -> [KubeObject] {
        let all = byName.value { Dictionary(grouping: objects) { Name(kind: $0.kind, name: $0.name) } }
        return all[Name(kind: kind, name: name)] ?? []
    }
}
