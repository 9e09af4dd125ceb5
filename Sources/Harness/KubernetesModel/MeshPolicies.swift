import DocumentModels

/// The calls that Istio allows in ambient mode, in which ztunnel checks identity and port.
///
/// Source: Istio's manual, Authorization Policy, PeerAuthentication, and Use Layer 4 security policy.
package struct MeshPolicies: Sendable {
    private let authorizations: [KubeObject]
    private let authentications: [KubeObject]

    /// The port of the mesh's tunnel.
    package static let tunnel = 15008
    /// Policies in this namespace apply to every namespace.
    private static let root = "istio-system"

    package init(_ objects: [KubeObject]) {
        let own = objects.filter { $0.group == "security.istio.io" }
        authorizations = own.filter { $0.kind == "AuthorizationPolicy" }
        authentications = own.filter { $0.kind == "PeerAuthentication" }
    }

    package static func isMember(_ pod: NetworkPolicies.End) -> Bool {
        pod.labels["istio.io/dataplane-mode"] ?? pod.namespaceLabels["istio.io/dataplane-mode"] == "ambient"
    }

    /// The closest policy applies: that of the pod, its namespace or the mesh.
    package func mode(of pod: NetworkPolicies.End) -> String {
        let selecting = authentications.filter { policy in
            guard let selector = policy.spec?["selector"] else { return false }
            return policy.namespace == pod.namespace && LabelSelector(selector).matches(pod.labels)
        }
        let plain = authentications.filter { $0.spec?["selector"] == nil }
        let order = [
            selecting, plain.filter { $0.namespace == pod.namespace }, plain.filter { $0.namespace == Self.root },
        ]
        let modes = order.flatMap { $0 }.compactMap { $0.spec?["mtls", "mode"]?.text }.filter { $0 != "UNSET" }
        return modes.first ?? "PERMISSIVE"
    }

    package func policies(for pod: NetworkPolicies.End, _ action: String) -> [KubeObject] {
        authorizations.filter { policy in
            (policy.namespace == pod.namespace || policy.namespace == Self.root)
                && policy.spec?["targetRefs"] == nil && policy.spec?["targetRef"] == nil
                && policy.spec?["action"]?.text ?? "ALLOW" == action
                && (policy.spec?["selector"].map { LabelSelector($0).matches(pod.labels) } ?? true)
        }
    }

    package func allows(_ from: NetworkPolicies.End, _ to: NetworkPolicies.End, port: Int) -> Bool {
        let denying = policies(for: to, "DENY")
        if denying.contains(where: { Self.matches($0, from, port, isDenial: true) }) { return false }
        let allowing = policies(for: to, "ALLOW")
        return allowing.isEmpty || allowing.contains { Self.matches($0, from, port, isDenial: false) }
    }

    /// Whether the waypoint of a pod allows any request of the caller's account; `nil` without a waypoint.
    package func waypoint(of pod: NetworkPolicies.End, admits from: NetworkPolicies.End) -> Bool? {
        let name = pod.labels["istio.io/use-waypoint"] ?? pod.namespaceLabels["istio.io/use-waypoint"]
        guard let name, name != "none" else { return nil }
        return authorizations.contains { policy in
            policy.namespace == pod.namespace && policy.spec?["action"]?.text ?? "ALLOW" == "ALLOW"
                && (policy.spec?["targetRefs"]).elements.contains { $0["name"]?.text == name }
                && (policy.spec?["rules"]).elements.contains { rule in
                    rule["from"].elements.compactMap { $0["source"] }.contains { Self.isSource($0, from) }
                }
        }
    }

    /// The policy that allows a caller, for messages.
    package func admitting(_ from: NetworkPolicies.End, _ to: NetworkPolicies.End, port: Int) -> KubeObject? {
        policies(for: to, "ALLOW").first { Self.matches($0, from, port, isDenial: false) }
    }

    /// Fields that ztunnel does not support: an ALLOW rule with them never matches, and a DENY rule ignores them.
    package static func beyondTunnel(_ rule: YAMLNode) -> YAMLNode? {
        let operations = rule["to"].elements.compactMap { $0["operation"] }
        let fields = ["methods", "notMethods", "paths", "notPaths", "hosts", "notHosts"]
        let sources = rule["from"].elements.compactMap { $0["source"] }
        return operations.lazy.flatMap { node in fields.compactMap { node[$0] } }.first
            ?? sources.lazy.flatMap { node in ["requestPrincipals", "remoteIpBlocks"].compactMap { node[$0] } }.first
            ?? rule["when"].elements.first { $0["key"]?.text.hasPrefix("request.") == true }
    }

    private static func matches(
        _ policy: KubeObject, _ from: NetworkPolicies.End, _ port: Int, isDenial: Bool
    ) -> Bool {
        (policy.spec?["rules"]).elements.contains { rule in
            if !isDenial, beyondTunnel(rule) != nil { return false }
            let sources = rule["from"].elements.compactMap { $0["source"] }
            let operations = rule["to"].elements.compactMap { $0["operation"] }
            return (sources.isEmpty || sources.contains { isSource($0, from) })
                && (operations.isEmpty || operations.contains { opens($0, port) })
        }
    }

    private static func isSource(_ source: YAMLNode, _ from: NetworkPolicies.End) -> Bool {
        // A caller without a certificate has neither a principal nor a namespace.
        let principal = from.principal
        let namespace = principal == nil ? nil : from.namespace
        return holds(source["principals"], principal) && holds(source["namespaces"], namespace)
            && !(source["notPrincipals"].map { holds($0, principal) } ?? false)
            && !(source["notNamespaces"].map { holds($0, namespace) } ?? false)
            && (source["ipBlocks"].map { blocks in
                from.address.map { address in
                    blocks.elements.contains { AddressBlock($0.text)?.contains(address) == true }
                } ?? false
            } ?? true)
    }

    private static func opens(_ operation: YAMLNode, _ port: Int) -> Bool {
        (operation["ports"].map { $0.elements.contains { $0.text == "\(port)" } } ?? true)
            && !operation["notPorts"].elements.contains { $0.text == "\(port)" }
    }

    /// A pattern is an exact text, a text that begins or ends with `*`, or `*` for any present value.
    private static func holds(_ patterns: YAMLNode?, _ value: String?) -> Bool {
        guard let patterns else { return true }
        guard let value else { return false }
        return patterns.elements.map(\.text).contains { pattern in
            pattern == value || pattern == "*" || pattern.hasSuffix("*") && value.hasPrefix(pattern.dropLast())
                || pattern.hasPrefix("*") && value.hasSuffix(pattern.dropFirst())
        }
    }
}

extension NetworkPolicies.End {
    /// What the certificate says that Istio gives to the pod's account.
    var principal: String? { account.map { "cluster.local/ns/\(namespace)/sa/\($0)" } }
}
