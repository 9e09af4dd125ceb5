import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that policies cover every pod in both directions and allow exactly the listed connections.
struct NetworkReach: ManifestRule {
    let name = "k8s-network"
    let summary = "network policies cover every pod and allow exactly what reachability.yaml lists"
    let advice = Advice.rules("uncovered", "open", "everybody")

    func findings(in scene: ManifestSet) -> [Finding] {
        let policies = NetworkPolicies(scene.cluster)
        let uncovered = PodSet.all(in: scene.objects).flatMap { pods -> [Finding] in
            [NetworkPolicies.Direction.ingress, .egress].compactMap { direction in
                guard policies.covering(pods.end, direction).isEmpty else { return nil }
                return pods.object.finding(
                    "\(name)/uncovered", at: pods.object.node["metadata", "name"],
                    "no network policy covers its \(direction.rawValue.lowercased()), so all of it is allowed",
                    remedy: "add a policy to namespace \(pods.end.namespace) that selects every pod and allows nothing")
            }
        }
        return uncovered + scene.objects.compactMap { open($0, scene) } + scene.objects.flatMap(unbounded)
            + compare(scene, policies)
    }

    /// Future pods must be isolated too.
    private func open(_ namespace: KubeObject, _ scene: ManifestSet) -> Finding? {
        guard namespace.kind == "Namespace" else { return nil }
        let isShut = scene.cluster.contains { policy in
            policy.kind == "NetworkPolicy" && policy.namespace == namespace.name
                && policy.spec?["podSelector"].map { LabelSelector($0).isEmpty } == true
                && Set((policy.spec?["policyTypes"]).elements.map(\.text)) == ["Ingress", "Egress"]
                && (policy.spec?["ingress"]).elements.isEmpty && (policy.spec?["egress"]).elements.isEmpty
        }
        if isShut { return nil }
        return namespace.finding(
            "\(name)/open", "has no policy that denies everything by default",
            remedy: "add one with an empty podSelector, both policyTypes and no rule")
    }

    /// A rule with ports and without peers allows everybody. Forgotten peers cannot be told from an intended omission.
    private func unbounded(_ policy: KubeObject) -> [Finding] {
        guard policy.kind == "NetworkPolicy", policy.group == "networking.k8s.io" else { return [] }
        return [("ingress", "from"), ("egress", "to")].flatMap { direction, peers in
            (policy.spec?[direction]).elements.filter { $0[peers].elements.isEmpty }.map { rule in
                policy.finding(
                    "\(name)/everybody", at: rule,
                    "a rule of \(direction) has an empty `\(peers)`, which means everybody",
                    remedy: "list the peers, or write an ipBlock of 0.0.0.0/0 to allow all addresses")
            }
        }
    }

    private func compare(_ scene: ManifestSet, _ policies: NetworkPolicies) -> [Finding] {
        guard let place = scene.objects.first?.path, let table = ReachabilityTable(for: place, in: scene.repository)
        else {
            return []
        }
        let rows = table.rows(in: scene.environment)
        // Policies in the repository also cover pods that operators create.
        let governed = NetworkPolicies(scene.objects)
        let outside = table.outside(of: scene.cluster)
        // Workloads in a namespace of the repository are covered too, even if no policy selects them.
        let made = Set(scene.objects.filter { $0.kind == "Namespace" }.map(\.name))
        let guests = outside.filter { end in
            end.address == nil
                && (made.contains(end.namespace)
                    || [.ingress, .egress].contains { !governed.covering(end, $0, beyondAll: true).isEmpty })
        }
        let own = Set(PodSet.all(in: scene.objects).map(\.end.name) + guests.map(\.name))
        let pods = PodSet.all(in: scene.cluster)
        let ends = pods.map(\.end) + outside
        var findings: [Finding] = []
        for row in rows where own.contains(row.from) || own.contains(row.to) {
            for (key, name) in [("from", row.from), ("to", row.to)] where !ends.contains(where: { $0.name == name }) {
                findings.append(
                    finding(
                        table, row.node[key] ?? row.node, "unknown",
                        "\(name) is neither a workload nor listed under `outside`", "correct the name"))
            }
        }
        // An unlisted port reveals a policy that opens every port. A port that only a policy names is a mistake.
        let ports = Set(rows.map(\.port) + pods.flatMap(\.ports) + governed.ports + [9])
        for from in ends {
            for to in ends where own.contains(from.name) || own.contains(to.name) {
                for port in ports.sorted() {
                    let row = rows.first { $0.from == from.name && $0.to == to.name && $0.port == port }
                    let isAllowed = policies.allows(from, to, port: port)
                    if let row, !isAllowed {
                        findings.append(
                            finding(
                                table, row.node, "denied",
                                "\(from.name) may not reach \(to.name) on port \(port)\(scene.suffix)",
                                "allow the connection in the egress and ingress policies, or remove the row"))
                    } else if row == nil, isAllowed {
                        findings.append(unwanted(from, to, port, policies, pods, scene))
                    }
                }
            }
        }
        return findings
    }

    private func unwanted(
        _ from: NetworkPolicies.End, _ to: NetworkPolicies.End, _ port: Int, _ policies: NetworkPolicies,
        _ pods: [PodSet], _ scene: ManifestSet
    ) -> Finding {
        let message = "\(from.name) can reach \(to.name) on port \(port), which reachability.yaml does not list"
        let remedy = "narrow the policy, or add the row"
        if let policy = policies.admitting(from, to, port: port) ?? policies.covering(from, .egress).last {
            return policy.finding("\(name)/allowed", message, remedy: remedy)
        }
        let object = pods.first { $0.end.name == to.name }?.object ?? scene.objects[0]
        return object.finding("\(name)/allowed", message, remedy: remedy)
    }

    private func finding(
        _ table: ReachabilityTable, _ node: YAMLNode, _ rule: String, _ message: String, _ remedy: String
    ) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: table.path, line: node.line, message: message, remedy: remedy)
    }

    var explanations: [String: String] {
        [
            "allowed":
                "A network policy allows a connection that reachability.yaml does not list.",
            "denied":
                "reachability.yaml lists a connection that the policies refuse.",
            "everybody":
                "A rule without peers allows everybody. Write the address range, if that is meant. Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/",
            "open":
                "The namespace has no policy that denies everything by default, so new pods are reachable. Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/",
            "uncovered":
                "No policy selects the pod in this direction, so everything is allowed. Source: https://kubernetes.io/docs/concepts/services-networking/network-policies/",
            "unknown":
                "reachability.yaml names something that is neither a workload nor listed under `outside`.",
        ]
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
                triggers: "uncovered", "open"),
            .broken(
                "a namespace that all may leave", Sample.with("[Ingress, Egress]", "[Ingress]", in: "network"),
                triggers: "uncovered", "open"),
            .broken(
                "policies for the pods of today only",
                Sample.with("  podSelector: {}", "  podSelector: {matchLabels: {app: shop}}", in: "network"),
                triggers: "open"),
            .broken(
                "a door to every pod of the cluster",
                with(
                    Sample.with(
                        "- namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: edge\n          podSelector:\n            matchLabels:\n              app: gateway",
                        "- namespaceSelector: {}", in: "network"),
                    table.replacing("allowed:", with: "  other: {namespace: other, labels: {app: any}}\nallowed:")),
                triggers: "allowed"),
            .broken(
                "a door to whoever knocks",
                Sample.with(
                    "    - from:\n        - namespaceSelector:\n            matchLabels:\n              kubernetes.io/metadata.name: edge\n          podSelector:\n            matchLabels:\n              app: gateway\n      ports:",
                    "    - ports:", in: "network"), triggers: "everybody"),
            .broken(
                "a door on every port",
                with(Sample.with("      ports:\n        - protocol: TCP\n          port: http\n", "", in: "network")),
                triggers: "allowed"),
            .broken(
                "a door on one more port",
                with(
                    Sample.with(
                        "port: http", "port: http\n        - protocol: TCP\n          port: 8081", in: "network")),
                triggers: "allowed"),
            .broken(
                "a door into pods that an operator makes",
                with(
                    Sample.adding(
                        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: gateway, namespace: edge}\nspec:\n  podSelector: {matchLabels: {app: gateway}}\n  policyTypes: [Ingress]\n  ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}], ports: [{port: 80}]}]\n",
                        as: "k8s/edge.yaml")), triggers: "allowed"),
            .broken(
                "a policy for a label that an operator's pods do not carry",
                with(
                    Sample.adding(
                        "apiVersion: v1\nkind: Namespace\nmetadata: {name: edge}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny-all, namespace: edge}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: gateway, namespace: edge}\nspec:\n  podSelector: {matchLabels: {part-of: gateway}}\n  policyTypes: [Egress]\n  egress: [{to: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 8080}]}]\n",
                        as: "k8s/edge.yaml")), triggers: "denied"),
            .broken(
                "a way to the internet",
                with(
                    Sample.with(
                        "  podSelector: {}\n  policyTypes: [Ingress, Egress]",
                        "  podSelector: {}\n  policyTypes: [Ingress, Egress]\n  egress:\n    - to:\n        - ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}",
                        in: "network")), triggers: "allowed", "open"),
            .broken(
                "a gateway that is shut out", with(Sample.with("app: gateway", "app: gate", in: "network")),
                triggers: "denied"),
            .broken(
                "a row about nobody", with(Sample.files, table.replacing("from: gateway", with: "from: gate")),
                triggers: "unknown", "allowed"),
        ]
    }
}
