import CheckCore
import DocumentModels
import KubernetesModel

/// Finds objects that the API server rejects although the schema allows them.
///
/// Sources: Kubernetes 1.34, pkg/apis/core/validation, pkg/apis/apps/validation, pkg/apis/batch/validation,
/// pkg/apis/autoscaling/validation.
struct APIValidation: ManifestRule {
    let name = "k8s-validation"
    let summary = "objects meet the rules of the API server that the schema does not contain"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap {
            restart($0) + hostProcess($0) + $0.allContainers.flatMap(containers($0.object)) + files($0)
        }
            + scene.objects.flatMap { misplaced($0, $0.node) }
            + scene.objects.flatMap { object -> [Finding] in
                switch (object.group, object.kind) {
                case ("", "Service"): service(object)
                case ("batch", "CronJob"): schedule(object)
                case ("autoscaling", "HorizontalPodAutoscaler"): replicas(object)
                default: []
                }
            }
    }

    /// A key with a slash belongs in `annotations` or `labels`. The API server drops or rejects it as a field of
    /// `metadata`, in an object and in a patch inside a custom resource.
    private func misplaced(_ object: KubeObject, _ node: YAMLNode) -> [Finding] {
        let metadata = node["metadata"]
        let isEmpty = [metadata?["annotations"], metadata?["labels"]].contains { $0?.isNull == true }
        let own = (isEmpty ? metadata.entries : []).filter { $0.key.text.contains("/") }.map {
            object.finding(
                "\(name)/metadata", at: $0.value, "\($0.key.text) is a field of metadata, not an annotation or a label",
                remedy: "indent it below `annotations` or `labels`")
        }
        return own + node.entries.flatMap { misplaced(object, $0.value) }
            + node.elements.flatMap { misplaced(object, $0) }
    }

    private func restart(_ workload: Workload) -> [Finding] {
        let allowed: [String]
        switch workload.object.kind {
        case "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController": allowed = ["Always"]
        case "Job", "CronJob": allowed = ["OnFailure", "Never"]
        default: return []
        }
        let place = workload.spec["restartPolicy"]
        guard !allowed.contains(place?.text ?? "Always") else { return [] }
        return [
            workload.object.finding(
                "\(name)/restart", at: place ?? workload.spec,
                "a \(workload.object.kind) does not allow the restart policy \(place?.text ?? "Always")",
                remedy: "write restartPolicy: \(allowed.joined(separator: " or "))")
        ]
    }

    /// Source: kubernetes/kubernetes@v1.34.0:pkg/apis/core/validation/validation.go, validateWindowsHostProcessPod.
    private func hostProcess(_ workload: Workload) -> [Finding] {
        let place = workload.allContainers.lazy.compactMap { $0["securityContext", "windowsOptions", "hostProcess"] }
            .first { $0.bool == true }
        guard let place, workload.spec["hostNetwork"]?.bool != true else { return [] }
        return [
            workload.object.finding(
                "\(name)/host-process", at: place, "a pod with a HostProcess container needs hostNetwork: true",
                remedy: "set hostNetwork: true, or remove hostProcess")
        ]
    }

    private func containers(_ object: KubeObject) -> (YAMLNode) -> [Finding] {
        { container in
            let ports = container["ports"].elements.flatMap { [$0["containerPort"], $0["hostPort"]] }
            return ports.compactMap { range(object, $0) } + mounts(object, container) + variables(object, container)
        }
    }

    private func range(_ object: KubeObject, _ place: YAMLNode?) -> Finding? {
        guard let place, let number = place.int, !(1...65_535).contains(number) else { return nil }
        return object.finding(
            "\(name)/port", at: place, "\(number) is not a port", remedy: "write a number from 1 to 65535")
    }

    private func mounts(_ object: KubeObject, _ container: YAMLNode) -> [Finding] {
        var seen: Set<String> = []
        return container["volumeMounts"].elements.compactMap { $0["mountPath"] }.filter {
            !seen.insert($0.text).inserted
        }
        .map {
            object.finding(
                "\(name)/mount", at: $0, "\($0.text) is mounted twice", remedy: "mount each volume at its own path")
        }
    }

    // MARK: Fields of the pod

    private static let fields: Set<String> = [
        "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName",
        "status.hostIP", "status.hostIPs", "status.podIP", "status.podIPs",
    ]
    private static let fieldsOfFiles: Set<String> = [
        "metadata.name", "metadata.namespace", "metadata.uid", "metadata.labels", "metadata.annotations",
    ]

    private func variables(_ object: KubeObject, _ container: YAMLNode) -> [Finding] {
        container["env"].elements.compactMap { $0["valueFrom"] }.flatMap { source in
            [field(object, source, Self.fields), resource(object, source)].compactMap { $0 }
        }
    }

    private func files(_ workload: Workload) -> [Finding] {
        let volumes = workload.spec["volumes"].elements
        let sources = volumes + volumes.flatMap { $0["projected", "sources"].elements }
        return sources.flatMap { $0["downwardAPI", "items"].elements }.flatMap { item in
            [field(workload.object, item, Self.fieldsOfFiles), resource(workload.object, item)].compactMap { $0 }
        }
    }

    private func field(_ object: KubeObject, _ source: YAMLNode, _ known: Set<String>) -> Finding? {
        guard let place = source["fieldRef", "fieldPath"], !known.contains(place.text),
            !place.text.contains(/^metadata\.(?:labels|annotations)\['.+'\]$/)
        else { return nil }
        return object.finding(
            "\(name)/field", at: place, "the downward API has no pod field \(place.text) here",
            remedy: "use one of \(known.sorted().joined(separator: ", "))")
    }

    private func resource(_ object: KubeObject, _ source: YAMLNode) -> Finding? {
        guard let place = source["resourceFieldRef", "resource"],
            !place.text.contains(/^(?:limits|requests)\.(?:cpu|memory|ephemeral-storage|hugepages-.+)$/)
        else { return nil }
        return object.finding(
            "\(name)/field", at: place, "the downward API has no container resource \(place.text)",
            remedy: "use cpu, memory or ephemeral-storage of limits or requests, such as limits.cpu")
    }

    // MARK: Other objects

    private func service(_ object: KubeObject) -> [Finding] {
        var seen: Set<[String]> = []
        return (object.spec?["ports"]).elements.flatMap { port -> [Finding] in
            let numbers = [range(object, port["port"]), range(object, port["targetPort"])].compactMap { $0 }
            guard let place = port["port"], !seen.insert([place.text, port["protocol"]?.text ?? "TCP"]).inserted else {
                return numbers
            }
            return numbers + [
                object.finding(
                    "\(name)/twice", at: place, "has port \(place.text) twice", remedy: "keep one of the two")
            ]
        }
    }

    private func schedule(_ object: KubeObject) -> [Finding] {
        guard let place = object.spec?["schedule"], !place.isFilledInLater,
            let problem = CronSchedule.problem(in: place.text)
        else { return [] }
        return [
            object.finding(
                "\(name)/schedule", at: place, "`\(place.text)` is not a schedule: \(problem)",
                remedy: "write minute, hour, day of the month, month and day of the week")
        ]
    }

    private func replicas(_ object: KubeObject) -> [Finding] {
        guard let place = object.spec?["minReplicas"], let least = place.int,
            let most = object.spec?["maxReplicas"]?.int, least > most
        else { return [] }
        return [
            object.finding(
                "\(name)/replicas", at: place, "the minimum \(least) is above the maximum \(most)",
                remedy: "write the smaller number here")
        ]
    }

    var explanations: [String: String] {
        [
            "field":
                "An environment variable or volume reads a field that the downward API does not offer. The API server rejects the pod. Source: https://kubernetes.io/docs/concepts/workloads/pods/downward-api/",
            "host-process":
                "A Windows HostProcess container is in a pod without hostNetwork. The API server rejects the pod.",
            "metadata":
                "An annotation or a label is a field of metadata by mistake of indentation. The API server drops it or rejects the object.",
            "mount":
                "Two volumes are mounted at the same path of a container. The API server rejects the pod.",
            "port":
                "A port is outside 1 to 65535. The API server rejects the object.",
            "replicas":
                "The minimum of an autoscaler is above its maximum. The API server rejects the object.",
            "restart":
                "The restart policy is not allowed for the kind of workload. The API server rejects the object.",
            "schedule":
                "The schedule is not valid cron syntax. The API server rejects the CronJob.",
            "twice":
                "A list that has unique keys has a key twice. The API server rejects the object.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func pod(_ old: String, _ new: String, _ rule: String, _ title: String) -> Example {
            Example(name: title, files: Sample.with(old, new, in: "deployment"), triggers: [rule])
        }
        func job(_ schedule: String, _ restart: String) -> [String: String] {
            Sample.adding(
                "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: tidy, namespace: shop}\nspec:\n  schedule: \"\(schedule)\"\n  jobTemplate: {spec: {template: {spec: {\(restart)containers: [{name: tidy, image: tidy}]}}}}\n",
                as: "k8s/tidy.yaml")
        }
        return [
            .sound("an application", Sample.files),
            .broken(
                "an annotation that is not indented far enough, in a patch inside an object",
                Sample.adding(
                    "apiVersion: gateway.nginx.org/v1alpha2\nkind: NginxProxy\nmetadata: {name: a, namespace: shop}\nspec:\n  kubernetes:\n    service:\n      patches:\n        - type: StrategicMerge\n          value:\n            metadata:\n              annotations:\n              example.com/internal: \"true\"\n",
                    as: "k8s/proxy.yaml"), triggers: "metadata"),
            .sound(
                "a schedule with names, ranges and steps",
                job("*/15,59 8-18/2 ? jan-Mar MON-fri", "restartPolicy: Never, ")),
            .sound("a schedule by its name", job("@daily", "restartPolicy: OnFailure, ")),
            .broken("a minute that does not exist", job("61 * * * *", "restartPolicy: Never, "), triggers: "schedule"),
            .broken("a schedule of four fields", job("0 * * *", "restartPolicy: Never, "), triggers: "schedule"),
            .broken("a Sunday by 7", job("0 0 * * 7", "restartPolicy: Never, "), triggers: "schedule"),
            .broken("a Job without a policy", job("@daily", ""), triggers: "restart"),
            .broken(
                "a HostProcess container in a network of its own",
                [
                    "a.yaml":
                        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a, image: a, securityContext: {windowsOptions: {hostProcess: true}}}]}\n"
                ], triggers: "host-process"),
            .broken(
                "an initial HostProcess container in a network of its own",
                [
                    "a.yaml":
                        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: false, initContainers: [{name: b, image: b, securityContext: {windowsOptions: {hostProcess: true}}}], containers: [{name: a, image: a}]}\n"
                ], triggers: "host-process"),
            .sound(
                "a HostProcess container in the network of its node",
                [
                    "a.yaml":
                        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostNetwork: true, containers: [{name: a, image: a, securityContext: {windowsOptions: {hostProcess: true}}}]}\n"
                ]),
            pod(
                "      serviceAccountName: shop\n", "      serviceAccountName: shop\n      restartPolicy: Never\n",
                "restart", "a Deployment whose pods end"),
            pod("containerPort: 8080", "containerPort: 80800", "port", "a port beyond the last"),
            pod(
                "              mountPath: /key\n",
                "              mountPath: /key\n            - name: key\n              mountPath: /key\n",
                "mount", "two volumes at one place"),
            pod(
                "                configMapKeyRef:\n                  name: shop\n                  key: level\n",
                "                fieldRef: {fieldPath: status.podIp}\n", "field", "a field that pods do not have"),
            pod(
                "                configMapKeyRef:\n                  name: shop\n                  key: level\n",
                "                resourceFieldRef: {resource: limit.cpu}\n", "field",
                "a resource that containers do not have"),
            pod(
                "        - name: key\n          secret:\n            secretName: shop-tls\n",
                "        - name: key\n          downwardAPI: {items: [{path: ip, fieldRef: {fieldPath: status.podIP}}]}\n",
                "field", "a field that no file is made of"),
            .broken(
                "a port that stands twice",
                Sample.with(
                    "      targetPort: http\n", "      targetPort: http\n    - name: again\n      port: 80\n",
                    in: "service"),
                triggers: "twice"),
            .broken(
                "more replicas at least than at most", Sample.with("minReplicas: 3", "minReplicas: 7", in: "others"),
                triggers: "replicas"),
        ]
    }
}
