/// Every pod is behind policies for both directions, and these admit the wanted connections and no others.
struct NetworkReach: ManifestRule {
    let name = "k8s-network"
    let summary = "network policies cover every pod and admit what reachability.yaml wants, and nothing else"

    func findings(in scene: Scene) -> [Finding] {
        let policies = NetworkPolicies(scene.cluster)
        let uncovered = scene.workloads.flatMap { workload -> [Finding] in
            [NetworkPolicies.Direction.ingress, .egress].compactMap { direction in
                guard policies.covering(end(workload, scene), direction).isEmpty else { return nil }
                return workload.object.finding(
                    "\(name)/uncovered", at: workload.object.node["metadata", "name"],
                    "no network policy is about its \(direction.rawValue.lowercased()), so all of it is allowed",
                    remedy: "add a policy to namespace \(workload.namespace) that selects every pod and allows nothing")
            }
        }
        return uncovered + compare(scene, policies)
    }

    private func end(_ workload: Workload, _ scene: Scene) -> NetworkPolicies.End {
        let namespace = workload.namespace
        let labels = scene.find("Namespace", namespace, in: nil)?.labels ?? [:]
        let ports = workload.ports.compactMap { _, port -> (String, Int)? in
            guard let name = port["name"]?.text, let number = port["containerPort"]?.int else { return nil }
            return (name, number)
        }
        return NetworkPolicies.End(
            name: "\(namespace)/\(workload.object.name)", namespace: namespace,
            namespaceLabels: labels.merging(["kubernetes.io/metadata.name": namespace]) { first, _ in first },
            labels: workload.labels, ports: Dictionary(ports, uniquingKeysWith: { first, _ in first }))
    }

    private func compare(_ scene: Scene, _ policies: NetworkPolicies) -> [Finding] {
        guard let place = scene.objects.first?.path, let table = ReachabilityTable(for: place, in: scene.repository)
        else {
            return []
        }
        let rows = table.rows.filter { row in
            row.overlays.isEmpty || scene.environment.map(row.overlays.contains) ?? true
        }
        let own = Set(scene.workloads.map { "\($0.namespace)/\($0.object.name)" })
        let pods = scene.clusterWorkloads.map { (workload: $0, end: end($0, scene)) }
        let ends = pods.map(\.end) + table.outside
        var findings: [Finding] = []
        for row in rows where own.contains(row.from) || own.contains(row.to) {
            for (key, name) in [("from", row.from), ("to", row.to)] where !ends.contains(where: { $0.name == name }) {
                findings.append(
                    finding(
                        table, row.node[key] ?? row.node, "unknown",
                        "\(name) is neither a workload nor under `outside`", "correct the name"))
            }
        }
        // A port that nobody wants shows a policy that opens all.
        let ports = Set(
            rows.map(\.port) + pods.flatMap { $0.workload.ports.compactMap { $0.port["containerPort"]?.int } } + [9])
        for from in ends {
            for to in ends where from.name != to.name && (own.contains(from.name) || own.contains(to.name)) {
                for port in ports.sorted() {
                    let row = rows.first { $0.from == from.name && $0.to == to.name && $0.port == port }
                    let isAllowed = policies.allows(from, to, port: port)
                    if let row, !isAllowed {
                        findings.append(
                            finding(
                                table, row.node, "denied",
                                "\(from.name) may not reach \(to.name) on port \(port)\(scene.suffix)",
                                "allow it in the egress of the one and the ingress of the other, or take the row away"))
                    } else if row == nil, isAllowed {
                        findings.append(unwanted(from, to, port, policies, pods.map(\.workload), scene))
                    }
                }
            }
        }
        return findings
    }

    private func unwanted(
        _ from: NetworkPolicies.End, _ to: NetworkPolicies.End, _ port: Int, _ policies: NetworkPolicies,
        _ workloads: [Workload], _ scene: Scene
    ) -> Finding {
        let message = "\(from.name) can reach \(to.name) on port \(port), which reachability.yaml does not want"
        let remedy = "narrow the policy, or add the row"
        if let policy = policies.admitting(from, to, port: port) ?? policies.covering(from, .egress).last {
            return policy.finding("\(name)/allowed", message, remedy: remedy)
        }
        let object = workloads.first { "\($0.namespace)/\($0.object.name)" == to.name }?.object ?? scene.objects[0]
        return object.finding("\(name)/allowed", message, remedy: remedy)
    }

    private func finding(
        _ table: ReachabilityTable, _ node: YAMLNode, _ rule: String, _ message: String, _ remedy: String
    ) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: table.path, line: node.line, message: message, remedy: remedy)
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let table = """
            outside:
              gateway: {namespace: edge, labels: {app: gateway}}
              internet: {address: 203.0.113.10}
            allowed:
              - {from: gateway, to: shop/shop, port: 8080}

            """
        func with(_ files: [String: String], _ table: String = table) -> [String: String] {
            files.merging(["k8s/reachability.yaml": table]) { $1 }
        }
        return [
            .sound("an application", Sample.files),
            .sound("an application and its table", with(Sample.files)),
            .broken(
                "a namespace without a policy", Sample.with("namespace: shop", "namespace: store", in: "network"),
                triggers: "uncovered"),
            .broken(
                "a namespace that all may leave", Sample.with("[Ingress, Egress]", "[Ingress]", in: "network"),
                triggers: "uncovered"),
            .broken(
                "a door to every pod of the cluster",
                with(
                    Sample.with(
                        "- namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: edge\n          podSelector:\n            matchLabels:\n              app: gateway",
                        "- namespaceSelector: {}", in: "network"),
                    table.replacing("allowed:", with: "  other: {namespace: other, labels: {app: any}}\nallowed:")),
                triggers: "allowed"),
            .broken(
                "a door on every port",
                with(Sample.with("      ports:\n        - protocol: TCP\n          port: http\n", "", in: "network")),
                triggers: "allowed"),
            .broken(
                "a way to the internet",
                with(
                    Sample.with(
                        "  podSelector: {}\n  policyTypes: [Ingress, Egress]",
                        "  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  egress:\n    - to:\n        - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}",
                        in: "network")), triggers: "allowed"),
            .broken(
                "a gateway that is shut out", with(Sample.with("app: gateway", "app: gate", in: "network")),
                triggers: "denied"),
            .broken(
                "a row about nobody", with(Sample.files, table.replacing("from: gateway", with: "from: gate")),
                triggers: "unknown", "allowed"),
        ]
    }
}
