import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that roles and admission policies use no wildcards, and that roles allow no escalation and are bound.
struct Rights: ManifestRule {
    let name = "k8s-rights"
    let summary = "roles use no wildcards, do not allow privilege escalation, and are bound"
    let advice = Advice.rules("escalation", "everyone", "secrets", "unused", "wildcard")

    func findings(in scene: ManifestSet) -> [Finding] {
        lazy var bound = Self.bound(scene)
        lazy var used = Self.used(scene)
        return scene.objects.flatMap { object -> [Finding] in
            switch object.kind {
            case "Role", "ClusterRole": rules(object, scene) + unbound(object, bound)
            case "RoleBinding", "ClusterRoleBinding": binding(object, used, scene)
            case "ValidatingAdmissionPolicy": admission(object)
            default: []
            }
        }
    }

    /// An expression for pods fails on other kinds, and the API server refuses an object on which it fails.
    private func admission(_ object: KubeObject) -> [Finding] {
        (object.spec?["matchConstraints", "resourceRules"]).elements.flatMap { $0["resources"].elements }
            .filter { $0.text.hasPrefix("*") }.map { place in
                object.finding(
                    "\(name)/wildcard", at: place, "the policy matches the resources `\(place.text)`",
                    remedy: "list the resources that its expressions check")
            }
    }

    private func rules(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        object.node["rules"].elements.flatMap { rule -> [Finding] in
            var findings: [Finding] = []
            for field in ["apiGroups", "resources", "verbs", "nonResourceURLs"] {
                for place in rule[field].elements where place.text.contains("*") {
                    findings.append(
                        object.finding(
                            "\(name)/wildcard", at: place, "allows `\(place.text)` in \(field)",
                            remedy: "list only what is needed"))
                }
            }
            let verbs = Set(rule["verbs"].elements.map(\.text))
            for place in rule["verbs"].elements where ["escalate", "bind", "impersonate"].contains(place.text) {
                findings.append(
                    object.finding(
                        "\(name)/escalation", at: place, "the verb \(place.text) leads to every other right",
                        remedy: "remove it"))
            }
            for place in rule["resources"].elements {
                guard let wrong = Self.dangerous[place.text], !wrong.isDisjoint(with: verbs) else { continue }
                findings.append(
                    object.finding(
                        "\(name)/escalation", at: place,
                        "\(wrong.intersection(verbs).sorted().joined(separator: ", ")) on \(place.text) leads to further rights",
                        remedy: "remove it"))
            }
            if let place = rule["resources"].elements.first(where: { $0.text == "secrets" }),
                rule["resourceNames"] == nil,
                !verbs.isDisjoint(with: ["get", "list", "watch"]), isClusterWide(object, scene)
            {
                findings.append(
                    object.finding(
                        "\(name)/secrets", at: place, "can read every secret of the cluster",
                        remedy: "bind the role in the namespaces that need it, or list the secrets"))
            }
            return findings
        }
    }

    /// Resources that give further rights to whoever may write them or, for some, use them.
    private static let dangerous: [String: Set<String>] = {
        let writing: Set<String> = ["create", "update", "patch"]
        var all: [String: Set<String>] = [
            "pods/exec": ["create", "get"], "pods/attach": ["create", "get"], "nodes/proxy": ["create", "get"],
            "serviceaccounts/token": ["create"], "pods/ephemeralcontainers": ["update", "patch"],
        ]
        for resource in [
            "roles", "rolebindings", "clusterroles", "clusterrolebindings", "validatingwebhookconfigurations",
            "mutatingwebhookconfigurations", "certificatesigningrequests/approval",
        ] { all[resource] = writing }
        return all
    }()

    private func isClusterWide(_ role: KubeObject, _ scene: ManifestSet) -> Bool {
        role.kind == "ClusterRole"
            && scene.cluster.contains {
                $0.kind == "ClusterRoleBinding" && $0.node["roleRef", "name"]?.text == role.name
            }
    }

    /// Roles that a binding names: kind, name and, for a Role, namespace.
    private static func bound(_ scene: ManifestSet) -> Set<[String]> {
        Set(
            scene.cluster.filter { $0.kind.hasSuffix("RoleBinding") }.map { binding in
                let role = binding.node["roleRef"]
                let kind = role?["kind"]?.text ?? ""
                return [kind, role?["name"]?.text ?? "", kind == "ClusterRole" ? "" : binding.namespace]
            })
    }

    /// The accounts of pods, as namespace and name; prometheus-operator creates the pods of its objects.
    private static func used(_ scene: ManifestSet) -> Set<[String]> {
        let operated = scene.cluster.filter { $0.group == "monitoring.coreos.com" }
        return Set(
            scene.clusterWorkloads.map { [$0.namespace, $0.serviceAccount] }
                + operated.map { [$0.namespace, $0.spec?["serviceAccountName"]?.text ?? ""] })
    }

    /// Whether the binding's role may change everything: `cluster-admin`, `admin`, `edit`, or every verb on every resource.
    private func grantsEverything(_ binding: KubeObject, _ scene: ManifestSet) -> Bool {
        guard let name = binding.node["roleRef", "name"]?.text else { return false }
        if ["cluster-admin", "admin", "edit"].contains(name) { return true }
        let isEvery = { (rule: YAMLNode, field: String) in rule[field].elements.contains { $0.text == "*" } }
        return scene.cluster.contains { role in
            role.kind == binding.node["roleRef", "kind"]?.text && role.name == name
                && (role.kind == "ClusterRole" || role.namespace == binding.namespace)
                && role.node["rules"].elements.contains {
                    isEvery($0, "verbs") && isEvery($0, "resources") && isEvery($0, "apiGroups")
                }
        }
    }

    private func unbound(_ object: KubeObject, _ bound: Set<[String]>) -> [Finding] {
        let isAggregated = object.labels.keys.contains { $0.hasPrefix("rbac.authorization.k8s.io/aggregate-to-") }
        guard !isAggregated, object.node["aggregationRule"] == nil else { return [] }
        let namespace = object.kind == "ClusterRole" ? "" : object.namespace
        if bound.contains([object.kind, object.name, namespace]) { return [] }
        return [object.finding("\(name)/unused", "no binding uses the role", remedy: "bind the role, or remove it")]
    }

    private func binding(_ object: KubeObject, _ used: Set<[String]>, _ scene: ManifestSet) -> [Finding] {
        var findings: [Finding] = []
        if let role = object.node["roleRef", "name"], ["cluster-admin", "admin", "edit"].contains(role.text) {
            findings.append(
                object.finding(
                    "\(name)/escalation", at: role, "grants \(role.text)",
                    remedy: "bind a role that lists only what is needed"))
        }
        for subject in object.node["subjects"].elements {
            guard let place = subject["name"] else { continue }
            if ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:serviceaccounts"]
                .contains(place.text)
            {
                let isPowerful = grantsEverything(object, scene)
                findings.append(
                    object.finding(
                        "\(name)/\(isPowerful ? "open" : "everyone")", at: place,
                        isPowerful ? "grants full control to everybody" : "grants rights to everybody",
                        remedy: "bind one service account"))
            }
            guard subject["kind"]?.text == "ServiceAccount" else { continue }
            if place.text == "default" {
                findings.append(
                    object.finding(
                        "\(name)/everyone", at: place, "grants rights to every pod without its own service account",
                        remedy: "create a service account for the pod"))
                continue
            }
            let namespace = subject["namespace"]?.text ?? object.namespace
            if !used.contains([namespace, place.text]), scene.find("ServiceAccount", place.text, in: namespace) != nil {
                findings.append(
                    object.finding(
                        "\(name)/unused", at: place, "grants rights to \(place.text), which no pod uses",
                        remedy: "bind the account of the pod that needs the rights, or remove the binding"))
            }
        }
        return findings
    }

    var explanations: [String: String] {
        [
            "escalation":
                "The right leads to every other right: impersonate, bind or escalate. Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
            "everyone":
                "The binding is for the default service account, which every pod without an account of its own has.",
            "open":
                "Everybody who can reach the API server, or every pod, may change everything.",
            "secrets":
                "The role can read every secret of the cluster.",
            "unused":
                "No binding names the role.",
            "wildcard":
                "The rule grants `*`, which includes resources that do not exist yet.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func rule(_ old: String, _ new: String) -> [String: String] { Sample.with(old, new, in: "rights") }
        let clusterRole = (Sample.files["k8s/rights.yaml"] ?? "")
            .replacing("kind: Role\n", with: "kind: ClusterRole\n").replacing(
                "kind: RoleBinding", with: "kind: ClusterRoleBinding"
            )
            .replacing("[configmaps]", with: "[secrets]")
        return [
            .sound("an application", Sample.files),
            .broken(
                "an admission policy about everything",
                Sample.adding(
                    "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: a}\nspec:\n  matchConstraints:\n    resourceRules: [{apiGroups: [\"\"], apiVersions: [v1], operations: [CREATE], resources: [\"*\"]}]\n",
                    as: "k8s/policy.yaml"), triggers: "wildcard"),
            .broken(
                "full control for everybody with an account",
                [
                    "a.yaml":
                        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}\nsubjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:authenticated'}]\n"
                ],
                triggers: "escalation", "open"),
            .broken(
                "every right for every service account",
                [
                    "a.yaml":
                        "apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: a}\nrules: [{apiGroups: ['*'], resources: ['*'], verbs: ['*']}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: a}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: a}\nsubjects: [{apiGroup: rbac.authorization.k8s.io, kind: Group, name: 'system:serviceaccounts'}]\n"
                ],
                triggers: "open", "wildcard"),
            .broken("every verb", rule("verbs: [get]", "verbs: [\"*\"]"), triggers: "wildcard"),
            .broken("every resource", rule("[configmaps]", "[\"*\"]"), triggers: "wildcard"),
            .broken("every group", rule("apiGroups: [\"\"]", "apiGroups: [\"*\"]"), triggers: "wildcard"),
            .broken("impersonation", rule("verbs: [get]", "verbs: [impersonate]"), triggers: "escalation"),
            .broken(
                "a shell in every pod", rule("[configmaps]\n    verbs: [get]", "[pods/exec]\n    verbs: [create]"),
                triggers: "escalation"),
            .broken(
                "roles that it can write",
                rule("[configmaps]\n    verbs: [get]", "[rolebindings]\n    verbs: [create]"), triggers: "escalation"),
            .broken("every secret", Sample.adding(clusterRole, as: "k8s/rights.yaml"), triggers: "secrets"),
            .broken(
                "a role that nobody has",
                rule("kind: Role\n  name: shop\nsubjects", "kind: Role\n  name: store\nsubjects"), triggers: "unused"),
            .broken(
                "rights of an account that no pod uses",
                Sample.with("serviceAccountName: shop", "serviceAccountName: other", in: "deployment"),
                triggers: "unused"),
            .broken(
                "rights for every pod",
                rule("- kind: ServiceAccount\n    name: shop", "- kind: ServiceAccount\n    name: default"),
                triggers: "everyone"),
            .broken(
                "all rights",
                rule("kind: Role\n  name: shop\nsubjects", "kind: ClusterRole\n  name: cluster-admin\nsubjects"),
                triggers: "escalation", "unused"),
        ]
    }
}
