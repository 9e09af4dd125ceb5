/// Nodes and the pods that are bound to them.
package struct Placement: Sendable {
    var nodes: [ClusterNode]
    /// Pods by the name of their node.
    private(set) var pods: [String: [SchedulablePod]] = [:]

    /// The zone of each volume that was ever mounted, by claim. The zone outlives pod and node.
    private(set) var zones: [String: String]

    package init(_ nodes: [ClusterNode], zones: [String: String] = [:]) { (self.nodes, self.zones) = (nodes, zones) }

    var all: [SchedulablePod] { nodes.flatMap { pods[$0.name] ?? [] } }

    func on(_ node: ClusterNode) -> [SchedulablePod] { pods[node.name] ?? [] }

    func node(of pod: SchedulablePod) -> ClusterNode? {
        nodes.first { on($0).contains { $0.name == pod.name } }
    }

    func free(on node: ClusterNode) -> Resources {
        on(node).reduce(node.allocatable) { $0.subtracting($1.requests) }
    }

    mutating func bind(_ pod: SchedulablePod, to node: ClusterNode) {
        pods[node.name, default: []].append(pod)
        for volume in pod.volumes where zones[volume.claim] == nil { zones[volume.claim] = node.zone }
    }

    mutating func remove(_ pod: SchedulablePod) {
        for name in pods.keys { pods[name]?.removeAll { $0.name == pod.name } }
    }
}
