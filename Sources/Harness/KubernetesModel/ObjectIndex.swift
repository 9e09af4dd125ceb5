import HarnessSupport

/// An index of objects by kind and name, and of workloads. It is built on first use.
final class ObjectIndex: Sendable {
    let objects: [KubeObject]
    private let byKind = OnceBox<[String: [KubeObject]]>()
    private let byName = OnceBox<[Name: [KubeObject]]>()
    private let pods = OnceBox<[Workload]>()
    private let podsByLabel = OnceBox<[Label: [Workload]]>()

    private struct Name: Hashable {
        let kind: String
        let name: String
    }

    private struct Label: Hashable {
        let namespace: String
        let key: String
        let value: String
    }

    init(_ objects: [KubeObject]) { self.objects = objects }

    var workloads: [Workload] { pods.value { objects.compactMap { Workload($0) } } }

    func workloads(in namespace: String, selectedBy selector: LabelSelector) -> [Workload] {
        let byLabel = podsByLabel.value {
            workloads.reduce(into: [Label: [Workload]]()) { byLabel, pods in
                for (key, value) in pods.labels {
                    byLabel[Label(namespace: pods.namespace, key: key, value: value), default: []].append(pods)
                }
            }
        }
        let candidates = selector.labels.first.map { key, value in
            byLabel[Label(namespace: namespace, key: key, value: value)] ?? []
        }
        return (candidates ?? workloads.filter { $0.namespace == namespace }).filter { selector.matches($0.labels) }
    }

    func all(_ kind: String) -> [KubeObject] {
        byKind.value { Dictionary(grouping: objects, by: \.kind) }[kind] ?? []
    }

    /// Those of that name, in all namespaces.
    func all(_ kind: String, _ name: String) -> [KubeObject] {
        let all = byName.value { Dictionary(grouping: objects) { Name(kind: $0.kind, name: $0.name) } }
        return all[Name(kind: kind, name: name)] ?? []
    }
}
