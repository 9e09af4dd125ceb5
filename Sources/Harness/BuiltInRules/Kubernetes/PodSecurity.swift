import CheckCore
import DocumentModels
import KubernetesModel

/// Checks the `restricted` level of the Pod Security Standards. Also requires a read-only root file system, no unneeded
/// token, and namespaces that enforce the level.
///
/// Source: Kubernetes' manual, Pod Security Standards.
struct PodSecurity: ManifestRule {
    let name = "k8s-pod-security"
    let summary = "pods meet the restricted level, with a read-only root file system and no unneeded token"
    let advice = Advice.everything

    func findings(in scene: ManifestSet) -> [Finding] {
        let bound = Self.bound(scene)
        let pods = Dictionary(grouping: scene.clusterWorkloads) { [$0.namespace, $0.serviceAccount] }
        return scene.objects.flatMap { tokens($0, bound) }
            + scene.objects.compactMap { token($0, bound, pods) }
            + (scene.workloads + scene.objects.compactMap(Workload.runtime)).flatMap { workload in
                pod(workload) + workload.allContainers.flatMap { container($0, workload) }
            } + scene.objects.compactMap { namespace($0, scene) }
    }

    private func pod(_ workload: Workload) -> [Finding] {
        let (object, spec) = (workload.object, workload.spec)
        var findings: [Finding] = []
        for field in ["hostNetwork", "hostPID", "hostIPC"] where spec[field]?.bool == true {
            findings.append(
                object.finding(
                    "\(name)/host", at: spec[field], "shares the node's (\(field))", remedy: "remove the field"))
        }
        let allowed: Set<String> = [
            "name", "configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "persistentVolumeClaim", "projected",
            "secret", "image",
        ]
        for volume in spec["volumes"].elements {
            for (key, _) in volume.entries where !allowed.contains(key.text) {
                findings.append(
                    object.finding(
                        "\(name)/volume", at: key, "has a volume of type \(key.text)",
                        remedy: "use configMap, secret, emptyDir, projected or persistentVolumeClaim"))
            }
        }
        let safe: Set<String> = [
            "kernel.shm_rmid_forced", "net.ipv4.ip_local_port_range", "net.ipv4.ip_unprivileged_port_start",
            "net.ipv4.tcp_syncookies", "net.ipv4.ping_group_range", "net.ipv4.ip_local_reserved_ports",
            "net.ipv4.tcp_keepalive_time", "net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl",
            "net.ipv4.tcp_keepalive_probes",
        ]
        for sysctl in spec["securityContext", "sysctls"].elements {
            guard let place = sysctl["name"], !safe.contains(place.text) else { continue }
            findings.append(
                object.finding(
                    "\(name)/sysctl", at: place, "sets the unsafe sysctl \(place.text)", remedy: "remove the sysctl"))
        }
        if spec["securityContext", "windowsOptions", "hostProcess"]?.bool == true {
            findings.append(
                object.finding(
                    "\(name)/host", at: spec["securityContext", "windowsOptions"], "runs as a process of the host",
                    remedy: "remove the field"))
        }
        return findings
    }

    private func container(_ container: YAMLNode, _ workload: Workload) -> [Finding] {
        let object = workload.object
        let (own, shared) = (container["securityContext"], workload.spec["securityContext"])
        let place = own ?? container["name"] ?? container
        let title = "container \(container["name"]?.text ?? "?")"
        var findings: [Finding] = []
        func refuse(_ rule: String, _ place: YAMLNode, _ message: String, _ remedy: String) {
            findings.append(object.finding("\(name)/\(rule)", at: place, "\(title) \(message)", remedy: remedy))
        }

        if let privileged = own?["privileged"], privileged.bool == true {
            refuse("privileged", privileged, "is privileged", "remove `privileged`")
        }
        if own?["allowPrivilegeEscalation"]?.bool != false {
            refuse(
                "escalation", own?["allowPrivilegeEscalation"] ?? place,
                "can gain more privileges than its parent process",
                "set allowPrivilegeEscalation: false")
        }
        let nonRoot = own?["runAsNonRoot"] ?? shared?["runAsNonRoot"]
        if nonRoot?.bool != true {
            refuse("root", nonRoot ?? place, "may run as root", "set runAsNonRoot: true")
        }
        if let user = own?["runAsUser"] ?? shared?["runAsUser"], user.int == 0 {
            refuse("root", user, "runs as root", "set runAsUser to a number above 10000")
        }
        let drop = own?["capabilities", "drop"]
        if !drop.elements.contains(where: { $0.text == "ALL" }) {
            refuse("capabilities", drop ?? place, "does not drop all capabilities", "set capabilities: {drop: [ALL]}")
        }
        for added in (own?["capabilities", "add"]).elements where added.text != "NET_BIND_SERVICE" {
            refuse("capabilities", added, "adds the capability \(added.text)", "remove the capability")
        }
        let seccomp = own?["seccompProfile", "type"] ?? shared?["seccompProfile", "type"]
        if !["RuntimeDefault", "Localhost"].contains(seccomp?.text) {
            refuse(
                "seccomp", seccomp ?? place, "has no seccomp profile", "set seccompProfile: {type: RuntimeDefault}")
        }
        if let profile = own?["appArmorProfile", "type"] ?? shared?["appArmorProfile", "type"],
            profile.text == "Unconfined"
        {
            refuse("apparmor", profile, "runs without AppArmor", "set it to RuntimeDefault")
        }
        if let mount = own?["procMount"], mount.text != "Default" {
            refuse("proc", mount, "sees an unmasked /proc", "remove `procMount`")
        }
        if let options = own?["seLinuxOptions"] ?? shared?["seLinuxOptions"] {
            let types: Set<String> = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"]
            if !types.contains(options["type"]?.text ?? "") || options["user"] != nil || options["role"] != nil {
                refuse("selinux", options, "leaves the SELinux confinement", "remove seLinuxOptions")
            }
        }
        for port in container["ports"].elements {
            if let place = port["hostPort"], place.int != 0 {
                refuse("host", place, "uses a port of the node", "publish the port with a Service")
            }
        }
        for kind in ["readinessProbe", "livenessProbe", "startupProbe"] {
            if let host = container[kind, "httpGet", "host"] ?? container[kind, "tcpSocket", "host"] {
                refuse("host", host, "has a probe that makes the node call another host", "remove `host`")
            }
        }
        if own?["readOnlyRootFilesystem"]?.bool != true {
            refuse(
                "writable", own?["readOnlyRootFilesystem"] ?? place, "can write to the files of its image",
                "set readOnlyRootFilesystem: true, and mount an emptyDir at the paths that it writes to")
        }
        return findings
    }

    /// Only a pod whose account has rights mounts an API token. The pod itself disables the token, because the setting
    /// of its account may change. Where a controller creates the pods, the rule reads a complete pod spec or the field
    /// alone.
    private func tokens(_ object: KubeObject, _ bound: Set<[String]>) -> [Finding] {
        let workload = Workload(object)
        return (workload.map { [$0.spec] } ?? object.mappingsForPods).compactMap { pod in
            let (own, account) = (pod["automountServiceAccountToken"], pod["serviceAccountName"])
            guard own?.bool != false, !bound.contains([object.namespace, account?.text ?? "default"]) else {
                return nil
            }
            let isPod = workload != nil || account != nil && !pod["containers"].elements.isEmpty
            if own == nil, !isPod { return nil }
            return object.finding(
                "\(name)/token", at: own ?? account ?? pod,
                "its pods mount an API token, but their service account has no rights",
                remedy: "set automountServiceAccountToken: false")
        }
    }

    /// The account disables the token for future pods too, unless current pods get their token through it.
    private func token(
        _ account: KubeObject, _ bound: Set<[String]>, _ users: [[String]: [Workload]]
    ) -> Finding? {
        guard account.kind == "ServiceAccount", account.node["automountServiceAccountToken"]?.bool != false else {
            return nil
        }
        let pods = users[[account.namespace, account.name]] ?? []
        let isNeeded =
            bound.contains([account.namespace, account.name])
            && (pods.isEmpty || pods.contains { $0.spec["automountServiceAccountToken"] == nil })
        if isNeeded { return nil }
        return account.finding(
            "\(name)/token", at: account.node["automountServiceAccountToken"] ?? account.node["metadata", "name"],
            "mounts an API token in pods that do not request one",
            remedy: "set automountServiceAccountToken: false")
    }

    /// The accounts that a binding grants rights to, as namespace and name.
    private static func bound(_ scene: ManifestSet) -> Set<[String]> {
        scene.cluster.filter { $0.kind.hasSuffix("RoleBinding") }.reduce(into: []) { accounts, binding in
            for subject in binding.node["subjects"].elements {
                accounts.insert([subject["namespace"]?.text ?? binding.namespace, subject["name"]?.text ?? ""])
            }
        }
    }

    private func namespace(_ object: KubeObject, _ scene: ManifestSet) -> Finding? {
        guard object.kind == "Namespace", object.labels["pod-security.kubernetes.io/enforce"] != "restricted" else {
            return nil
        }
        return object.finding(
            "\(name)/namespace", at: object.node["metadata", "labels"], "does not enforce the restricted level",
            remedy: "add the label pod-security.kubernetes.io/enforce: restricted")
    }

    var explanations: [String: String] {
        [
            "apparmor":
                "The container leaves the default AppArmor profile. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "capabilities":
                "The container keeps Linux capabilities that it does not name. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "escalation":
                "A process can gain more rights than its parent, for example through a setuid program. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "host":
                "The pod shares a namespace of the node: its network, processes or IPC. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "namespace":
                "The namespace does not enforce the restricted level of Pod Security Standards. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "privileged":
                "The container is privileged: it has the rights of root on the node. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "proc":
                "The container sees /proc unmasked. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "root":
                "The container may run as root. An escape from the container is then root on the node. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "seccomp":
                "The container may make any system call. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "selinux":
                "The container sets SELinux options that leave its confinement. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "sysctl":
                "The pod sets a kernel parameter that affects other pods of the node. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "token":
                "The pod mounts a token of the API server that it does not use. Whoever breaks into the pod has it.",
            "volume":
                "The pod mounts a volume type that reaches outside of the pod, such as hostPath. Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/",
            "writable":
                "The container can change the files of its image, so an attacker can keep a program there.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func container(_ text: String) -> [String: String] {
            Sample.with(
                "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: false\n            \(text)",
                in: "deployment")
        }
        func pod(_ text: String) -> [String: String] {
            Sample.with("priorityClassName: serving", text, in: "deployment")
        }
        let account = Sample.with(
            "- kind: ServiceAccount\n    name: shop", "- kind: ServiceAccount\n    name: till", in: "rights")
        return [
            .sound("an application", Sample.files),
            .broken("the node's network", pod("hostNetwork: true"), triggers: "host"),
            .broken("the node's processes", pod("hostPID: true"), triggers: "host"),
            .broken(
                "a folder of the node",
                Sample.with(
                    "secret:\n            secretName: shop-tls", "hostPath:\n            path: /etc", in: "deployment"),
                triggers: "volume"),
            .broken(
                "a port of the node",
                Sample.with("containerPort: 8080", "containerPort: 8080\n              hostPort: 80", in: "deployment"),
                triggers: "host"),
            .broken(
                "a sysctl that is not safe",
                Sample.with(
                    "runAsUser: 10001", "runAsUser: 10001\n        sysctls: [{name: kernel.msgmax, value: \"1\"}]",
                    in: "deployment"), triggers: "sysctl"),
            .broken("a privileged container", container("privileged: true"), triggers: "privileged"),
            .broken(
                "escalation left open",
                Sample.with("allowPrivilegeEscalation: false\n", "runAsNonRoot: true\n", in: "deployment"),
                triggers: "escalation"),
            .broken(
                "root left open", Sample.with("runAsNonRoot: true\n", "fsGroup: 10001\n", in: "deployment"),
                triggers: "root"),
            .broken("root", Sample.with("runAsUser: 10001", "runAsUser: 0", in: "deployment"), triggers: "root"),
            .broken(
                "capabilities kept", Sample.with("drop: [ALL]", "drop: [NET_RAW]", in: "deployment"),
                triggers: "capabilities"),
            .broken(
                "a capability gained",
                Sample.with("drop: [ALL]", "drop: [ALL]\n              add: [SYS_ADMIN]", in: "deployment"),
                triggers: "capabilities"),
            .broken(
                "no seccomp profile", Sample.with("type: RuntimeDefault", "type: Unconfined", in: "deployment"),
                triggers: "seccomp"),
            .broken("an unmasked /proc", container("procMount: Unmasked"), triggers: "proc"),
            .broken("another SELinux type", container("seLinuxOptions: {type: spc_t}"), triggers: "selinux"),
            .broken("no AppArmor", container("appArmorProfile: {type: Unconfined}"), triggers: "apparmor"),
            .broken(
                "a root file system that can be written",
                Sample.with("readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", in: "deployment"),
                triggers: "writable"),
            .broken(
                "a model's runtime that may run as root",
                Sample.adding(
                    "apiVersion: serving.kserve.io/v1alpha1\nkind: ServingRuntime\nmetadata: {name: model, namespace: shop}\nspec:\n  containers: [{name: model, image: model}]\n",
                    as: "k8s/runtime.yaml"), triggers: "capabilities", "escalation", "root", "seccomp", "writable"),
            .broken(
                "a token without rights",
                account.merging([
                    "k8s/deployment.yaml": (Sample.files["k8s/deployment.yaml"] ?? "").replacing(
                        "automountServiceAccountToken: false", with: "automountServiceAccountToken: true")
                ]) { $1 }, triggers: "token"),
            .broken(
                "a pod that leaves it to its account",
                account.merging([
                    "k8s/deployment.yaml": (Sample.files["k8s/deployment.yaml"] ?? "").replacing(
                        "      automountServiceAccountToken: false\n", with: "")
                ]) { $1 }, triggers: "token"),
            .broken(
                "a token for pods that another program makes",
                Sample.adding(
                    "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainingRuntime\nmetadata: {name: a, namespace: shop}\nspec: {template: {spec: {replicatedJobs: [{template: {spec: {template: {spec: {automountServiceAccountToken: true}}}}}]}}}\n",
                    as: "k8s/training.yaml"), triggers: "token"),
            .broken(
                "pods that another program makes, which leave it to their account",
                Sample.adding(
                    "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainingRuntime\nmetadata: {name: a, namespace: shop}\nspec: {template: {spec: {replicatedJobs: [{template: {spec: {template: {spec: {serviceAccountName: clerk, containers: [{name: a}]}}}}}]}}}\n",
                    as: "k8s/training.yaml"), triggers: "token"),
            .broken(
                "pods that another program makes, of which only the account refuses",
                Sample.adding(
                    "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: a, namespace: shop}\nspec: {template: {spec: {serviceAccountName: clerk, containers: [{name: a}]}}}\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: clerk, namespace: shop}\nautomountServiceAccountToken: false\n",
                    as: "k8s/knative.yaml"), triggers: "token"),
            .broken(
                "an account without rights that hands out tokens",
                Sample.adding(
                    "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: clerk, namespace: shop}\n",
                    as: "k8s/clerk.yaml"), triggers: "token"),
            .broken(
                "a namespace that enforces less",
                Sample.with("enforce: restricted", "enforce: baseline", in: "namespace"), triggers: "namespace"),
        ]
    }
}
