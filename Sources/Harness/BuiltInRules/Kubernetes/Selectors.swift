import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that label selectors select the intended pods.
struct Selectors: ManifestRule {
    let name = "k8s-selectors"
    let summary = "selectors select the intended pods"
    let advice = Advice.rules("spread")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap(ownLabels) + scene.objects.compactMap { selection($0, scene) }
            + scene.objects.flatMap { monitor($0, scene) } + overlaps(scene)
    }

    /// A workload's selector and the constraints in its template must select its own pods.
    private func ownLabels(_ workload: Workload) -> [Finding] {
        var findings: [Finding] = []
        let object = workload.object
        if ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].contains(object.kind),
            let selector = object.spec?["selector"], !LabelSelector(selector).matches(workload.labels)
        {
            findings.append(
                object.finding(
                    "\(name)/template", at: selector, "its selector does not match the labels of its own pods",
                    remedy: "give selector and template the same labels"))
        }
        // A job's other labels may differ from those of its pods.
        let key = "app.kubernetes.io/name"
        if let value = object.labels[key], let other = workload.labels[key], other != value {
            findings.append(
                object.finding(
                    "\(name)/labels", at: object.node["metadata", "labels", key], severity: .warning,
                    "has \(key): \(value), but its pods have \(other)", remedy: "give both the same value"))
        }
        let antiAffinity = workload.spec["affinity", "podAntiAffinity"]
        let required = (antiAffinity?["requiredDuringSchedulingIgnoredDuringExecution"]).elements
        let preferred = (antiAffinity?["preferredDuringSchedulingIgnoredDuringExecution"]).elements
            .compactMap { $0["podAffinityTerm"] }
        for term in workload.spec["topologySpreadConstraints"].elements + required + preferred {
            guard let selector = term["labelSelector"], !LabelSelector(selector).matches(workload.labels) else {
                continue
            }
            findings.append(
                object.finding(
                    "\(name)/spread", at: selector, "the constraint does not select the pods of its own workload",
                    remedy: "select by the labels of the pod template"))
        }
        return findings
    }

    /// Finds a Service, budget or policy that selects no pods.
    private func selection(_ object: KubeObject, _ scene: ManifestSet) -> Finding? {
        let selector: LabelSelector
        let place: YAMLNode?
        switch object.kind {
        case "Service":
            place = object.spec?["selector"]
            guard place != nil else { return nil }
            selector = LabelSelector(labels: place)
        case "PodDisruptionBudget":
            place = object.spec?["selector"]
            selector = LabelSelector(place)
        case "NetworkPolicy" where object.group == "networking.k8s.io":
            place = object.spec?["podSelector"]
            selector = LabelSelector(place)
            // The selector selects every pod, including pods from elsewhere.
            if selector.isEmpty { return nil }
        default: return nil
        }
        // The StatefulSet controller adds this label to its pods.
        if (place?["matchLabels"] ?? place).labels["statefulset.kubernetes.io/pod-name"] != nil { return nil }
        if !scene.clusterWorkloads(in: object.namespace, selectedBy: selector).isEmpty
            || isMade(object, selector, scene)
        {
            return nil
        }
        let severity = severity(of: object, place, scene)
        // Policies may also select pods of an operator or a chart.
        if object.kind == "NetworkPolicy", severity != .error { return nil }
        return object.finding(
            "\(name)/nothing", at: place, severity: severity,
            "selects no pod of namespace \(object.namespace)",
            remedy: "use labels of a pod template in that namespace")
    }

    /// Whether a custom workload kind, such as a Rollout, creates the pods.
    private func isMade(_ object: KubeObject, _ selector: LabelSelector, _ scene: ManifestSet) -> Bool {
        scene.cluster.contains { other in
            other.namespace == object.namespace && Workload(other) == nil
                && (other.spec?["template", "metadata", "labels"]).map { selector.matches(Optional($0).labels) }
                    ?? false
        }
    }

    /// An error if the repository contains pods that are clearly intended. Otherwise a chart or a controller may create
    /// the pods.
    private func severity(of object: KubeObject, _ place: YAMLNode?, _ scene: ManifestSet) -> Severity {
        let wanted = (place?["matchLabels"] ?? place).labels.filter { !Self.common.contains($0.key) }
        let isStarted = scene.cluster.contains { other in
            other.group.hasSuffix(".com")
                && !["ServiceMonitor", "PodMonitor", "PrometheusRule"].contains(other.kind)
                && other.namespace == object.namespace && wanted.contains { other.labels[$0.key] == $0.value }
        }
        let isMeant =
            scene.clusterWorkloads.contains { $0.namespace == object.namespace && $0.object.name == object.name }
            || scene.workloads.contains { pods in
                pods.namespace == object.namespace
                    && (wanted.contains { pods.labels[$0.key] == $0.value }
                        || isWaiting(pods, for: object, scene))
            }
        return isMeant && !isStarted ? .error : .warning
    }

    /// Labels that all components of an application share.
    private static let common: Set = ["app.kubernetes.io/part-of", "app.kubernetes.io/managed-by"]

    /// Whether pods without a Service have the port that a Service targets.
    private func isWaiting(_ pods: Workload, for service: KubeObject, _ scene: ManifestSet) -> Bool {
        guard service.kind == "Service" else { return false }
        let isServed = scene.cluster.contains {
            $0.kind == "Service" && $0.namespace == pods.namespace
                && LabelSelector(labels: $0.spec?["selector"]).matches(pods.labels)
        }
        return !isServed
            && (service.spec?["ports"]).elements.compactMap { $0["targetPort"] ?? $0["port"] }.contains { port in
                pods.ports.contains {
                    $0.port["containerPort"]?.text == port.text || $0.port["name"]?.text == port.text
                }
            }
    }

    /// A ServiceMonitor must select a Service with the named port.
    private func monitor(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        if object.kind == "PodMonitor" { return podMonitor(object, scene) }
        guard object.kind == "ServiceMonitor", let place = object.spec?["selector"] else { return [] }
        let services = scene.cluster.filter {
            $0.kind == "Service" && ($0.namespace == object.namespace || object.spec?["namespaceSelector"] != nil)
                && LabelSelector(place).matches($0.labels)
        }
        if services.isEmpty {
            return [
                object.finding(
                    "\(name)/nothing", at: place,
                    severity: object.spec?["namespaceSelector"] == nil
                        ? scene.severity(withoutA: "Service", in: object.namespace) : .warning,
                    "selects no Service", remedy: "use labels of the Service")
            ]
        }
        let ports = Set(services.flatMap { ($0.spec?["ports"]).elements.compactMap { $0["name"]?.text } })
        return (object.spec?["endpoints"]).elements.compactMap { endpoint in
            guard let port = endpoint["port"], !ports.contains(port.text) else { return nil }
            return object.finding(
                "\(name)/port", at: port, "no selected Service has a port \(port.text)",
                remedy: "use one of \(ports.sorted().joined(separator: ", "))")
        }
    }

    /// The pods that the Prometheus operator creates, by label, with the names of their ports other than the web port.
    ///
    /// Source: prometheus-operator 0.93, pkg/alertmanager/operator.go and pkg/prometheus/server/statefulset.go; the web
    /// port's name is `spec.portName`, "web" by default, and `spec.containers` may add ports.
    private static let operators: [String: (name: String, ports: [String])] = [
        "Alertmanager": ("alertmanager", ["mesh-tcp", "mesh-udp", "reloader-web"]),
        "Prometheus": ("prometheus", ["reloader-web", "grpc", "http"]),
    ]

    private func made(_ object: KubeObject) -> (name: String, ports: [String])? {
        Self.operators[object.kind].map { pods in
            let added = (object.spec?["containers"]).elements.flatMap { $0["ports"].elements }
            let web = object.spec?["portName"]?.text ?? "web"
            return (pods.name, pods.ports + [web] + added.compactMap { $0["name"]?.text })
        }
    }

    /// The ports of pods that other operators create are unknown.
    private func podMonitor(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let selector = LabelSelector(object.spec?["selector"])
        let chosen = object.spec?["namespaceSelector"]
        let names = (chosen?["matchNames"]).elements.map(\.text)
        func isThere(_ namespace: String) -> Bool {
            chosen?["any"]?.bool == true || (names.isEmpty ? [object.namespace] : names).contains(namespace)
        }
        let pods = scene.clusterWorkloads.filter { isThere($0.namespace) && selector.matches($0.labels) }
        let made = scene.cluster.filter { isThere($0.namespace) }.compactMap(made)
            .filter { selector.matches(["app.kubernetes.io/name": $0.name]) }
        let ports = Set(pods.flatMap(\.ports).compactMap { $0.port["name"]?.text } + made.flatMap(\.ports))
        return (object.spec?["podMetricsEndpoints"]).elements.compactMap { endpoint in
            guard !ports.isEmpty, let port = endpoint["port"], !ports.contains(port.text) else { return nil }
            return object.finding(
                "\(name)/port", at: port, "no selected pod has a port \(port.text)",
                remedy: "use one of \(ports.sorted().joined(separator: ", "))")
        }
    }

    /// Finds two workloads whose selectors match each other's pods.
    private func overlaps(_ scene: ManifestSet) -> [Finding] {
        let sets = scene.workloads.filter { $0.object.spec?["selector"] != nil && $0.object.kind != "Job" }
        return sets.flatMap { one in
            scene.workloads(in: one.namespace, selectedBy: LabelSelector(one.object.spec?["selector"])).filter {
                other in
                other.object.spec?["selector"] != nil && other.object.kind != "Job"
                    && other.object.title != one.object.title
            }.map { other in
                one.object.finding(
                    "\(name)/overlap", at: one.object.spec?["selector"],
                    // Files of one folder may be alternatives.
                    severity: one.object.path == other.object.path ? .error : .warning,
                    "its selector also selects the pods of \(other.object.title)",
                    remedy: "add a label that only one of them has")
            }
        }
    }

    var explanations: [String: String] {
        [
            "labels":
                "The workload and its pods have different values of a recommended label, so a search finds one of the two.",
            "nothing":
                "The selector selects no pod, so the object has no effect.",
            "overlap":
                "The selector also selects the pods of another workload. The two controllers compete. Source: https://kubernetes.io/docs/concepts/workloads/controllers/deployment/",
            "port":
                "The monitor names a port that no selected pod has, so nothing is scraped.",
            "spread":
                "The constraint does not select the pods of its own workload, so it spreads nothing.",
            "template":
                "The selector does not match the labels of the pod template. The API server rejects the workload.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let monitor = { (label: String, port: String) in
            "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: shop, namespace: shop}\nspec:\n  selector:\n    matchLabels: {\(label)}\n  endpoints: [{port: \(port)}]\n"
        }
        let labelled = { (label: String, port: String) in
            Sample.with("  name: shop\n", "  name: shop\n  labels: {app: shop}\n", in: "service")
                .merging(["k8s/monitor.yaml": monitor(label, port)]) { $1 }
        }
        func policy(_ labels: String, _ name: String = "shop") -> [String: String] {
            Sample.adding(
                "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: \(name), namespace: shop}\nspec:\n  podSelector: {matchLabels: {\(labels)}}\n",
                as: "k8s/policy.yaml")
        }
        func operated(_ alertmanager: String) -> [String: String] {
            Sample.adding(
                "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: a, namespace: shop}\nspec: \(alertmanager)\n---\napiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: a, namespace: shop}\nspec:\n  selector: {matchLabels: {app.kubernetes.io/name: alertmanager}}\n  podMetricsEndpoints: [{port: metrics}]\n",
                as: "k8s/monitor.yaml")
        }
        return [
            .sound("an application", Sample.files),
            .sound("a monitor of a Service's port", labelled("app: shop", "http")),
            .broken("a monitor of a port that an operator's pods do not have", operated("{}"), triggers: "port"),
            .sound("a monitor of a port that an operator's pods have by another name", operated("{portName: metrics}")),
            .sound(
                "a monitor of pods of another namespace",
                Sample.adding(
                    "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: shop, namespace: monitoring}\nspec:\n  namespaceSelector: {matchNames: [shop]}\n  selector: {matchLabels: {app: shop}}\n  podMetricsEndpoints: [{port: http}]\n",
                    as: "k8s/monitor.yaml")),
            .broken(
                "a monitor of a port that its pods do not have",
                Sample.adding(
                    "apiVersion: monitoring.coreos.com/v1\nkind: PodMonitor\nmetadata: {name: shop, namespace: shop}\nspec:\n  selector: {matchLabels: {app: shop}}\n  podMetricsEndpoints: [{port: metrics}]\n",
                    as: "k8s/monitor.yaml"), triggers: "port"),
            .broken(
                "a workload that says something else of itself than of its pods",
                Sample.adding(
                    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: till, namespace: shop, labels: {app.kubernetes.io/name: tills}}\nspec: {selector: {matchLabels: {app: till}}, template: {metadata: {labels: {app: till, app.kubernetes.io/name: till}}, spec: {}}}\n",
                    as: "k8s/till.yaml"), triggers: "labels"),
            .broken(
                "a workload that does not know its pods",
                Sample.with(
                    "matchLabels:\n      app: shop\n  template", "matchLabels:\n      app: store\n  template",
                    in: "deployment"), triggers: "template"),
            .broken(
                "a Service without pods", Sample.with("app: shop", "app: shops", in: "service"), triggers: "nothing"),
            .sound(
                "a Service for the pods of a Rollout",
                Sample.with("app: shop", "app: shops", in: "service").merging([
                    "k8s/rollout.yaml":
                        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: shops, namespace: shop}\nspec: {template: {metadata: {labels: {app: shops}}, spec: {}}}\n"
                ]) { $1 }),
            .broken("a budget without pods", Sample.with("app: shop", "app: shops", in: "others"), triggers: "nothing"),
            .broken(
                "a policy for pods that do not exist", policy("app: shops"), triggers: "nothing"),
            .sound("a policy for every pod", policy("")),
            .sound("a policy for the pods of an operator", policy("app: broker", "broker")),
            .broken(
                "a constraint on other pods",
                Sample.with(
                    "          labelSelector:\n            matchLabels:\n              app: shop",
                    "          labelSelector:\n            matchLabels:\n              app: store", in: "deployment"),
                triggers: "spread"),
            .broken("a monitor of no Service", labelled("app: shops", "http"), triggers: "nothing"),
            .broken("a monitor of a port that does not exist", labelled("app: shop", "metrics"), triggers: "port"),
            .broken(
                "two Deployments that fight over pods",
                Sample.adding(
                    (Sample.files["k8s/deployment.yaml"] ?? "").replacing(
                        "  name: shop\n  namespace", with: "  name: till\n  namespace"),
                    as: "k8s/till.yaml"),
                triggers: "overlap"),
        ]
    }
}
