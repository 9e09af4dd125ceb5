import DocumentModels

/// A node as the scheduler sees it.
package struct ClusterNode: Sendable {
    package let name: String
    package let type: String
    let instance: String
    var labels: [String: String]
    var taints: [Taint]
    /// The capacity for pods, without the node's daemons.
    package let allocatable: Resources
    /// Whether the node exists only while a pod needs it: `while` in the cluster's file.
    var isOnDemand = false
    /// `kubectl cordon` sets it.
    var isUnschedulable = false

    var zone: String { labels["topology.kubernetes.io/zone"] ?? "" }
}

/// Quantities by the name of the resource; `pods` is one of them.
package typealias Resources = [String: Double]

extension Resources {
    package init(_ node: YAMLNode?) {
        self = [:]
        for (key, value) in node.entries { self[key.text] = Quantity(value.text)?.value }
    }

    package func adding(_ other: Resources) -> Resources { merging(other) { $0 + $1 } }
    func subtracting(_ other: Resources) -> Resources { merging(other.mapValues { -$0 }) { $0 + $1 } }
    func largest(_ other: Resources) -> Resources { merging(other) { Swift.max($0, $1) } }
}
