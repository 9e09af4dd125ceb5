import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Finds disruption budgets that allow no eviction, so that nodes cannot be drained.
struct Disruption: ManifestRule {
    let name = "k8s-disruption"
    let summary = "disruption budgets allow an eviction, so that nodes can be drained"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.filter { $0.kind == "PodDisruptionBudget" }.compactMap { blocks($0, scene) }
    }

    private func replicas(_ workload: Workload, _ scene: ManifestSet) -> Int {
        let scaler = scene.cluster.first { object in
            ["HorizontalPodAutoscaler", "ScaledObject"].contains(object.kind) && object.namespace == workload.namespace
                && object.spec?["scaleTargetRef", "name"]?.text == workload.object.name
        }
        guard let scaler else { return workload.replicas }
        return scaler.spec?["minReplicas"]?.int ?? scaler.spec?["minReplicaCount"]?.int ?? 1
    }

    private func blocks(_ object: KubeObject, _ scene: ManifestSet) -> Finding? {
        let pods = scene.clusterWorkloads.filter {
            $0.namespace == object.namespace && LabelSelector(object.spec?["selector"]).matches($0.labels)
        }
        guard !pods.isEmpty else { return nil }
        let count = pods.map { replicas($0, scene) }.reduce(0, +)
        func number(_ node: YAMLNode, isRoundedUp: Bool) -> Int {
            guard node.text.hasSuffix("%"), let percent = Double(node.text.dropLast()) else { return node.int ?? 0 }
            return Int(clamped: (Double(count) * percent / 100).rounded(isRoundedUp ? .up : .down))
        }
        if let most = object.spec?["maxUnavailable"], number(most, isRoundedUp: true) == 0 {
            return object.finding(
                "\(name)/blocks", at: most, "allows no eviction, so a node with such a pod cannot be drained",
                remedy: "write maxUnavailable: 1")
        }
        if let least = object.spec?["minAvailable"], number(least, isRoundedUp: true) >= count {
            return object.finding(
                "\(name)/blocks", at: least,
                "requires \(least.text) of \(count) pods, so a node with such a pod cannot be drained",
                remedy: "write maxUnavailable: 1, or run more pods")
        }
        return nil
    }

    var explanations: [String: String] {
        [
            "blocks":
                "The budget allows no disruption. A node with such a pod cannot be drained, so upgrades stop. Source: https://kubernetes.io/docs/tasks/run-application/configure-pdb/"
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        return [
            .sound("an application", Sample.files),
            .sound("a budget in percent", Sample.with("maxUnavailable: 1", "minAvailable: 50%", in: "others")),
            .broken(
                "a budget of nothing", Sample.with("maxUnavailable: 1", "maxUnavailable: 0", in: "others"),
                triggers: "blocks"),
            .broken(
                "a budget that keeps all", Sample.with("maxUnavailable: 1", "minAvailable: 3", in: "others"),
                triggers: "blocks"),
            .broken(
                "a budget of all in percent", Sample.with("maxUnavailable: 1", "minAvailable: 100%", in: "others"),
                triggers: "blocks"),
        ]
    }
}
