import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks that mesh policies allow exactly the calls that `reachability.yaml` lists, by identity.
struct MeshIdentity: ManifestRule {
    let name = "k8s-mesh"
    let summary = "calls in the mesh are encrypted, and allowed for the accounts that reachability.yaml lists"

    func findings(in scene: ManifestSet) -> [Finding] {
        let mesh = MeshPolicies(scene.cluster)
        let all = PodSet.all(in: scene.cluster)
        let own = Set(PodSet.all(in: scene.objects).map(\.end.name))
        let place = scene.objects.first?.path ?? scene.path
        let table = ReachabilityTable(for: place, in: scene.repository)
        let outside = table?.outside(of: scene.cluster) ?? []
        // Pods that operators create are checked by their namespace.
        let guests = outside.compactMap { end in
            scene.objects.first {
                $0.kind == "Namespace" && $0.name == end.namespace && end.address == nil && !end.isEntry
            }
            .map { PodSet(object: $0, end: end) }
        }
        let members = (all.filter { own.contains($0.end.name) } + guests).filter { MeshPolicies.isMember($0.end) }
        return members.flatMap { member($0, mesh, scene) } + policies(scene, outside, table?.accounts ?? [])
            + (table.map { table in
                members.flatMap { compare($0, all.map(\.end) + outside, mesh, table, scene) }
            } ?? []) + scrapes(all, mesh, scene)
    }

    private func member(_ pods: PodSet, _ mesh: MeshPolicies, _ scene: ManifestSet) -> [Finding] {
        var findings: [Finding] = []
        let mode = mesh.mode(of: pods.end)
        if mode != "STRICT" {
            findings.append(
                pods.object.finding(
                    "\(name)/plaintext",
                    "\(pods.end.name) accepts unencrypted calls\(scene.suffix): mutual TLS is \(mode)",
                    remedy: "add a PeerAuthentication with mode STRICT to namespace \(pods.end.namespace)"))
        }
        if mesh.policies(for: pods.end, "ALLOW").isEmpty {
            findings.append(
                pods.object.finding(
                    "\(name)/open", "every workload in the mesh may call \(pods.end.name)\(scene.suffix)",
                    remedy: "add an AuthorizationPolicy that allows nothing, then one for each caller"))
        }
        return findings
    }

    private func policies(_ scene: ManifestSet, _ ends: [NetworkPolicies.End], _ others: [String]) -> [Finding] {
        let accounts = scene.cluster.filter { $0.kind == "ServiceAccount" }.map { "\($0.namespace)/\($0.name)" }
        let outside = ends.compactMap { end in end.account.map { "\(end.namespace)/\($0)" } }
        let known = Set(accounts + outside + others)
        return scene.objects.filter { $0.kind == "AuthorizationPolicy" }.flatMap { policy -> [Finding] in
            let rules = (policy.spec?["rules"]).elements
            var findings: [Finding] = []
            for principal in rules.flatMap({ $0["from"].elements }).flatMap({ $0["source", "principals"].elements }) {
                let parts = principal.text.split(separator: "/").map(String.init)
                let isAccount = parts.count == 5 && parts[1] == "ns" && parts[3] == "sa"
                if !isAccount || !known.contains("\(parts[2])/\(parts[4])") {
                    findings.append(
                        policy.finding(
                            "\(name)/principal", at: principal,
                            "names \(principal.text), which is not a service account\(scene.suffix)",
                            remedy:
                                "write cluster.local/ns/NAMESPACE/sa/ACCOUNT, with an account of the manifests or of the table's `outside`"
                        ))
                }
            }
            if policy.spec?["targetRefs"] == nil, let place = rules.lazy.compactMap(MeshPolicies.beyondTunnel).first {
                findings.append(
                    policy.finding(
                        "\(name)/layer", at: place,
                        "uses HTTP fields, which ztunnel does not see, so the rule never matches",
                        remedy: "match identities and ports, or add a waypoint to the service and target it"))
            }
            return findings
        }
    }

    private func compare(
        _ pods: PodSet, _ ends: [NetworkPolicies.End], _ mesh: MeshPolicies, _ table: ReachabilityTable,
        _ scene: ManifestSet
    ) -> [Finding] {
        let rows = table.rows(in: scene.environment).filter { $0.to == pods.end.name }
        var findings: [Finding] = []
        for from in ends where from.name != pods.end.name && from.account != nil {
            let own = rows.filter { $0.from == from.name }
            for row in own where row.port != MeshPolicies.tunnel {
                findings.append(
                    finding(
                        table, row.node, "around",
                        "\(from.name) can reach \(pods.end.name) outside the mesh tunnel, where strict mutual TLS refuses the call\(scene.suffix)",
                        "narrow the policy and the row to port 15008"))
            }
            for port in pods.ports.union(own.compactMap(\.inside)).sorted() {
                let row = own.first { $0.port == MeshPolicies.tunnel && $0.inside == port }
                let isAllowed = mesh.allows(from, pods.end, port: port)
                if let row, !isAllowed {
                    findings.append(
                        finding(
                            table, row.node, "denied",
                            "the mesh refuses calls from \(from.name) to \(pods.end.name) on port \(port)\(scene.suffix)",
                            "allow its account in an AuthorizationPolicy, or remove the row"))
                } else if row == nil, isAllowed {
                    let message =
                        "the mesh lets \(from.name) call \(pods.end.name) on port \(port)\(scene.suffix), which \(table.path.lastPathPart) does not list"
                    let remedy = "narrow the policy, or add a row with port 15008 and `inside: \(port)`"
                    let policy = mesh.admitting(from, pods.end, port: port) ?? pods.object
                    findings.append(policy.finding("\(name)/allowed", message, remedy: remedy))
                }
            }
        }
        return findings
    }

    /// Prometheus scrapes pods under its own account. A monitor collects nothing if the target refuses this account.
    private func scrapes(_ all: [PodSet], _ mesh: MeshPolicies, _ scene: ManifestSet) -> [Finding] {
        let callers = scene.cluster.filter { $0.kind == "Prometheus" && $0.group == "monitoring.coreos.com" }.map {
            NetworkPolicies.End(
                name: "\($0.namespace)/\($0.name)", namespace: $0.namespace,
                account: $0.spec?["serviceAccountName"]?.text ?? "default")
        }
        return scene.objects.filter { $0.kind == "PodMonitor" || $0.kind == "ServiceMonitor" }.flatMap { monitor in
            let isOfPods = monitor.kind == "PodMonitor"
            let wanted = LabelSelector(monitor.spec?["selector"])
            let services = scene.cluster.filter {
                $0.kind == "Service" && $0.namespace == monitor.namespace && wanted.matches($0.labels)
            }
            let targets = all.filter { pods in
                guard pods.end.namespace == monitor.namespace, MeshPolicies.isMember(pods.end) else { return false }
                return isOfPods
                    ? wanted.matches(pods.end.labels)
                    : services.contains { service in
                        (service.spec?["selector"]).labels.allSatisfy { pods.end.labels[$0.key] == $0.value }
                    }
            }
            let ports = (monitor.spec?[isOfPods ? "podMetricsEndpoints" : "endpoints"]).elements
                .compactMap { $0["port"] }
            return targets.flatMap { pods in
                ports.compactMap { name -> Finding? in
                    let named = isOfPods ? nil : services.lazy.compactMap { Self.target(name.text, of: $0) }.first
                    guard let port = named?.int ?? pods.end.ports[named?.text ?? name.text] else { return nil }
                    let refused = callers.first { caller in
                        !(mesh.waypoint(of: pods.end, admits: caller) ?? mesh.allows(caller, pods.end, port: port))
                    }
                    return refused.map {
                        monitor.finding(
                            "\(self.name)/unread", at: name,
                            "\(pods.end.name) refuses \($0.name) on port \(port)\(scene.suffix)",
                            remedy: "allow its account in an AuthorizationPolicy")
                    }
                }
            }
        }
    }

    private static func target(_ port: String, of service: KubeObject) -> YAMLNode? {
        (service.spec?["ports"]).elements.first { $0["name"]?.text == port }.flatMap { $0["targetPort"] ?? $0["port"] }
    }

    private func finding(
        _ table: ReachabilityTable, _ node: YAMLNode, _ rule: String, _ message: String, _ remedy: String
    ) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: table.path, line: node.line, message: message, remedy: remedy)
    }

    var explanations: [String: String] {
        [
            "unread":
                "A monitor selects pods whose mesh policies refuse Prometheus, so nothing is scraped.",
            "allowed":
                "The mesh allows a call that reachability.yaml does not list.",
            "around":
                "A network policy opens a port beside the tunnel of the mesh. Mutual TLS is strict, so such a call is refused.",
            "denied":
                "reachability.yaml lists a call that the mesh refuses.",
            "layer":
                "The policy uses HTTP fields, which ztunnel does not see. It then never allows anything. Source: https://istio.io/latest/docs/ambient/usage/l4-policy/",
            "open":
                "No AuthorizationPolicy selects the workload, so everybody in the mesh may call it.",
            "plaintext":
                "Mutual TLS is not strict. The workload accepts calls without an identity. Source: https://istio.io/latest/docs/reference/config/security/peer_authentication/",
            "principal":
                "The policy names a principal that is not a service account of the manifests.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleMesh
        return [
            .sound("an application", SampleApplication.files),
            .sound("an application in the mesh", Sample.files),
            .broken(
                "pods of an operator that take calls in clear",
                Sample.guest.mapValues { $0.replacing("STRICT", with: "DISABLE") },
                triggers: "plaintext"),
            .sound("pods of an operator", Sample.guest),
            .sound(
                "pods that calls reach beside the mesh",
                Sample.guest.mapValues {
                    $0.replacing("account: helper}", with: "account: helper, entry: true}")
                        .replacing("inside: 9000", with: "inside: 9001")
                }),
            .broken(
                "pods of an operator that a caller may not call",
                Sample.guest.mapValues { $0.replacing("[\"9000\"]", with: "[\"9001\"]") }, triggers: "denied"),
            .broken(
                "a monitor whose target refuses Prometheus",
                Sample.monitored.mapValues { $0.replacing("watch/sa/watch", with: "edge/sa/gateway") },
                triggers: "unread", "denied"),
            .sound("a monitor whose target answers Prometheus", Sample.monitored),
            .broken("calls in clear", Sample.with("mode: STRICT", "mode: PERMISSIVE"), triggers: "plaintext"),
            .broken(
                "strict for other pods only",
                Sample.with("spec:\n  mtls:", "spec:\n  selector: {matchLabels: {app: till}}\n  mtls:"),
                triggers: "plaintext"),
            .broken(
                "no policy that allows",
                Sample.with("kind: AuthorizationPolicy", "kind: RequestAuthentication"), triggers: "open", "allowed"),
            .broken(
                "a caller that nobody wants",
                Sample.with("sa/gateway]", "sa/gateway, cluster.local/ns/watch/sa/watch]"),
                triggers: "allowed"),
            .broken(
                "every caller", Sample.with("[cluster.local/ns/edge/sa/gateway]", "[\"*\"]"), triggers: "allowed",
                "principal"),
            .broken("a misspelt account", Sample.with("sa/gateway]", "sa/gate]"), triggers: "principal", "denied"),
            .broken("another port", Sample.with("ports: [\"8080\"]", "ports: [\"8081\"]"), triggers: "denied"),
            .broken(
                "a method, which ztunnel does not see",
                Sample.with("ports: [\"8080\"]", "ports: [\"8080\"]\n            methods: [GET]"), triggers: "layer",
                "denied"),
            .broken(
                "a denial that takes it back", Sample.with("action: ALLOW", "action: DENY"), triggers: "allowed",
                "denied", "open"),
            .broken(
                "a way around the tunnel", Sample.with("port: 15008, inside: 8080", "port: 8080"), triggers: "allowed",
                "around"),
        ]
    }
}
