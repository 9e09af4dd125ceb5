/// A node as the scheduler sees it.
struct ClusterNode: Sendable {
    let name: String
    let type: String
    let instance: String
    var labels: [String: String]
    var taints: [Taint]
    /// What is left for pods besides the node's own daemons.
    let allocatable: Resources
    /// `kubectl cordon` sets it.
    var isUnschedulable = false

    var zone: String { labels["topology.kubernetes.io/zone"] ?? "" }
}

/// Quantities by the name of the resource; `pods` is one of them.
typealias Resources = [String: Double]

extension Resources {
    init(_ node: YAMLNode?) {
        self = [:]
        for (key, value) in node.entries { self[key.text] = Quantity(value.text)?.value }
    }

    func adding(_ other: Resources) -> Resources { merging(other) { $0 + $1 } }
    func subtracting(_ other: Resources) -> Resources { merging(other.mapValues { -$0 }) { $0 + $1 } }
    func largest(_ other: Resources) -> Resources { merging(other) { Swift.max($0, $1) } }
}
