import CheckCore
import DocumentModels
import KubernetesModel

/// Finds pods with full control of their nodes, components of a cluster that accept every request, and workloads without
/// replicas that other objects use.
struct NodeTakeover: ManifestRule {
    let name = "k8s-workloads"
    let summary = "no pod controls its node, cluster components authorize requests, and workloads have replicas"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { [owner($0), socket($0), empty($0, scene)].compactMap { $0 } + components($0) }
            + scene.objects.compactMap(monitor)
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

    /// Whoever can write to the socket of the container runtime starts privileged containers on the node. Agents that run
    /// on each node, as DaemonSets, read the runtime's state.
    ///
    /// Source: Docker documentation, Docker Engine security, "Docker daemon attack surface".
    private func socket(_ workload: Workload) -> Finding? {
        guard workload.object.kind != "DaemonSet", workload.namespace != "kube-system" else { return nil }
        let sockets: Set = ["docker.sock", "containerd.sock", "crio.sock", "cri-dockerd.sock"]
        let volume = workload.spec["volumes"].elements.first { volume in
            guard let path = volume["hostPath", "path"]?.text.split(separator: "/").last else { return false }
            return sockets.contains(String(path))
                && workload.allContainers.flatMap { $0["volumeMounts"].elements }.contains {
                    $0["name"]?.text == volume["name"]?.text
                }
        }
        return volume.map {
            workload.object.finding(
                "\(name)/node", at: $0["hostPath", "path"],
                "the socket of the container runtime makes the pod root on its node",
                remedy: "build images without a daemon, or use the Kubernetes API")
        }
    }

    /// Flags with which a component of the cluster accepts requests that nobody may have sent.
    ///
    /// Sources: Kubernetes documentation, reference pages of kube-apiserver and kubelet; CIS Kubernetes Benchmark 1.2 and
    /// 4.2; etcd documentation, "Transport security model", on --auto-tls.
    private static let openFlags: [String: [(flag: Substring, value: String?, meaning: String)]] = [
        "kube-apiserver": [
            ("--authorization-mode", "AlwaysAllow", "authorizes every request"),
            ("--enable-admission-plugins", "AlwaysAdmit", "admits every object"),
            ("--admission-control", "AlwaysAdmit", "admits every object"),
            ("--basic-auth-file", nil, "reads passwords in clear, and no Kubernetes since 1.19 starts with it"),
            ("--insecure-port", nil, "serves without authentication, and no Kubernetes since 1.24 starts with it"),
            (
                "--insecure-bind-address", nil,
                "serves without authentication, and no Kubernetes since 1.24 starts with it"
            ),
        ],
        "kubelet": [
            ("--authorization-mode", "AlwaysAllow", "authorizes every request"),
            ("--read-only-port", nil, "serves pods and metrics without authentication"),
        ],
        "etcd": [
            ("--auto-tls", "true", "accepts any client with a certificate that it signed itself"),
            ("--peer-auto-tls", "true", "accepts any peer with a certificate that it signed itself"),
        ],
    ]

    private func components(_ workload: Workload) -> [Finding] {
        workload.containers.flatMap { container -> [Finding] in
            let words = container["command"].elements + container["args"].elements
            guard let program = words.first?.text.split(separator: "/").last.map(String.init),
                let open = Self.openFlags[program]
            else { return [] }
            return words.indices.flatMap { index -> [Finding] in
                let parts = words[index].text.split(separator: "=", maxSplits: 1)
                let next = index + 1 < words.endIndex ? words[index + 1].text : ""
                let value = parts.count == 2 ? String(parts[1]) : next
                return open.filter { open in
                    guard parts.first == open.flag, !value.isEmpty, !value.hasPrefix("--") else { return false }
                    return open.value.map(value.split(separator: ",").map(String.init).contains) ?? (value != "0")
                }.map { open in
                    workload.object.finding(
                        "\(name)/component", at: words[index], "\(program) with \(open.flag)=\(value) \(open.meaning)",
                        remedy: "remove \(open.flag), or set a value that checks requests")
                }
            }
        }
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
            "component":
                "A component of the cluster accepts requests without authentication or authorization.",
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
        func pod(_ path: String, kind: String = "Pod") -> [String: String] {
            [
                "a.yaml": kind == "Pod"
                    ? "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: b}\nspec:\n  containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]\n  volumes: [{name: v, hostPath: {path: \(path)}}]\n"
                    : "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: a, namespace: b}\nspec:\n  selector: {matchLabels: {app: a}}\n  template:\n    metadata: {labels: {app: a}}\n    spec:\n      containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]\n      volumes: [{name: v, hostPath: {path: \(path)}}]\n"
            ]
        }
        func component(_ command: String) -> [String: String] {
            [
                "a.yaml":
                    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: kube-system}\nspec:\n  containers: [{name: a, image: a, command: [\(command)]}]\n"
            ]
        }
        return [
            .broken("a pod with Docker's socket", pod("/var/run/docker.sock"), triggers: "node"),
            .broken("a pod with containerd's socket", pod("/run/containerd/containerd.sock"), triggers: "node"),
            .sound("a pod with a folder of its node", pod("/srv/data")),
            .sound("an agent that reads the runtime's state", pod("/var/run/docker.sock", kind: "DaemonSet")),
            .broken(
                "an API server that authorizes every request",
                component("kube-apiserver, '--authorization-mode=AlwaysAllow'"), triggers: "component"),
            .broken(
                "an etcd that accepts every client", component("/usr/local/bin/etcd, '--auto-tls=true'"),
                triggers: "component"),
            .broken(
                "a kubelet with a port for everybody", component("kubelet, '--read-only-port=10255'"),
                triggers: "component"),
            .sound(
                "a component that checks requests",
                component("kube-apiserver, '--authorization-mode=Node,RBAC', '--insecure-port=0'")),
            .broken(
                "a kubelet whose flag and value are two words",
                component("kubelet, '--authorization-mode', AlwaysAllow"), triggers: "component"),
            .sound(
                "an agent with an option for the folder of the kubelet",
                component("my-agent, '--kubelet-dir=/var/lib/kubelet', '--read-only-port=8080'")),
            .sound("another program's flag", component("prog, '--authorization-mode=AlwaysAllow'")),
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
