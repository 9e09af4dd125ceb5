import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks that the roles and bindings of each cluster grant exactly what `access.yaml` lists.
struct Access: Check {
    let name = "k8s-access"
    let summary = "roles grant exactly what access.yaml allows, and access.yaml lists denied actions for each subject"
    let isBatched = false
    let weight = 4.0

    func subjects(in repository: Repository) -> [Subject] {
        AccessTable.files(in: repository).map {
            Subject(path: $0, inputs: [$0] + ManifestSets(repository: repository).files(around: $0))
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            // The check `yaml` reports an unreadable table.
            guard let table = AccessTable(subject.path, in: context.repository) else { continue }
            let clusters = try await ManifestSets(repository: context.repository).clusters(
                around: subject.path, context)
            findings += Comparison(name: name, table: table, clusters: clusters).findings
        }
        return findings
    }

    private struct Comparison {
        let name: String
        let table: AccessTable
        let clusters: [Cluster]

        var findings: [Finding] {
            table.unreadable.map {
                finding(
                    "row", $0, "the row is incomplete",
                    "a subject has user, group or account; a row has who, can and on")
            } + unknown + clusters.flatMap(compare)
        }

        /// Finds names in the table that no cluster has, and subjects without a row for denied actions.
        private var unknown: [Finding] {
            let namespaces = clusters.reduce(into: Set<String>()) { $0.formUnion($1.namespaces) }
            let bound = Set(clusters.flatMap { AccessRights($0.objects).subjects.map(\.subject) })
            let accounts = Set(clusters.flatMap { Self.accounts($0).map(\.subject) })
            let environments = Set(clusters.map(\.environment))
            let rows = table.allowed + table.denied
            return table.subjects.flatMap { name, subject, node -> [Finding] in
                var findings: [Finding] = []
                if !bound.contains(subject), !accounts.contains(subject) {
                    findings.append(
                        finding(
                            "unknown", node, "no manifest defines the \(subject)", "correct the name, or remove the row"
                        ))
                }
                if !table.denied.contains(where: { $0.who == name }) {
                    findings.append(
                        finding(
                            "undenied", node, "no row lists an action that \(name) is denied",
                            "add a row with a denied action that is close to the allowed ones"))
                }
                return findings
            }
                + rows.flatMap { row -> [Finding] in
                    var wrong = row.namespaces.filter { !namespaces.contains($0) }.map { "the namespace \($0)" }
                    wrong += row.overlays.filter { !environments.contains($0) }.map { "the overlay \($0)" }
                    if !table.subjects.contains(where: { $0.name == row.who }) {
                        wrong.append("the subject \(row.who)")
                    }
                    return wrong.map { finding("unknown", row.node, "missing: \($0)", "correct the name") }
                }
        }

        private func compare(_ cluster: Cluster) -> [Finding] {
            let rights = AccessRights(cluster.objects)
            let namespaces = cluster.namespaces.sorted()
            var findings: [Finding] = []
            for (name, subject, _) in table.subjects {
                var wanted: Set<AccessRights.Action> = []
                for row in table.allowed where row.who == name && cluster.has(environments: row.overlays) {
                    let places: [String?] = row.namespaces.isEmpty ? [nil] : row.namespaces.filter(namespaces.contains)
                    for action in row.actions(in: places) {
                        wanted.insert(action)
                        guard !rights.allows(subject, action) else { continue }
                        findings.append(
                            finding(
                                "lacks", row.node, "\(name) may not \(action)\(cluster.suffix)",
                                "grant the action in a role, or remove it from the row"))
                    }
                }
                for row in table.denied where row.who == name && cluster.has(environments: row.overlays) {
                    let places =
                        row.namespaces.isEmpty ? [nil] + namespaces : row.namespaces.filter(namespaces.contains)
                    for action in row.actions(in: places) where rights.allows(subject, action) {
                        findings.append(
                            finding(
                                "granted", row.node, "\(name) may \(action)\(cluster.suffix)",
                                "narrow the role that grants it"))
                        break
                    }
                }
                for grant in rights.grants(of: subject) where !wanted.contains(grant.action) {
                    findings.append(
                        grant.role.finding(
                            "\(self.name)/unwanted", at: grant.place,
                            "\(name) may \(grant.action)\(cluster.suffix), which \(table.path.lastPathPart) does not allow",
                            remedy: "narrow the rule, or allow the action in a row"))
                }
            }
            return findings + unnamed(cluster, rights)
        }

        /// Every service account, and every subject with rights, is listed in the table.
        private func unnamed(_ cluster: Cluster, _ rights: AccessRights) -> [Finding] {
            let named = Set(table.subjects.map(\.subject))
            let bound = rights.subjects.map { ($0.subject, $0.binding, Optional($0.place)) }
            return (bound + Self.accounts(cluster).map { ($0.subject, $0.object, nil) })
                .filter { !named.contains($0.0) }.map { subject, object, place in
                    object.finding(
                        "\(name)/unnamed", at: place,
                        "the \(subject) is not in \(table.path.lastPathPart)\(cluster.suffix)",
                        remedy: "add it to `subjects`, with rows for allowed and for denied actions")
                }
        }

        private static func accounts(
            _ cluster: Cluster
        ) -> [(subject: AccessRights.Subject, object: KubeObject)] {
            cluster.objects.filter { $0.kind == "ServiceAccount" }.map {
                (.account(namespace: $0.namespace, name: $0.name), $0)
            }
        }

        private func finding(_ rule: String, _ node: YAMLNode, _ message: String, _ remedy: String) -> Finding {
            Finding(rule: "\(name)/\(rule)", path: table.path, line: node.line, message: message, remedy: remedy)
        }
    }

    var explanations: [String: String] {
        [
            "granted":
                "A role grants a right that access.yaml denies.",
            "lacks":
                "access.yaml promises a right that no role grants.",
            "row":
                "A row of access.yaml is incomplete, so nothing can be compared with it.",
            "undenied":
                "access.yaml lists what a subject may do but nothing that it may not. A grant that is too wide would pass unnoticed.",
            "unknown":
                "access.yaml names a service account that no manifest creates.",
            "unnamed":
                "A binding grants rights to a subject that access.yaml does not list.",
            "unwanted":
                "A role grants a right that no row of access.yaml allows.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let table = """
            subjects:
              till: {account: shop/shop}
            allowed:
              - {who: till, can: [get], on: [configmaps], in: [shop]}
            denied:
              - {who: till, can: [list, delete], on: [configmaps, secrets]}

            """
        func with(_ files: [String: String], _ table: String = table) -> [String: String] {
            files.merging(["k8s/access.yaml": table]) { $1 }
        }
        func rule(_ new: String) -> [String: String] {
            with(Sample.with("resources: [configmaps]\n    verbs: [get]", new, in: "rights"))
        }
        let group = "subjects:\n  - kind: ServiceAccount\n    name: shop\n    namespace: shop"
        return [
            .sound("an application", with(Sample.files)),
            .broken("a verb too many", rule("resources: [configmaps]\n    verbs: [get, patch]"), triggers: "unwanted"),
            .broken(
                "a verb that is denied", rule("resources: [configmaps]\n    verbs: [get, list]"), triggers: "unwanted",
                "granted"),
            .broken(
                "every verb, which holds the denied ones", rule("resources: [configmaps]\n    verbs: [\"*\"]"),
                triggers: "unwanted", "granted"),
            .broken("a right taken away", rule("resources: [pods]\n    verbs: [get]"), triggers: "lacks", "unwanted"),
            .broken(
                "one object instead of all",
                rule("resources: [configmaps]\n    resourceNames: [shop]\n    verbs: [get]"), triggers: "lacks",
                "unwanted"),
            .broken(
                "a role for the cluster",
                with(
                    Sample.files.mapValues {
                        $0.replacing("kind: RoleBinding", with: "kind: ClusterRoleBinding").replacing(
                            "kind: Role\n", with: "kind: ClusterRole\n")
                    }), triggers: "unwanted"),
            .broken(
                "somebody whom the table does not name",
                with(Sample.with(group, "subjects:\n  - kind: Group\n    name: everybody", in: "rights")),
                triggers: "unnamed", "lacks"),
            .broken(
                "nothing that is denied", with(Sample.files, table.replacing("can: [list, delete]", with: "can: []")),
                triggers: "undenied", "row"),
            .broken(
                "a subject that does not exist",
                with(Sample.files, table.replacing("shop/shop", with: "shop/clerk")), triggers: "lacks", "unknown",
                "unnamed"),
            .broken(
                "a row about a namespace that does not exist",
                with(Sample.files, table.replacing("in: [shop]", with: "in: [store]")), triggers: "unknown", "unwanted"),
        ]
    }
}
