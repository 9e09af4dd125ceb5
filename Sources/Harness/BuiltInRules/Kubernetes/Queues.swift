import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks Kueue's quotas: node pools can supply them, jobs fit into them, and no job bypasses them.
struct Queues: ManifestRule {
    let name = "k8s-queues"
    let summary = "queue quotas fit the limits of the node pools, and every job has a queue that it fits in"

    func findings(in scene: ManifestSet) -> [Finding] {
        let own = scene.objects
        return own.filter { $0.kind == "ResourceFlavor" }.flatMap { flavor($0, scene) }
            + own.filter { $0.kind == "LocalQueue" }.compactMap { queue($0, scene) }
            + own.filter { ["Job", "CronJob", "TrainJob"].contains($0.kind) }.flatMap { job($0, scene) }
    }

    // MARK: Quotas and nodes

    /// The quotas of a flavor in all queues sum to at most the limits of its node pools.
    private func flavor(_ flavor: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let wanted = (flavor.spec?["nodeLabels"]).labels
        let pools = scene.cluster.filter { pool in
            guard pool.kind == "NodePool", !wanted.isEmpty else { return false }
            let labels = (pool.spec?["template", "metadata", "labels"]).labels
            return wanted.allSatisfy { labels[$0.key] == $0.value }
        }
        if pools.isEmpty {
            // Without a NodePool in the repository, nodes come from elsewhere.
            guard !wanted.isEmpty, scene.cluster.contains(where: { $0.kind == "NodePool" }) else { return [] }
            return [
                flavor.finding(
                    "\(name)/no-nodes", at: flavor.spec?["nodeLabels"], "no NodePool creates nodes with its labels",
                    remedy: "use labels of a NodePool's template")
            ]
        }
        if let finding = startsFromZero(flavor, pools, scene) { return [finding] }
        var promised: [String: Double] = [:]
        var last: [String: (KubeObject, YAMLNode)] = [:]
        for queue in scene.cluster where queue.kind == "ClusterQueue" {
            for (resource, quota, place) in quotas(queue, of: flavor.name) {
                promised[resource, default: 0] += quota
                last[resource] = (queue, place)
            }
        }
        return promised.sorted { $0.key < $1.key }.compactMap { resource, sum in
            let limits = pools.map { Resources($0.spec?["limits"])[resource] }
            // A pool without a limit for this resource limits it indirectly through the others.
            guard !limits.contains(nil), let (queue, place) = last[resource] else { return nil }
            let limit = limits.compactMap { $0 }.reduce(0, +)
            guard sum > limit else { return nil }
            return queue.finding(
                "\(name)/quota", at: place,
                "the queues promise \(shown(sum)) of \(resource) in flavor \(flavor.name), but its node pools may create only \(shown(limit))",
                remedy: "lower a nominalQuota, or raise the NodePool's limit")
        }
    }

    /// Topology-aware scheduling counts ready nodes only; an admission check can provision nodes first.
    ///
    /// Source: kubernetes-sigs/kueue: site/content/en/docs/concepts/topology_aware_scheduling.md.
    private func startsFromZero(_ flavor: KubeObject, _ pools: [KubeObject], _ scene: ManifestSet) -> Finding? {
        guard let topology = flavor.spec?["topologyName"], pools.allSatisfy({ $0.spec?["replicas"] == nil }) else {
            return nil
        }
        let queues = scene.cluster.filter { queue in
            queue.kind == "ClusterQueue" && !quotas(queue, of: flavor.name).isEmpty
        }
        let isProvisioned = queues.contains {
            $0.spec?["admissionChecks"] != nil || $0.spec?["admissionChecksStrategy"] != nil
        }
        if isProvisioned { return nil }
        return flavor.finding(
            "\(name)/from-zero", at: topology,
            "admits nothing while no node is ready: topology-aware scheduling needs ready nodes",
            remedy: "remove topologyName, or add a provisioning admission check to the queues")
    }

    private func quotas(_ queue: KubeObject, of flavor: String) -> [(String, Double, YAMLNode)] {
        (queue.spec?["resourceGroups"]).elements.flatMap { $0["flavors"].elements }
            .filter { $0["name"]?.text == flavor }.flatMap { $0["resources"].elements }
            .compactMap { resource in
                guard let place = resource["nominalQuota"], let quota = Quantity(place.text) else { return nil }
                return (resource["name"]?.text ?? "", quota.value, place)
            }
    }

    // MARK: Jobs and queues

    private func queue(_ queue: KubeObject, _ scene: ManifestSet) -> Finding? {
        guard let place = queue.spec?["clusterQueue"] else { return nil }
        guard let target = scene.find("ClusterQueue", place.text, in: nil) else {
            return queue.finding(
                "\(name)/missing", at: place, "the ClusterQueue \(place.text) does not exist",
                remedy: "correct the name")
        }
        guard let selector = target.spec?["namespaceSelector"] else {
            return queue.finding(
                "\(name)/closed", at: place, "\(target.title) accepts jobs from no namespace",
                remedy: "add a `namespaceSelector`")
        }
        let labels = scene.find("Namespace", queue.namespace, in: nil)?.labels ?? [:]
        guard !LabelSelector(selector).matches(labels.merging(["kubernetes.io/metadata.name": queue.namespace]) { $1 })
        else { return nil }
        return queue.finding(
            "\(name)/closed", at: place, "\(target.title) accepts no jobs from namespace \(queue.namespace)",
            remedy: "add the labels of its `namespaceSelector` to the namespace")
    }

    private func job(_ job: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let queues = scene.cluster.filter { $0.kind == "LocalQueue" && $0.namespace == job.namespace }
        guard !queues.isEmpty else { return [] }
        let label = job.node["metadata", "labels", "kueue.x-k8s.io/queue-name"]
        guard let label else {
            return [
                job.finding(
                    "\(name)/unqueued",
                    "has no queue in a namespace that has queues, so no quota limits its nodes",
                    remedy: "add the label kueue.x-k8s.io/queue-name: \(queues[0].name)")
            ]
        }
        guard let queue = queues.first(where: { $0.name == label.text }) else {
            return [
                job.finding(
                    "\(name)/missing", at: label,
                    "the LocalQueue \(label.text) does not exist in namespace \(job.namespace)",
                    remedy: "choose from \(queues.map(\.name).joined(separator: ", "))")
            ]
        }
        guard let target = scene.find("ClusterQueue", queue.spec?["clusterQueue"]?.text ?? "", in: nil) else {
            return []
        }
        return fits(job, target, scene, at: label)
    }

    /// The job requests at most what its queue has and may borrow.
    private func fits(_ job: KubeObject, _ queue: KubeObject, _ scene: ManifestSet, at label: YAMLNode) -> [Finding] {
        let pods = PodMaker(scene.cluster).pods.filter { $0.object.title == job.title && $0.namespace == job.namespace }
        let requests = pods.reduce(into: Resources()) { $0 = $0.adding($1.requests) }.filter { $0.key != "pods" }
        return requests.sorted { $0.key < $1.key }.compactMap { resource, sum in
            guard sum > 0 else { return nil }
            let most = ceiling(queue, resource, scene)
            guard let most else {
                return job.finding(
                    "\(name)/uncovered", at: label, "requests \(resource), but \(queue.title) has no quota for it",
                    remedy:
                        "add the resource to `coveredResources`; Kueue never admits a job with an uncovered resource")
            }
            guard sum > most else { return nil }
            return job.finding(
                "\(name)/too-large", at: label,
                "requests \(shown(sum)) of \(resource), but \(queue.title) can have at most \(shown(most)) with borrowing",
                remedy: "request less, or raise the quota")
        }
    }

    /// The largest amount of a resource that a queue can give one job: the largest flavor plus what the cohort lends.
    private func ceiling(_ queue: KubeObject, _ resource: String, _ scene: ManifestSet) -> Double? {
        let cohort = queue.spec?["cohortName"]?.text
        let others = scene.cluster.filter {
            $0.kind == "ClusterQueue" && $0.name != queue.name && cohort != nil
                && $0.spec?["cohortName"]?.text == cohort
        }
        let flavors = (queue.spec?["resourceGroups"]).elements.flatMap { $0["flavors"].elements }
        return flavors.compactMap { flavor -> Double? in
            guard let own = flavor["resources"].elements.first(where: { $0["name"]?.text == resource }),
                let quota = own["nominalQuota"].flatMap({ Quantity($0.text) })?.value
            else { return nil }
            let lent = others.flatMap { quotas($0, of: flavor["name"]?.text ?? "") }.filter { $0.0 == resource }
                .map(\.1).reduce(0, +)
            let limit = own["borrowingLimit"].flatMap { Quantity($0.text) }?.value ?? .infinity
            return quota + min(lent, limit)
        }.max()
    }

    private func shown(_ value: Double) -> String {
        value >= 1_073_741_824 ? "\(Int(clamped: value / 1_073_741_824))Gi" : "\(value.formatted())"
    }

    var explanations: [String: String] {
        [
            "closed":
                "The ClusterQueue does not select the namespace of the LocalQueue, so its jobs wait for ever. Source: https://kueue.sigs.k8s.io/docs/concepts/cluster_queue/",
            "from-zero":
                "Topology-aware scheduling needs nodes that are ready. A flavor that scales from zero admits nothing.",
            "missing":
                "A queue, flavor or topology is named that does not exist.",
            "no-nodes":
                "No NodePool makes nodes with the labels of the flavor, so admitted jobs stay pending.",
            "quota":
                "The queues promise more than the node pools may make.",
            "too-large":
                "The job asks for more than its queue has and may borrow, so Kueue never admits it.",
            "uncovered":
                "The job asks for a resource for which its queue has no quota, so Kueue never admits it.",
            "unqueued":
                "The job has no queue and takes nodes without regard to quotas.",
        ]
    }

    var examples: [Example] {
        let base = """
            apiVersion: kueue.x-k8s.io/v1beta2
            kind: ResourceFlavor
            metadata: {name: gpu}
            spec: {nodeLabels: {type: gpu}}
            ---
            apiVersion: karpenter.sh/v1
            kind: NodePool
            metadata: {name: gpu}
            spec:
              template: {metadata: {labels: {type: gpu}}}
              limits: {cpu: "16", nvidia.com/gpu: "8"}
            ---
            apiVersion: kueue.x-k8s.io/v1beta2
            kind: ClusterQueue
            metadata: {name: one}
            spec:
              cohortName: all
              namespaceSelector: {matchLabels: {queue: one}}
              resourceGroups:
                - coveredResources: [cpu, nvidia.com/gpu]
                  flavors:
                    - name: gpu
                      resources: [{name: cpu, nominalQuota: 8}, {name: nvidia.com/gpu, nominalQuota: 4}]
            ---
            apiVersion: kueue.x-k8s.io/v1beta2
            kind: ClusterQueue
            metadata: {name: two}
            spec:
              cohortName: all
              namespaceSelector: {}
              resourceGroups:
                - coveredResources: [cpu, nvidia.com/gpu]
                  flavors:
                    - name: gpu
                      resources: [{name: cpu, nominalQuota: 8}, {name: nvidia.com/gpu, nominalQuota: 4}]
            ---
            apiVersion: v1
            kind: Namespace
            metadata: {name: lab, labels: {queue: one}}
            ---
            apiVersion: kueue.x-k8s.io/v1beta2
            kind: LocalQueue
            metadata: {name: queue, namespace: lab}
            spec: {clusterQueue: one}
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: {name: run, namespace: lab, labels: {kueue.x-k8s.io/queue-name: queue}}
            spec:
              parallelism: 3
              template:
                spec:
                  containers: [{name: run, resources: {requests: {cpu: 2}, limits: {nvidia.com/gpu: 2}}}]

            """
        func with(_ old: String, _ new: String) -> [String: String] {
            precondition(base.contains(old), "there is no \(old)")
            return ["k8s/all.yaml": base.replacing(old, with: new, maxReplacements: 1)]
        }
        return [
            .sound("queues of a cohort, and a job that borrows", ["k8s/all.yaml": base]),
            .broken(
                "queues that promise more than there can be", with("nominalQuota: 4", "nominalQuota: 6"),
                triggers: "quota"),
            .broken(
                "a flavor without nodes", with("nodeLabels: {type: gpu}", "nodeLabels: {type: tpu}"),
                triggers: "no-nodes"),
            .sound(
                "nodes that come from elsewhere",
                with("kind: NodePool", "kind: Nodes").mapValues {
                    $0.replacing("karpenter.sh/v1", with: "example.com/v1")
                }),
            .broken(
                "a topology over nodes that are made on demand",
                with("spec: {nodeLabels: {type: gpu}}", "spec: {nodeLabels: {type: gpu}, topologyName: zones}"),
                triggers: "from-zero"),
            .sound(
                "a topology over a pool of a fixed size",
                [
                    "k8s/all.yaml": base.replacing(
                        "spec: {nodeLabels: {type: gpu}}", with: "spec: {nodeLabels: {type: gpu}, topologyName: zones}"
                    ).replacing("  template: {metadata", with: "  replicas: 2\n  template: {metadata")
                ]),
            .broken("a queue of nothing", with("clusterQueue: one", "clusterQueue: three"), triggers: "missing"),
            .broken(
                "a namespace that the queue does not take", with("labels: {queue: one}", "labels: {queue: two}"),
                triggers: "closed"),
            .broken(
                "a job without a queue", with(", labels: {kueue.x-k8s.io/queue-name: queue}", ""), triggers: "unqueued"),
            .broken(
                "a job in a queue that does not exist", with("queue-name: queue", "queue-name: queues"),
                triggers: "missing"),
            .broken("a job that never fits", with("parallelism: 3", "parallelism: 5"), triggers: "too-large"),
            .broken(
                "a job that may not borrow",
                with(
                    "{name: nvidia.com/gpu, nominalQuota: 4}",
                    "{name: nvidia.com/gpu, nominalQuota: 4, borrowingLimit: 1}"),
                triggers: "too-large"),
            .broken(
                "a resource without quota", with("{requests: {cpu: 2}", "{requests: {cpu: 2, memory: 1Gi}"),
                triggers: "uncovered"),
        ]
    }
}
