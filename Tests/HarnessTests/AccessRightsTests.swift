import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import DocumentModels
@testable import KubernetesModel
@testable import Submission

/// RBAC as the manual defines it.
@Suite("Access rights")
struct AccessRightsTests {
    private func rights(_ role: String, kind: String = "Role", binding: String = "RoleBinding") throws -> AccessRights {
        let text = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: \(kind)
            metadata: {name: clerk, namespace: shop}
            rules: [\(role)]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: \(binding)
            metadata: {name: clerk, namespace: shop}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: \(kind), name: clerk}
            subjects: [{kind: Group, name: clerks}]

            """
        return AccessRights(KubeObject.all(in: try YAMLTree(Array(text.utf8)), path: "a.yaml"))
    }

    private let clerks = AccessRights.Subject.group("clerks")

    private func may(
        _ rights: AccessRights, _ verb: String, _ target: String, name: String? = nil, in namespace: String? = "shop"
    ) -> Bool {
        rights.allows(clerks, AccessRights.Action(verb: verb, target: target, name: name, namespace: namespace))
    }

    @Test("apply only in the binding's namespace")
    func namespace() throws {
        let rights = try rights("{apiGroups: [\"\"], resources: [pods], verbs: [get]}")
        #expect(may(rights, "get", "pods"))
        #expect(!may(rights, "get", "pods", in: "store"))
        #expect(!may(rights, "get", "pods", in: nil))
        #expect(!may(rights, "list", "pods"))
    }

    @Test("of a ClusterRole bound in a namespace apply only there")
    func clusterRoleInNamespace() throws {
        let rule = "{apiGroups: [\"\"], resources: [pods], verbs: [get]}"
        let bound = try rights(rule, kind: "ClusterRole")
        #expect(may(bound, "get", "pods") && !may(bound, "get", "pods", in: "store"))
        let everywhere = try rights(rule, kind: "ClusterRole", binding: "ClusterRoleBinding")
        #expect(may(everywhere, "get", "pods", in: "store") && may(everywhere, "get", "pods", in: nil))
    }

    @Test("distinguish a subresource from its resource")
    func subresources() throws {
        let rights = try rights("{apiGroups: [apps], resources: [deployments, \"*/scale\"], verbs: [update]}")
        #expect(may(rights, "update", "deployments.apps"))
        #expect(may(rights, "update", "statefulsets.apps/scale"))
        #expect(!may(rights, "update", "deployments.apps/status"))
        #expect(!may(rights, "update", "statefulsets.apps"))
    }

    @Test("for the empty API group do not apply to other groups")
    func groups() throws {
        let rights = try rights("{apiGroups: [\"\"], resources: [\"*\"], verbs: [\"*\"]}")
        #expect(may(rights, "delete", "pods/exec"))
        #expect(!may(rights, "get", "deployments.apps"))
    }

    @Test("with resource names do not allow create and list")
    func names() throws {
        let rights = try rights(
            "{apiGroups: [\"\"], resources: [configmaps], resourceNames: [a], verbs: [get, list, create]}")
        #expect(may(rights, "get", "configmaps", name: "a"))
        #expect(!may(rights, "get", "configmaps", name: "b"))
        #expect(!may(rights, "list", "configmaps") && !may(rights, "create", "configmaps"))
    }

    @Test("to non-resource paths need a ClusterRoleBinding")
    func paths() throws {
        let rule = "{nonResourceURLs: [/readyz, \"/healthz/*\"], verbs: [get]}"
        let everywhere = try rights(rule, kind: "ClusterRole", binding: "ClusterRoleBinding")
        #expect(may(everywhere, "get", "/readyz", in: nil) && may(everywhere, "get", "/healthz/etcd", in: nil))
        #expect(!may(everywhere, "get", "/readyz/etcd", in: nil) && !may(everywhere, "post", "/readyz", in: nil))
        #expect(!may(try rights(rule, kind: "ClusterRole"), "get", "/readyz", in: nil))
    }

    @Test("of an aggregated role are those of the selected roles")
    func aggregation() throws {
        let text = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: all}
            aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: "yes"}}]}
            rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRole
            metadata: {name: part, labels: {part: "yes"}}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: ClusterRoleBinding
            metadata: {name: all}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
            subjects: [{kind: Group, name: clerks}]

            """
        let rights = AccessRights(KubeObject.all(in: try YAMLTree(Array(text.utf8)), path: "a.yaml"))
        #expect(may(rights, "get", "pods"))
        // What it says itself, the controller overwrites.
        #expect(!may(rights, "get", "secrets"))
    }

    @Test("of the group of all service accounts apply to each account")
    func accounts() throws {
        let text = """
            apiVersion: rbac.authorization.k8s.io/v1
            kind: Role
            metadata: {name: a, namespace: shop}
            rules: [{apiGroups: [""], resources: [pods], verbs: [get]}]
            ---
            apiVersion: rbac.authorization.k8s.io/v1
            kind: RoleBinding
            metadata: {name: a, namespace: shop}
            roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}
            subjects: [{kind: Group, name: "system:serviceaccounts:shop"}]

            """
        let rights = AccessRights(KubeObject.all(in: try YAMLTree(Array(text.utf8)), path: "a.yaml"))
        let action = AccessRights.Action(verb: "get", target: "pods", namespace: "shop")
        #expect(rights.allows(.account(namespace: "shop", name: "till"), action))
        #expect(!rights.allows(.account(namespace: "store", name: "till"), action))
        #expect(!rights.allows(.user("till"), action))
    }
}
