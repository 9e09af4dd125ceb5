import DocumentModels

/// Places pods as Kubernetes' scheduler may: one at a time by priority, on a node that passes every filter.
///
/// The filters determine the possible nodes, and all findings depend only on them. The real scheduler chooses among
/// these by weighted scores. This one takes the node with the fewest pods of the same soft spread, then the most free
/// processor, then the first by name. The placement is thus possible and deterministic, but not a forecast.
///
/// Source: Kubernetes documentation, "Kubernetes Scheduler"; "Pod Priority and Preemption".
package struct Scheduler {
    private(set) var placement: Placement
    /// Pods without a node, with the reason of each node.
    private(set) var pending: [Pending] = []
    /// Pods that were preempted and fit on no other node.
    private(set) var preempted: [String] = []
    private let budgets: [DisruptionBudget]
    private let favoured: String?

    package struct Pending: Sendable {
        package let pod: SchedulablePod
        package let why: String
    }

    /// - Parameter favouring: a node type that is preferred over all scores wherever the filters allow it.
    init(_ placement: Placement, budgets: [DisruptionBudget] = [], favouring type: String? = nil) {
        (self.placement, self.budgets, favoured) = (placement, budgets, type)
    }

    mutating func schedule(_ pods: [SchedulablePod]) {
        var queue = pods.sorted { ($1.priority, $0.name) < ($0.priority, $1.name) }
        while !queue.isEmpty {
            let pod = queue.removeFirst()
            if let gang = pod.gang {
                let members = [pod] + queue.filter { $0.gang == gang }
                queue.removeAll { $0.gang == gang }
                place(members, of: gang)
            } else if let node = best(for: pod) {
                placement.bind(pod, to: node)
            } else if let (node, victims) = preemption(for: pod) {
                for victim in victims { placement.remove(victim) }
                placement.bind(pod, to: node)
                preempted += victims.map(\.name)
                queue = (queue + victims).sorted { ($1.priority, $0.name) < ($0.priority, $1.name) }
            } else {
                pending.append(Pending(pod: pod, why: why(pod)))
            }
        }
        // A preempted pod that found another node is not lost.
        preempted.removeAll { name in placement.all.contains { $0.name == name } }
    }

    func best(for pod: SchedulablePod) -> ClusterNode? {
        let filters = Filters(placement: placement)
        return placement.nodes.filter { filters.reason(pod, $0) == nil }
            .map { (node: $0, score: score(pod, $0, filters)) }
            .min { ($0.score.0, -$0.score.1, $0.node.name) < ($1.score.0, -$1.score.1, $1.node.name) }?.node
    }

    private func score(_ pod: SchedulablePod, _ node: ClusterNode, _ filters: Filters) -> (Int, Double) {
        if let favoured { return (node.type == favoured ? 0 : 1, 0) }
        let soft = pod.spread.filter { $0["whenUnsatisfiable"]?.text == "ScheduleAnyway" }
        let same = soft.map { constraint in
            filters.matching(pod, constraint)[node.labels[constraint["topologyKey"]?.text ?? ""] ?? "", default: 0]
        }.reduce(0, +)
        let unwanted = node.taints.count { !$0.isHard && !$0.isTolerated(by: pod.tolerations) }
        let free = placement.free(on: node)["cpu", default: 0]
        return (same + unwanted, free / max(node.allocatable["cpu", default: 1], 1e-9))
    }

    // MARK: Gangs

    /// All pods or none, in one domain if the gang's topology requires it.
    private mutating func place(_ members: [SchedulablePod], of gang: SchedulablePod.Gang) {
        let domains: [String?] =
            gang.topologyKey.map { key in
                Set(placement.nodes.compactMap { $0.labels[key] }).sorted().map(Optional.some)
            } ?? [nil]
        for domain in domains {
            var trial = self
            if let key = gang.topologyKey, let domain {
                for index in trial.placement.nodes.indices {
                    let node = trial.placement.nodes[index]
                    // Kueue's topology-aware scheduling counts ready nodes only:
                    // kubernetes-sigs/kueue: site/content/en/docs/concepts/topology_aware_scheduling.md.
                    guard node.labels[key] != domain || node.isOnDemand else { continue }
                    trial.placement.nodes[index].isUnschedulable = true
                }
            }
            let isWhole = members.allSatisfy { member in
                guard let node = trial.best(for: member) else { return false }
                trial.placement.bind(member, to: node)
                return true
            }
            if isWhole {
                for member in members {
                    guard let node = trial.placement.node(of: member) else { continue }
                    placement.bind(member, to: node)
                }
                return
            }
        }
        let place =
            gang.topologyKey.map { " within one \($0), of nodes that are ready before the gang is admitted" } ?? ""
        pending += members.map { member in
            let own = best(for: member) == nil ? why(member) : "not all \(members.count) pods of the gang fit\(place)"
            return Pending(pod: member, why: own)
        }
    }

    // MARK: Preemption

    /// The node with the least harmful preemption, and its victims. Compares violated budgets, then the victims'
    /// highest priority, then their number.
    private func preemption(for pod: SchedulablePod) -> (ClusterNode, [SchedulablePod])? {
        guard pod.preempts else { return nil }
        var choices: [(node: ClusterNode, victims: [SchedulablePod], cost: [Int])] = []
        for node in placement.nodes {
            var trial = placement
            let lower = placement.on(node).filter { $0.priority < pod.priority }
            guard !lower.isEmpty else { continue }
            for victim in lower { trial.remove(victim) }
            guard Filters(placement: trial).reason(pod, node) == nil else { continue }
            // Keeps as many pods as possible, highest priority first.
            var victims: [SchedulablePod] = []
            for one in lower.sorted(by: { ($1.priority, $0.name) < ($0.priority, $1.name) }) {
                trial.bind(one, to: node)
                if Filters(placement: trial).reason(pod, node) != nil {
                    trial.remove(one)
                    victims.append(one)
                }
            }
            let broken = victims.count { !mayGo($0) }
            choices.append((node, victims, [broken, victims.map(\.priority).max() ?? 0, victims.count]))
        }
        return choices.min { first, second in
            first.cost == second.cost
                ? first.node.name < second.node.name : first.cost.lexicographicallyPrecedes(second.cost)
        }.map { ($0.node, $0.victims) }
    }

    private func mayGo(_ pod: SchedulablePod) -> Bool {
        budgets.filter { $0.covers(pod) }.allSatisfy { budget in
            let running = placement.all.count(where: budget.covers)
            return budget.allowed(wanted: running, healthy: running) > 0
        }
    }

    // MARK: Why not

    /// In the words of `kubectl describe pod`.
    private func why(_ pod: SchedulablePod) -> String {
        let filters = Filters(placement: placement)
        let reasons = Dictionary(grouping: placement.nodes.compactMap { filters.reason(pod, $0) }, by: \.self)
            .map { "\($0.value.count) \($0.key)" }.sorted()
        return "0/\(placement.nodes.count) nodes are available: \(reasons.joined(separator: ", "))"
    }
}
