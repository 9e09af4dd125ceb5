import DocumentModels

/// The connections that network policies allow, as Kubernetes' manual defines them.
///
/// Both sides must allow a connection: the egress of the calling pod and the ingress of the called pod.
package struct NetworkPolicies: Sendable {
    private let policies: [KubeObject]
    private let byNamespace: [String: [KubeObject]]

    package init(_ objects: [KubeObject]) {
        policies = objects.filter { $0.kind == "NetworkPolicy" && $0.group == "networking.k8s.io" }
        byNamespace = Dictionary(grouping: policies, by: \.namespace)
    }

    /// Every number that a rule opens.
    package var ports: [Int] {
        policies.flatMap { policy in
            ["ingress", "egress"].flatMap { (policy.spec?[$0]).elements }.flatMap { $0["ports"].elements }
                .compactMap { $0["port"]?.int }
        }
    }

    package enum Direction: String, Sendable {
        case ingress = "Ingress"
        case egress = "Egress"
    }

    /// One end of a connection.
    package struct End: Sendable {
        package let name: String
        package var namespace = ""
        var namespaceLabels: [String: String] = [:]
        package var labels: [String: String] = [:]
        /// Named ports of the pod.
        package var ports: [String: Int] = [:]
        /// Set for endpoints other than pods.
        package var address: String?
        /// The service account, where it is known.
        package var account: String?
        /// Whether calls bypass the mesh (`ambient.istio.io/bypass-inbound-capture`).
        package var isEntry: Bool

        package init(
            name: String, namespace: String = "", namespaceLabels: [String: String] = [:],
            labels: [String: String] = [:], ports: [String: Int] = [:], address: String? = nil, account: String? = nil,
            isEntry: Bool = false
        ) {
            (self.name, self.namespace, self.namespaceLabels) = (name, namespace, namespaceLabels)
            (self.labels, self.ports, self.address, self.account) = (labels, ports, address, account)
            self.isEntry = isEntry
        }
    }

    /// - Parameter beyondAll: excludes policies for every pod of the namespace.
    package func covering(_ pod: End, _ direction: Direction, beyondAll: Bool = false) -> [KubeObject] {
        (byNamespace[pod.namespace] ?? []).filter { policy in
            let selector = LabelSelector(policy.spec?["podSelector"])
            return selector.matches(pod.labels)
                && Self.types(policy).contains(direction.rawValue) && !(beyondAll && selector.isEmpty)
        }
    }

    package func allows(_ from: End, _ to: End, port: Int) -> Bool {
        admits(.egress, of: from, peer: to, to: to, port) && admits(.ingress, of: to, peer: from, to: to, port)
    }

    /// The policy that allows an incoming connection, for messages.
    package func admitting(_ from: End, _ to: End, port: Int) -> KubeObject? {
        covering(to, .ingress).first {
            Self.rules($0, .ingress).contains { Self.matches($0, .ingress, from, to, port) }
        }
    }

    /// The policy that allows the outgoing connection.
    func leaving(_ from: End, _ to: End, port: Int) -> KubeObject? {
        covering(from, .egress).first { Self.rules($0, .egress).contains { Self.matches($0, .egress, to, to, port) } }
    }

    private func admits(_ direction: Direction, of pod: End, peer: End, to: End, _ port: Int) -> Bool {
        if pod.address != nil { return true }
        let covering = covering(pod, direction)
        return covering.isEmpty
            || covering.contains { Self.rules($0, direction).contains { Self.matches($0, direction, peer, to, port) } }
    }

    /// Without `policyTypes` a policy covers ingress, and egress only if it has egress rules.
    private static func types(_ policy: KubeObject) -> Set<String> {
        if let types = policy.spec?["policyTypes"] { return Set(types.elements.map(\.text)) }
        return policy.spec?["egress"] == nil ? ["Ingress"] : ["Ingress", "Egress"]
    }

    private static func rules(_ policy: KubeObject, _ direction: Direction) -> [(rule: YAMLNode, policy: KubeObject)] {
        (policy.spec?[direction == .ingress ? "ingress" : "egress"]).elements.map { ($0, policy) }
    }

    private static func matches(
        _ rule: (rule: YAMLNode, policy: KubeObject), _ direction: Direction, _ peer: End, _ to: End, _ port: Int
    ) -> Bool {
        let peers = rule.rule[direction == .ingress ? "from" : "to"].elements
        let ports = rule.rule["ports"].elements
        return (peers.isEmpty || peers.contains { selects($0, peer, in: rule.policy.namespace) })
            && (ports.isEmpty || ports.contains { opens($0, port, of: to) })
    }

    private static func selects(_ peer: YAMLNode, _ end: End, in namespace: String) -> Bool {
        if let block = peer["ipBlock"] {
            guard let address = end.address else {
                // The cluster chooses pod addresses, so only a block of all addresses certainly contains them.
                return block["cidr"]?.text.hasSuffix("/0") == true && block["except"].elements.isEmpty
            }
            return AddressBlock(block["cidr"]?.text ?? "")?.contains(address) == true
                && !block["except"].elements.contains { AddressBlock($0.text)?.contains(address) == true }
        }
        if end.address != nil { return false }
        let isNamespace =
            peer["namespaceSelector"].map { LabelSelector($0).matches(end.namespaceLabels) }
            ?? (end.namespace == namespace)
        return isNamespace && (peer["podSelector"].map { LabelSelector($0).matches(end.labels) } ?? true)
    }

    private static func opens(_ entry: YAMLNode, _ port: Int, of end: End) -> Bool {
        guard entry["protocol"]?.text ?? "TCP" != "SCTP", let place = entry["port"] else {
            return entry["port"] == nil
        }
        guard let first = place.int ?? end.ports[place.text] else { return false }
        return (first...max(first, entry["endPort"]?.int ?? first)).contains(port)
    }
}

/// A block of IPv4 addresses: `10.0.0.0/8`.
struct AddressBlock: Sendable {
    private let first: UInt32
    private let mask: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let address = Self.number(String(parts[0])), let length = UInt32(parts[1]), length <= 32
        else { return nil }
        mask = length == 0 ? 0 : UInt32.max << (32 - length)
        first = address & mask
    }

    func contains(_ address: String) -> Bool { Self.number(address).map { $0 & mask == first } ?? false }

    private static func number(_ address: String) -> UInt32? {
        let bytes = address.split(separator: ".").compactMap { UInt8($0) }
        guard bytes.count == 4 else { return nil }
        return bytes.reduce(0) { $0 << 8 | UInt32($1) }
    }
}
