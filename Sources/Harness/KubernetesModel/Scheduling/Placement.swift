/// Nodes and the pods that are bound to them.
package struct Placement: Sendable {
    var nodes: [ClusterNode]
    /// Pods by the name of their node.
    private(set) var pods: [String: [SchedulablePod]] = [:]

    package init(_ nodes: [ClusterNode]) { self.nodes = nodes }

    var all: [SchedulablePod] { nodes.flatMap { pods[$0.name] ?? [] } }

    func on(_ node: ClusterNode) -> [SchedulablePod] { pods[node.name] ?? [] }

    func node(of pod: SchedulablePod) -> ClusterNode? {
        nodes.first { on($0).contains { $0.name == pod.name } }
    }

    func free(on node: ClusterNode) -> Resources {
        on(node).reduce(node.allocatable) { $0.subtracting($1.requests) }
    }

    mutating func bind(_ pod: SchedulablePod, to node: ClusterNode) { pods[node.name, default: []].append(pod) }

    mutating func remove(_ pod: SchedulablePod) {
        for name in pods.keys { pods[name]?.removeAll { $0.name == pod.name } }
    }
}
