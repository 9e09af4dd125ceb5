/// Something that happens to a cluster's nodes.
package enum Scenario: Hashable, Sendable, CustomStringConvertible {
    case normal
    /// All autoscaled workloads run their maximum number of pods.
    case peak
    /// All nodes of a type disappear at the same time, for example reclaimed spot nodes.
    case without(type: String)
    /// The nodes of a zone are unreachable; the node controller taints them.
    case zoneLost(String)
    /// A node is drained for an update.
    case drained(String)

    package var description: String {
        switch self {
        case .normal: "normal"
        case .peak: "peak"
        case .without(let type): "without \(type)"
        case .zoneLost(let zone): "\(zone) lost"
        case .drained(let node): "\(node) drained"
        }
    }

    package static func all(for nodes: [ClusterNode]) -> [Scenario] {
        let types = Set(nodes.map(\.type)).subtracting(["system", "general"]).sorted()
        let zones = Set(nodes.map(\.zone)).sorted()
        return [.normal, .peak] + types.map { .without(type: $0) }
            + (zones.count > 1 ? zones.map { .zoneLost($0) } : [])
    }

    package var isLoss: Bool { self != .normal && self != .peak }

    func strikes(_ node: ClusterNode) -> Bool {
        switch self {
        case .normal, .peak: false
        case .without(let type): node.type == type
        case .zoneLost(let zone): node.zone == zone
        case .drained(let name): node.name == name
        }
    }

    /// The node after the scenario; `nil` if it is lost.
    func after(_ node: ClusterNode) -> ClusterNode? {
        guard strikes(node) else { return node }
        var node = node
        switch self {
        case .normal, .peak: break
        case .without: return nil
        case .zoneLost:
            node.taints += ["NoSchedule", "NoExecute"].map {
                Taint(key: "node.kubernetes.io/unreachable", effect: $0)
            }
        case .drained: node.isUnschedulable = true
        }
        return node
    }
}

/// A cluster with its pods placed, before the scenario.
package struct StartingPoint: Sendable {
    let nodes: [ClusterNode]
    package let pods: [SchedulablePod]
    let budgets: [DisruptionBudget]
    let scheduler: Scheduler

    /// - Parameter favouring: a node type that the scheduler prefers; the worst case if that type is lost.
    package init(_ file: ClusterFile, _ cluster: [KubeObject], isAtPeak: Bool = false, favouring type: String? = nil) {
        nodes = file.nodes(cluster, isAtPeak: isAtPeak)
        pods = PodMaker(cluster, isAtPeak: isAtPeak).pods
        budgets = cluster.compactMap(DisruptionBudget.init)
        var scheduler = Scheduler(Placement(nodes), budgets: budgets, favouring: type)
        scheduler.schedule(pods)
        self.scheduler = scheduler
    }
}

/// The outcome for the pods.
package struct ScenarioOutcome: Sendable {
    package let scenario: Scenario
    let placement: Placement
    package let pending: [Scheduler.Pending]
    /// Pods of each workload that continue on their nodes; the others start on other nodes.
    let kept: [String: Int]
    let wanted: [String: Int]
    /// Pods that block a drain because their budget never allows an eviction.
    package let held: [SchedulablePod]

    package init(_ scenario: Scenario, from start: StartingPoint) {
        self.scenario = scenario
        let (nodes, budgets, before) = (start.nodes, start.budgets, start.scheduler)
        wanted = Dictionary(grouping: start.pods.filter { $0.gang == nil }, by: \.workload).mapValues(\.count)
        guard scenario.isLoss else {
            (placement, pending, kept, held) = (before.placement, before.pending, wanted, [])
            return
        }
        var after = Placement(nodes.compactMap(scenario.after), zones: before.placement.zones)
        var struck: [SchedulablePod] = []
        for node in nodes {
            for pod in before.placement.on(node) {
                if scenario.strikes(node) { struck.append(pod) } else { after.bind(pod, to: node) }
            }
        }
        kept = Dictionary(grouping: after.all, by: \.workload).mapValues(\.count)
        let (whole, loose) = Self.gangs(of: struck, &after)
        var scheduler = Scheduler(after, budgets: budgets)
        var held: [SchedulablePod] = []
        if case .drained = scenario {
            // One by one: the next pod is evicted after the previous one runs on another node.
            for (index, pod) in loose.enumerated() {
                let isFree = budgets.filter { $0.covers(pod) }.allSatisfy { budget in
                    let wanted = before.placement.all.count(where: budget.covers)
                    let healthy =
                        scheduler.placement.all.count(where: budget.covers)
                        + loose[index...].count(where: budget.covers)
                    return budget.allowed(wanted: wanted, healthy: healthy) > 0
                }
                if isFree { scheduler.schedule([pod]) } else { held.append(pod) }
            }
            scheduler.schedule(whole)
        } else {
            scheduler.schedule(loose + whole)
        }
        (placement, self.held) = (scheduler.placement, held)
        pending =
            scheduler.pending
            + before.pending.filter { late in !scheduler.pending.contains { $0.pod.name == late.pod.name } }
    }

    /// A gang that loses one pod restarts as a whole.
    private static func gangs(
        of struck: [SchedulablePod], _ placement: inout Placement
    ) -> (whole: [SchedulablePod], loose: [SchedulablePod]) {
        let hit = Set(struck.compactMap(\.gang))
        let rest = placement.all.filter { $0.gang.map(hit.contains) ?? false }
        for pod in rest { placement.remove(pod) }
        return (struck.filter { $0.gang != nil } + rest, struck.filter { $0.gang == nil })
    }

    /// The smallest number of remaining pods, among workloads with several pods.
    package var leastKept: (workload: String, kept: Int, wanted: Int)? {
        wanted.filter { $0.value > 1 }.map { ($0.key, kept[$0.key, default: 0], $0.value) }
            .min { ($0.1, $0.0) < ($1.1, $1.0) }
    }
}
