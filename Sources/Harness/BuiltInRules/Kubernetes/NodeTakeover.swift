import CheckCore
import DocumentModels
import KubernetesModel

/// Finds pods with full control of their nodes, and workloads without replicas that other objects use.
struct NodeTakeover: ManifestRule {
    let name = "k8s-workloads"
    let summary = "no DaemonSet controls its nodes, and workloads have replicas"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { [owner($0), empty($0, scene)].compactMap { $0 } } + scene.objects.compactMap(monitor)
    }

    /// A privileged container in the node's process and network namespaces is root on the node. Kubernetes' own agents
    /// in `kube-system` are exempt.
    ///
    /// Source: Kubernetes documentation, Pod Security Standards, "Baseline".
    private func owner(_ workload: Workload) -> Finding? {
        let spec = workload.spec
        guard workload.object.kind == "DaemonSet", workload.namespace != "kube-system", spec["hostPID"]?.bool == true,
            spec["hostNetwork"]?.bool == true || spec["hostIPC"]?.bool == true,
            let privileged = workload.allContainers.lazy.compactMap({ $0["securityContext", "privileged"] })
                .first(where: { $0.bool == true })
        else { return nil }
        return workload.object.finding(
            "\(name)/node", at: privileged, "a privileged container in the node's namespaces is root on every node",
            remedy: "remove `privileged` or the host namespaces")
    }

    /// A Service or an autoscaler needs at least one pod: a HorizontalPodAutoscaler does not scale up from 0.
    ///
    /// Source: Kubernetes documentation, Horizontal Pod Autoscaling, "Implicit maintenance-mode deactivation".
    private func empty(_ workload: Workload, _ scene: ManifestSet) -> Finding? {
        guard let replicas = workload.object.spec?["replicas"], replicas.int == 0 else { return nil }
        let scalers = scene.cluster.filter {
            $0.namespace == workload.namespace && $0.spec?["scaleTargetRef", "name"]?.text == workload.object.name
        }
        if scalers.contains(where: { $0.kind != "HorizontalPodAutoscaler" }) { return nil }
        let isUsed =
            !scalers.isEmpty
            || scene.cluster.contains { service in
                guard service.kind == "Service", service.namespace == workload.namespace,
                    let selector = service.spec?["selector"], !selector.entries.isEmpty
                else { return false }
                return selector.entries.allSatisfy { workload.labels[$0.key.text] == $0.value.text }
            }
        return workload.object.finding(
            "\(name)/replicas", at: replicas, severity: isUsed ? .error : .warning,
            isUsed ? "has no replicas, but a Service or an autoscaler uses it" : "has no replicas",
            remedy: "set replicas to 1 or more, or remove the object")
    }

    private func monitor(_ object: KubeObject) -> Finding? {
        guard ["Prometheus", "Alertmanager", "ThanosRuler"].contains(object.kind),
            let replicas = object.spec?["replicas"],
            replicas.int == 0
        else { return nil }
        return object.finding(
            "\(name)/replicas", at: replicas, "has no replicas, so nothing is monitored",
            remedy: "set replicas to 1 or more")
    }

    var explanations: [String: String] {
        [
            "node":
                "A privileged container on every node shares the namespaces of the host: whoever controls it "
                + "controls every node.",
            "replicas":
                "The workload has no replicas, so nothing runs.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func agent(_ privileged: Bool) -> [String: String] {
            [
                "a.yaml":
                    "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a, namespace: b}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      hostPID: true\n      hostNetwork: true\n      containers: [{name: a, image: a, securityContext: {privileged: \(privileged)}}]\n"
            ]
        }
        func parked(_ service: String) -> [String: String] {
            [
                "a.yaml":
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a, namespace: b}\nspec:\n  replicas: 0\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec: {containers: [{name: a, image: a}]}\n\(service)"
            ]
        }
        return [
            .sound("an application", Sample.files),
            .sound("an agent that looks at its node", agent(false)),
            .broken("an agent that owns its node", agent(true), triggers: "node"),
            .broken("a deployment that is parked", parked(""), triggers: "replicas"),
            .broken(
                "a Service without pods",
                parked(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {name: a, namespace: b}\nspec: {selector: {app: a}, ports: [{port: 80}]}\n"
                ),
                triggers: "replicas"),
            .broken(
                "a Prometheus without pods",
                [
                    "a.yaml":
                        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a, namespace: b}\nspec: {replicas: 0}\n"
                ],
                triggers: "replicas"),
        ]
    }
}
