import Testing

@testable import DocumentModels
@testable import KubernetesModel
@testable import Submission

/// Network policies as the manual defines them.
@Suite("Network policies")
struct NetworkPolicyTests {
    private func policies(_ specs: String...) throws -> NetworkPolicies {
        let text = specs.map {
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: a, namespace: shop}\nspec: \($0)\n"
        }.joined(separator: "---\n")
        return NetworkPolicies(KubeObject.all(in: try YAMLTree(Array(text.utf8)), path: "a.yaml"))
    }

    private let till = NetworkPolicies.End(
        name: "till", namespace: "shop", namespaceLabels: ["kubernetes.io/metadata.name": "shop"],
        labels: ["app": "till"],
        ports: ["http": 8080])
    private let store = NetworkPolicies.End(
        name: "store", namespace: "shop", namespaceLabels: ["kubernetes.io/metadata.name": "shop"],
        labels: ["app": "store"], ports: ["http": 8080])
    private let guest = NetworkPolicies.End(
        name: "guest", namespace: "other", namespaceLabels: ["kubernetes.io/metadata.name": "other"],
        labels: ["app": "till"])
    private let internet = NetworkPolicies.End(name: "internet", address: "203.0.113.10")

    @Test("allow everything if none selects the pod")
    func none() throws {
        let policies = try policies("{podSelector: {matchLabels: {app: nobody}}}")
        #expect(policies.allows(till, store, port: 80))
    }

    @Test("that select a pod without rules deny everything")
    func denyAll() throws {
        let policies = try policies("{podSelector: {}, policyTypes: [Ingress, Egress]}")
        #expect(!policies.allows(till, store, port: 8080))
        #expect(!policies.allows(guest, store, port: 8080))
        #expect(!policies.allows(till, internet, port: 443))
    }

    @Test("need both sides: an open ingress does not open the caller's egress")
    func bothSides() throws {
        let deny = "{podSelector: {}, policyTypes: [Ingress, Egress]}"
        let ingress =
            "{podSelector: {matchLabels: {app: store}}, ingress: [{from: [{podSelector: {matchLabels: {app: till}}}]}]}"
        let egress =
            "{podSelector: {matchLabels: {app: till}}, policyTypes: [Egress], egress: [{to: [{podSelector: {}}]}]}"
        #expect(try !policies(deny, ingress).allows(till, store, port: 8080))
        #expect(try !policies(deny, egress).allows(till, store, port: 8080))
        #expect(try policies(deny, ingress, egress).allows(till, store, port: 8080))
    }

    @Test("with only a pod selector match pods of their own namespace")
    func ownNamespace() throws {
        let policies = try policies("{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: till}}}]}]}")
        #expect(policies.allows(till, store, port: 80))
        #expect(!policies.allows(guest, store, port: 80))
    }

    @Test("combine both selectors of one peer with AND, and several peers with OR")
    func selectors() throws {
        let one =
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, podSelector: {matchLabels: {app: store}}}]}]}"
        let two =
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}, {podSelector: {matchLabels: {app: store}}}]}]}"
        #expect(try !policies(one).allows(guest, store, port: 80))
        #expect(try policies(two).allows(guest, store, port: 80))
    }

    @Test("open ports by number, name and range, and no others")
    func ports() throws {
        let policies = try policies(
            "{podSelector: {}, ingress: [{ports: [{port: http}, {port: 9000, endPort: 9010}]}]}")
        #expect(policies.allows(guest, store, port: 8080))
        #expect(policies.allows(guest, store, port: 9005))
        #expect(!policies.allows(guest, store, port: 9011))
    }

    @Test("allow address blocks without their exceptions")
    func blocks() throws {
        let egress = { (block: String) in
            "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: \(block)}]}]}"
        }
        #expect(try policies(egress("{cidr: 203.0.113.0/24}")).allows(till, internet, port: 443))
        #expect(try !policies(egress("{cidr: 203.0.114.0/24}")).allows(till, internet, port: 443))
        #expect(try !policies(egress("{cidr: 0.0.0.0/0, except: [203.0.113.0/28]}")).allows(till, internet, port: 443))
    }

    @Test("without policyTypes cover egress if they have egress rules")
    func impliedTypes() throws {
        let policies = try policies("{podSelector: {matchLabels: {app: till}}, egress: [{to: [{podSelector: {}}]}]}")
        #expect(!policies.allows(till, internet, port: 443))
        #expect(policies.allows(store, internet, port: 443))
    }
}
