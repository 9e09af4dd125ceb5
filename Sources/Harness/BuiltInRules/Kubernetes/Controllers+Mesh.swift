import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Istio, Kueue, Karpenter and the Prometheus operator.
extension Controllers {
    // MARK: Istio 1.30.3, pkg/config/validation/virtualservice.go (validateHTTPRouteConflict) and validation.go
    // (validateHTTPRouteDestinations); pkg/config/analysis/analyzers/virtualservice (destinationrules, gateways, hosts)

    func virtualService(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let routes = ["http", "tls", "tcp"].flatMap { (object.spec?[$0]).elements }
        return routes.flatMap { conflicts(object, $0) }
            + routes.flatMap { $0["route"].elements }.compactMap { $0["destination"] }.compactMap {
                destination(object, $0, scene)
            }
            + (object.spec?["gateways"]).elements.compactMap { gateway(object, $0, scene) }
    }

    private func conflicts(_ object: KubeObject, _ route: YAMLNode) -> [Finding] {
        var findings: [Finding] = []
        if route["delegate"] == nil, let answer = route["redirect"] ?? route["directResponse"] {
            let others = ["route", "fault", "rewrite"].filter { route[$0] != nil }
            if let other = others.first {
                let kind = route["redirect"] == nil ? "directResponse" : "redirect"
                findings.append(
                    object.finding(
                        "\(name)/route", at: answer, "a route cannot have both \(other) and \(kind)",
                        remedy: "split it into two routes"))
            }
        }
        let destinations = route["route"].elements
        if destinations.count > 1, let place = route["route"],
            destinations.allSatisfy({ ($0["weight"]?.int ?? 0) == 0 })
        {
            findings.append(
                object.finding(
                    "\(name)/route", at: place, "the weights of its \(destinations.count) destinations sum to 0",
                    remedy: "give each destination a weight"))
        }
        return findings
    }

    private func destination(_ object: KubeObject, _ target: YAMLNode, _ scene: ManifestSet) -> Finding? {
        guard let place = target["host"], !place.isFilledInLater,
            let (service, namespace) = Self.service(place.text, of: object)
        else { return nil }
        let hosts = [place.text, "\(service).\(namespace).svc.cluster.local"]
        if scene.find("Service", service, in: namespace) == nil, !isElsewhere(hosts, scene) {
            // A controller may create Services for its own kinds.
            let kinds = scene.cluster.filter { $0.namespace == namespace && !KubernetesSchemas.serves(group: $0.group) }
            let isMade = kinds.contains { !$0.group.hasSuffix("istio.io") }
            return object.finding(
                "\(name)/host", at: place,
                severity: isMade ? .warning : scene.severity(withoutA: "Service", in: namespace),
                "no Service \(service) in namespace \(namespace)", remedy: "correct the host")
        }
        guard let subset = target["subset"] else { return nil }
        let rules = scene.cluster.filter { rule in
            guard rule.kind == "DestinationRule", let host = rule.spec?["host"]?.text else { return false }
            guard let (name, space) = Self.service(host, of: rule) else { return hosts.contains(host) }
            return (name, space) == (service, namespace)
        }
        let subsets = rules.flatMap { ($0.spec?["subsets"]).elements }.compactMap { $0["name"]?.text }
        if subsets.contains(subset.text) { return nil }
        return object.finding(
            "\(name)/subset", at: subset, severity: rules.isEmpty ? .warning : .error,
            "no DestinationRule of \(place.text) has a subset \(subset.text)",
            remedy: rules.isEmpty ? "add a DestinationRule" : "use one of \(subsets.sorted().joined(separator: ", "))")
    }

    private func isElsewhere(_ hosts: [String], _ scene: ManifestSet) -> Bool {
        scene.all("ServiceEntry").flatMap { ($0.spec?["hosts"]).elements }.contains { entry in
            hosts.contains { Wildcard.matches(entry.text, $0) }
        }
    }

    /// A short name refers to the object's own namespace; `nil` for a host outside the cluster.
    private static func service(_ host: String, of object: KubeObject) -> (String, String)? {
        let parts = host.split(separator: ".").map(String.init)
        if parts.count == 1, host != "*" { return object.ownNamespace.map { (parts[0], $0) } }
        guard parts.count == 5, host.hasSuffix(".svc.cluster.local") else { return nil }
        return (parts[0], parts[1])
    }

    private func gateway(_ object: KubeObject, _ place: YAMLNode, _ scene: ManifestSet) -> Finding? {
        guard place.text != "mesh", !place.isFilledInLater else { return nil }
        let parts = place.text.split(separator: "/").map(String.init)
        let (namespace, name) = parts.count == 2 ? (parts[0], parts[1]) : (object.namespace, place.text)
        let gateways = scene.all("Gateway").filter { $0.group == "networking.istio.io" }
        guard !gateways.contains(where: { $0.name == name && $0.namespace == namespace }) else { return nil }
        let isKept = gateways.contains { $0.namespace == namespace } && object.ownNamespace != nil
        return object.finding(
            "\(self.name)/gateway", at: place, severity: isKept ? .error : .warning,
            "no Istio Gateway \(name) in namespace \(namespace)", remedy: "correct the name, or write NAMESPACE/NAME")
    }

    // MARK: Kueue v0.19.2, pkg/webhooks/clusterqueue_webhook.go, validateResourceGroups

    func clusterQueue(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        var (resources, flavors): (Set<String>, Set<String>) = ([], [])
        var findings: [Finding] = []
        for group in (object.spec?["resourceGroups"]).elements {
            let covered = group["coveredResources"].elements
            for place in covered where !resources.insert(place.text).inserted {
                findings.append(
                    object.finding(
                        "\(name)/quota", at: place, "\(place.text) is covered by two resource groups",
                        remedy: "remove it from one group"))
            }
            for flavor in group["flavors"].elements {
                guard let place = flavor["name"] else { continue }
                if !flavors.insert(place.text).inserted {
                    findings.append(
                        object.finding(
                            "\(name)/quota", at: place, "the flavor \(place.text) is listed twice",
                            remedy: "keep it in one resource group"))
                }
                if scene.find("ResourceFlavor", place.text, in: nil) == nil {
                    findings.append(
                        object.finding(
                            "\(name)/flavor", at: place, severity: scene.severity(withoutA: "ResourceFlavor", in: nil),
                            "no ResourceFlavor \(place.text): the queue stays inactive", remedy: "correct the name"))
                }
                for (quota, resource) in zip(flavor["resources"].elements, covered) {
                    guard let wrong = quota["name"], wrong.text != resource.text else { continue }
                    findings.append(
                        object.finding(
                            "\(name)/quota", at: wrong,
                            "the quota of \(wrong.text) is at the position of \(resource.text) in coveredResources",
                            remedy: "list the resources in the order of coveredResources"))
                }
            }
        }
        return findings
    }

    // MARK: Karpenter v1.14.1, pkg/apis/v1/nodepool_status.go: a NodePool without its NodeClass is never ready

    func nodePool(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard let reference = object.spec?["template", "spec", "nodeClassRef"], let kind = reference["kind"]?.text,
            let place = reference["name"], !place.isFilledInLater, scene.find(kind, place.text, in: nil) == nil
        else { return [] }
        return [
            object.finding(
                "\(name)/node-class", at: place, severity: scene.severity(withoutA: kind, in: nil),
                "no \(kind) \(place.text)", remedy: "correct the name")
        ]
    }

    // MARK: Prometheus operator v0.93.0, pkg/prometheus/resource_selector.go: checkServiceMonitor, LabelConfigValidator

    func monitor(_ object: KubeObject) -> [Finding] {
        ["endpoints", "podMetricsEndpoints"].flatMap { (object.spec?[$0]).elements }.flatMap { endpoint -> [Finding] in
            var findings: [Finding] = []
            if let place = endpoint["scrapeTimeout"], let timeout = Self.seconds(place.text),
                let interval = endpoint["interval"].flatMap({ Self.seconds($0.text) }), timeout > interval
            {
                findings.append(
                    object.finding(
                        "\(name)/monitor", at: place, "its scrapeTimeout \(place.text) is longer than its interval",
                        remedy: "shorten it"))
            }
            let relabelings = ["relabelings", "metricRelabelings"].flatMap { endpoint[$0].elements }
            return findings + relabelings.compactMap { relabeling(object, $0) }
        }
    }

    private func relabeling(_ object: KubeObject, _ rule: YAMLNode) -> Finding? {
        let action = (rule["action"]?.text ?? "replace").lowercased()
        if ["replace", "hashmod", "lowercase", "uppercase", "keepequal", "dropequal"].contains(action),
            (rule["targetLabel"]?.text ?? "").isEmpty
        {
            return object.finding(
                "\(name)/monitor", at: rule["action"] ?? rule, "the action \(action) needs targetLabel",
                remedy: "add targetLabel, or another action such as drop, keep or labeldrop")
        }
        if action == "hashmod", (rule["modulus"]?.int ?? 0) == 0 {
            return object.finding(
                "\(name)/monitor", at: rule["action"] ?? rule, "the action hashmod needs a modulus",
                remedy: "add modulus")
        }
        if ["labeldrop", "labelkeep"].contains(action),
            let place = rule["targetLabel"] ?? rule["sourceLabels"], !place.elements.isEmpty || !place.text.isEmpty
        {
            return object.finding(
                "\(name)/monitor", at: place, "the action \(action) takes only a regex", remedy: "remove the field")
        }
        return nil
    }

    // MARK: Examples

    private static func mesh(_ route: String, gateways: String = "[front]") -> [String: String] {
        [
            "k8s/mesh.yaml": """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata: {name: shop, namespace: a}
            spec:
              hosts: [shop]
              gateways: \(gateways)
              http:
                - \(route)
            ---
            apiVersion: networking.istio.io/v1
            kind: DestinationRule
            metadata: {name: shop, namespace: a}
            spec: {host: shop.a.svc.cluster.local, subsets: [{name: v1, labels: {version: v1}}]}
            ---
            apiVersion: networking.istio.io/v1
            kind: Gateway
            metadata: {name: front, namespace: a}
            spec: {servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]}
            ---
            apiVersion: v1
            kind: Service
            metadata: {name: shop, namespace: a}
            spec: {ports: [{port: 80}]}

            """
        ]
    }

    private static func queue(_ groups: String) -> [String: String] {
        let flavor = "apiVersion: kueue.x-k8s.io/v1beta2\nkind: ResourceFlavor\nmetadata: {name: cpu}\n"
        return [
            "k8s/queue.yaml":
                "\(flavor)---\napiVersion: kueue.x-k8s.io/v1beta2\nkind: ClusterQueue\nmetadata: {name: a}\nspec:\n  resourceGroups:\n    - \(groups)\n"
        ]
    }

    private static func monitor(_ endpoint: String) -> [String: String] {
        [
            "k8s/monitor.yaml":
                "apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nmetadata: {name: a, namespace: a}\nspec: {selector: {}, endpoints: [{port: http, \(endpoint)}]}\n"
        ]
    }

    private static func pool(_ name: String) -> [String: String] {
        [
            "k8s/pool.yaml":
                "apiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: {name: a}\nspec: {template: {spec: {nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: \(name)}}}}\n---\napiVersion: karpenter.k8s.aws/v1\nkind: EC2NodeClass\nmetadata: {name: default}\n"
        ]
    }

    static var furtherExamples: [Example] {
        let both = "{name: cpu, resources: [{name: cpu, nominalQuota: 4}, {name: memory, nominalQuota: 8Gi}]}"
        let other = "{name: cpu, resources: [{name: memory, nominalQuota: 8Gi}, {name: cpu, nominalQuota: 4}]}"
        return [
            .sound("a route to a subset", mesh("route: [{destination: {host: shop, subset: v1}}]")),
            .broken(
                "a route to an unknown subset", mesh("route: [{destination: {host: shop, subset: v2}}]"),
                triggers: "subset"),
            .broken("a route to an unknown host", mesh("route: [{destination: {host: shpo}}]"), triggers: "host"),
            .sound("a route to a host outside", mesh("route: [{destination: {host: api.example.com}}]")),
            .broken(
                "an unknown gateway", mesh("route: [{destination: {host: shop}}]", gateways: "[mesh, back]"),
                triggers: "gateway"),
            .broken(
                "a split without weights",
                mesh("route: [{destination: {host: shop, subset: v1}}, {destination: {host: shop}}]"),
                triggers: "route"),
            .broken(
                "a redirect with a route",
                mesh("{redirect: {uri: /b}, route: [{destination: {host: shop}}]}"), triggers: "route"),
            .sound("a queue", queue("{coveredResources: [cpu, memory], flavors: [\(both)]}")),
            .broken(
                "quotas in another order", queue("{coveredResources: [cpu, memory], flavors: [\(other)]}"),
                triggers: "quota"),
            .broken(
                "a resource in two groups",
                queue(
                    "{coveredResources: [cpu], flavors: [{name: cpu, resources: [{name: cpu, nominalQuota: 4}]}]}\n    - {coveredResources: [cpu], flavors: []}"
                ), triggers: "quota"),
            .broken(
                "an unknown flavor",
                queue(
                    "{coveredResources: [cpu], flavors: [{name: gpu, resources: [{name: cpu, nominalQuota: 4}]}]}"
                ), triggers: "flavor"),
            .sound("a monitor", monitor("interval: 30s, scrapeTimeout: 10s")),
            .broken("a timeout over the interval", monitor("interval: 30s, scrapeTimeout: 1m"), triggers: "monitor"),
            .broken(
                "a relabeling without a target", monitor("relabelings: [{sourceLabels: [a]}]"), triggers: "monitor"),
            .sound("a relabeling that drops", monitor("relabelings: [{sourceLabels: [a], action: drop}]")),
            .broken(
                "labels dropped by source", monitor("metricRelabelings: [{sourceLabels: [a], action: labeldrop}]"),
                triggers: "monitor"),
            .sound("a node pool", pool("default")),
            .broken("an unknown node class", pool("defualt"), triggers: "node-class"),
        ]
    }
}
