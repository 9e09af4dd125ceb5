import CheckCore
import KubernetesModel

/// Finds subjects that can gain the rights of another account, which only shows across roles and accounts.
struct Escalation: ManifestRule {
    let name = "k8s-escalation"
    let summary = "no subject can start pods under a stronger account or read all secrets of a namespace"
    let advice = Advice.everything

    /// Resources whose author chooses the service account of the pods.
    private static let podMakers = [
        "pods", "replicationcontrollers", "deployments.apps", "statefulsets.apps", "daemonsets.apps",
        "replicasets.apps", "jobs.batch", "cronjobs.batch", "inferenceservices.serving.kserve.io",
        "servingruntimes.serving.kserve.io", "trainjobs.trainer.kubeflow.org",
    ]

    func findings(in scene: ManifestSet) -> [Finding] {
        let rights = AccessRights(scene.cluster)
        let own = Set(scene.objects.filter { $0.kind.hasSuffix("Role") }.map(\.identity))
        let accounts = scene.cluster.filter { $0.kind == "ServiceAccount" }
        return Set(rights.subjects.map(\.subject)).sorted { "\($0)" < "\($1)" }.flatMap { subject -> [Finding] in
            let grants = rights.grants(of: subject).filter { own.contains($0.role.identity) }
            return secrets(subject, grants) + pods(subject, grants, rights, accounts)
        }
    }

    private func secrets(_ subject: AccessRights.Subject, _ grants: [AccessRights.Grant]) -> [Finding] {
        let reading = grants.filter {
            ["secrets", "*"].contains($0.action.target) && $0.action.name == nil
                && ["get", "list", "watch", "*"].contains($0.action.verb)
        }
        return Dictionary(grouping: reading) { $0.place }.values.map { same in
            let places = Set(same.map { $0.action.namespace ?? "the cluster" }).sorted().joined(separator: ", ")
            return same[0].role.finding(
                "\(name)/secrets", at: same[0].place,
                "the \(subject) can read every secret of \(places), including tokens of service accounts",
                remedy: "name the secrets with resourceNames and the verb get")
        }
    }

    private func pods(
        _ subject: AccessRights.Subject, _ grants: [AccessRights.Grant], _ rights: AccessRights,
        _ accounts: [KubeObject]
    ) -> [Finding] {
        let making = grants.filter {
            Self.podMakers.contains($0.action.target) && ["create", "update", "patch", "*"].contains($0.action.verb)
        }
        var findings: [Finding] = []
        var seen: Set<[String]> = []
        for grant in making {
            let namespace = grant.action.namespace
            for account in accounts where namespace == nil || account.namespace == namespace {
                let other = AccessRights.Subject.account(namespace: account.namespace, name: account.name)
                let gained = rights.grants(of: other).map(\.action).first { !rights.allows(subject, $0) }
                guard let gained, other != subject, seen.insert([grant.action.target, "\(other)"]).inserted else {
                    continue
                }
                findings.append(
                    grant.role.finding(
                        "\(name)/account", at: grant.place,
                        "the \(subject) can start pods by \(grant.action.target) under the \(other), which may \(gained)",
                        remedy: "move the account to its own namespace, or remove the right"))
            }
        }
        return findings
    }

    var explanations: [String: String] {
        [
            "account":
                "A subject may start pods in a namespace, and a pod can use each service account there. The subject thereby gains the account's rights. Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
            "secrets":
                "A subject may list the secrets of a namespace, among them tokens of service accounts. Source: https://kubernetes.io/docs/concepts/security/rbac-good-practices/",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func clerk(_ resource: String, _ group: String, _ verb: String, names: String = "") -> [String: String] {
            Sample.adding(
                """
                apiVersion: rbac.authorization.k8s.io/v1
                kind: Role
                metadata: {name: clerk, namespace: shop}
                rules:
                  - apiGroups: ["\(group)"]
                    resources: [\(resource)]
                    verbs: [\(verb)]
                \(names)
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: RoleBinding
                metadata: {name: clerk, namespace: shop}
                roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: clerk}
                subjects: [{kind: Group, name: clerks, apiGroup: rbac.authorization.k8s.io}]

                """, as: "k8s/clerk.yaml")
        }
        return [
            .sound("an application", Sample.files),
            .sound("one secret by name", clerk("secrets", "", "get", names: "    resourceNames: [shop]")),
            .sound("somebody who looks at pods", clerk("pods", "", "get")),
            .broken("every secret of a namespace", clerk("secrets", "", "list"), triggers: "secrets"),
            .broken("pods under another's account", clerk("pods", "", "create"), triggers: "account"),
            .broken("jobs under another's account", clerk("cronjobs", "batch", "patch"), triggers: "account"),
            .broken(
                "models under another's account", clerk("inferenceservices", "serving.kserve.io", "create"),
                triggers: "account"),
        ]
    }
}
