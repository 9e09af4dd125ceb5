import DocumentModels

/// The filters of Kubernetes' default scheduler: which nodes can run a pod at all. Each answers with its reason, in the
/// scheduler's words, or `nil`.
///
/// Sources: Kubernetes documentation, "Scheduler Configuration", scheduling plugins; "Assigning Pods to Nodes"; "Taints
/// and Tolerations"; "Pod Topology Spread Constraints"; "Resource Management for Pods and Containers"; "Storage
/// Classes", volume binding mode. `ModelLimits.scheduling` lists what is not modelled.
package struct Filters {
    package let placement: Placement

    package init(placement: Placement) {
        self.placement = placement
    }

    package func reason(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        unschedulable(pod, node) ?? taints(pod, node) ?? affinity(pod, node) ?? resources(pod, node)
            ?? volumes(pod, node) ?? spread(pod, node) ?? podAffinity(pod, node)
    }

    /// NodeUnschedulable.
    private func unschedulable(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        let taint = Taint(key: "node.kubernetes.io/unschedulable", effect: "NoSchedule")
        return node.isUnschedulable && !taint.isTolerated(by: pod.tolerations) ? "unschedulable" : nil
    }

    /// TaintToleration.
    private func taints(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        node.taints.first { $0.isHard && !$0.isTolerated(by: pod.tolerations) }.map {
            "untolerated taint \($0.title)"
        }
    }

    /// NodeAffinity: the selector and one of the terms. A term without a condition selects no node.
    private func affinity(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        Self.isSelected(node, by: pod) ? nil : "didn't match Pod's node affinity/selector"
    }

    private static func isSelected(_ node: ClusterNode, by pod: SchedulablePod) -> Bool {
        guard pod.spec["nodeSelector"].labels.allSatisfy({ node.labels[$0.key] == $0.value }) else { return false }
        let required = pod.spec[
            "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        guard let required else { return true }
        return required["nodeSelectorTerms"].elements.contains { term in
            !term["matchExpressions"].elements.isEmpty && LabelSelector(term).matches(node.labels)
        }
    }

    /// NodeResourcesFit: requests count, not use.
    private func resources(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        let free = placement.free(on: node)
        // Differences of half a byte are rounding errors.
        let short = pod.requests.filter { $0.value > 0 && $0.key != "ephemeral-storage" }
            .filter { $0.value > free[$0.key, default: 0] + 1e-6 }.keys.sorted()
        return short.first.map { $0 == "pods" ? "Too many pods" : "Insufficient \($0)" }
    }

    /// VolumeBinding: a zonal volume is mounted only in its zone.
    private func volumes(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        pod.volumes.allSatisfy { $0.isReachable(from: node, inZone: placement.zones[$0.claim]) }
            ? nil : Self.volumeConflict
    }

    /// kubernetes@v1.33: pkg/scheduler/framework/plugins/volumebinding/binder.go, ErrReasonNodeConflict.
    package static let volumeConflict = "didn't match PersistentVolume's node affinity"

    /// PodTopologySpread with DoNotSchedule.
    private func spread(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        for constraint in pod.spread where constraint["whenUnsatisfiable"]?.text != "ScheduleAnyway" {
            let key = constraint["topologyKey"]?.text ?? ""
            guard let domain = node.labels[key] else {
                return "didn't match pod topology spread constraints (missing required label)"
            }
            let counts = matching(pod, constraint)
            let domains = counts.count
            let least = domains < constraint["minDomains"]?.int ?? 1 ? 0 : counts.values.min() ?? 0
            let selector = LabelSelector(constraint["labelSelector"])
            let own = selector.matches(pod.labels) ? 1 : 0
            if counts[domain, default: 0] + own - least > constraint["maxSkew"]?.int ?? 1 {
                return "didn't match pod topology spread constraints"
            }
        }
        return nil
    }

    /// How many pods a constraint counts in each domain. Domains are those of nodes that the pod may use: by its
    /// affinity unless `nodeAffinityPolicy` says Ignore, by taints only where `nodeTaintsPolicy` says Honor.
    func matching(_ pod: SchedulablePod, _ constraint: YAMLNode) -> [String: Int] {
        let key = constraint["topologyKey"]?.text ?? ""
        let selector = LabelSelector(constraint["labelSelector"])
        let same = constraint["matchLabelKeys"].elements.map(\.text)
        var counts: [String: Int] = [:]
        for node in placement.nodes {
            guard let domain = node.labels[key] else { continue }
            if constraint["nodeAffinityPolicy"]?.text != "Ignore", !Self.isSelected(node, by: pod) { continue }
            if constraint["nodeTaintsPolicy"]?.text == "Honor", taints(pod, node) ?? unschedulable(pod, node) != nil {
                continue
            }
            counts[domain, default: 0] += placement.on(node).count { other in
                other.namespace == pod.namespace && selector.matches(other.labels)
                    && same.allSatisfy { other.labels[$0] == pod.labels[$0] }
            }
        }
        return counts
    }

    /// InterPodAffinity in both directions: the terms of the pod and the terms of the existing pods.
    private func podAffinity(_ pod: SchedulablePod, _ node: ClusterNode) -> String? {
        for term in pod.affinity {
            let others = placement.all.filter { Self.matches($0, term, of: pod) }
            // The first pod with an affinity to its own group may go anywhere.
            if others.isEmpty && Self.matches(pod, term, of: pod) { continue }
            if !others.contains(where: { isTogether($0, node, term) }) { return "didn't match pod affinity rules" }
        }
        for term in pod.antiAffinity
        where placement.all.contains(where: { Self.matches($0, term, of: pod) && isTogether($0, node, term) }) {
            return "didn't match pod anti-affinity rules"
        }
        for other in placement.all {
            for term in other.antiAffinity
            where Self.matches(pod, term, of: other) && isTogether(other, node, term) {
                return "didn't satisfy existing pods anti-affinity rules"
            }
        }
        return nil
    }

    private static func matches(_ pod: SchedulablePod, _ term: YAMLNode, of owner: SchedulablePod) -> Bool {
        let namespaces = term["namespaces"].elements.map(\.text)
        return (namespaces.isEmpty ? [owner.namespace] : namespaces).contains(pod.namespace)
            && LabelSelector(term["labelSelector"]).matches(pod.labels)
    }

    private func isTogether(_ pod: SchedulablePod, _ node: ClusterNode, _ term: YAMLNode) -> Bool {
        guard let key = term["topologyKey"]?.text, let domain = node.labels[key] else { return false }
        return placement.node(of: pod)?.labels[key] == domain
    }
}
