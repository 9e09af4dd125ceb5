import CheckCore
import HarnessSupport
import Tooling

/// The computed tables of `harness access` and `harness reach`.
public struct ClusterTables: Sendable {
    private let repository: Repository
    private let context: CheckContext

    public init(repository: Repository, toolbox: Toolbox) {
        self.repository = repository
        context = CheckContext(repository: repository, toolbox: toolbox)
    }

    /// Returns the allowed and denied actions, computed from roles and bindings.
    ///
    /// - Throws: `HarnessError` without a table; `Skipped`, `Tool.Missing`.
    public func access() async throws -> [[String]] {
        guard let path = AccessTable.files(in: repository).first, let table = AccessTable(path, in: repository) else {
            throw HarnessError("there is no \(AccessTable.fileName)", remedy: "run it in the repository that has one")
        }
        var lines = Lines(
            ["SUBJECT", "MAY", "VERBS", "NAMESPACE", "OVERLAYS", "NAME", "RESOURCES"], merges: [6, 3, 4])
        for cluster in try await ManifestSets(repository: repository).clusters(around: path, context) {
            let rights = AccessRights(cluster.objects)
            for (name, subject, _) in table.subjects {
                let grants = Dictionary(grouping: rights.grants(of: subject).map(\.action)) {
                    [$0.target, $0.name ?? "", $0.namespace ?? "(cluster)"]
                }
                for (key, actions) in grants {
                    let verbs = Set(actions.map(\.verb)).sorted().joined(separator: ",")
                    lines.add([name, "may", verbs, key[2], cluster.environment, key[1], key[0]])
                }
                for row in table.denied where row.who == name && cluster.has(environments: row.overlays) {
                    let inside = row.namespaces.filter(cluster.namespaces.contains)
                    if !row.namespaces.isEmpty, inside.isEmpty { continue }
                    let places: [String?] = row.namespaces.isEmpty ? [nil] + cluster.namespaces.sorted() : inside
                    let isDenied = !row.actions(in: places).contains { rights.allows(subject, $0) }
                    for place in row.namespaces.isEmpty ? ["(anywhere)"] : inside {
                        lines.add([
                            name, isDenied ? "may not" : "MAY", row.verbs.joined(separator: ","), place,
                            cluster.environment, row.name ?? "", row.targets.joined(separator: " "),
                        ])
                    }
                }
            }
        }
        return lines.merged(order: table.subjects.map(\.name))
    }

    /// Returns the allowed connections, by network policy and, in the mesh, by identity.
    ///
    /// - Throws: `HarnessError` without a table; `Skipped`, `Tool.Missing`.
    public func reach() async throws -> [[String]] {
        guard let path = ReachabilityTable.files(in: repository).first,
            let table = ReachabilityTable(for: path, in: repository)
        else {
            throw HarnessError("there is no reachability.yaml", remedy: "run it in the repository that has one")
        }
        var lines = Lines(["TO", "FROM", "PORT", "INSIDE", "NETWORK POLICY", "MESH POLICY", "OVERLAYS"], merges: [6])
        for cluster in try await ManifestSets(repository: repository).clusters(around: path, context) {
            let policies = NetworkPolicies(cluster.objects)
            let mesh = MeshPolicies(cluster.objects)
            let pods = PodSet.all(in: cluster.objects)
            let ends = pods.map { ($0.end, $0.ports) } + table.outside(of: cluster.objects).map { ($0, []) }
            let ports = Set(table.rows.map(\.port) + pods.flatMap(\.ports)).sorted()
            let ours = Set(pods.map(\.end.name))
            for (from, _) in ends {
                for (to, open) in ends
                where from.name != to.name && (ours.contains(from.name) || ours.contains(to.name)) {
                    for port in ports where policies.allows(from, to, port: port) {
                        let policy = [
                            policies.admitting(from, to, port: port)?.name,
                            policies.leaving(from, to, port: port)?.name,
                        ]
                        .compactMap { $0 }.joined(separator: " + ")
                        guard MeshPolicies.isMember(to), port == MeshPolicies.tunnel else {
                            lines.add([to.name, from.name, "\(port)", "", policy, "", cluster.environment])
                            continue
                        }
                        for inside in open.sorted() where mesh.allows(from, to, port: inside) {
                            let allowing = mesh.admitting(from, to, port: inside)?.name ?? ""
                            lines.add([
                                to.name, from.name, "\(port)", "\(inside)", policy, allowing, cluster.environment,
                            ])
                        }
                    }
                }
            }
        }
        return lines.merged(order: [])
    }

    /// Rows that differ in one column only become one.
    private struct Lines {
        let head: [String]
        let merges: [Int]
        private var rows: [[String]] = []

        init(_ head: [String], merges: [Int]) {
            self.head = head
            self.merges = merges
        }

        mutating func add(_ row: [String]) { rows.append(row) }

        func merged(order: [String]) -> [[String]] {
            var rows = rows
            for column in merges.reversed() {
                let groups = Dictionary(grouping: rows) { row in
                    row.enumerated().filter { $0.offset != column }.map(\.element)
                }
                rows = groups.values.map { same in
                    var row = same[0]
                    row[column] = Set(same.map { $0[column] }).sorted().joined(separator: " ")
                    return row
                }
            }
            let place = Dictionary(order.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            return [head]
                + rows.sorted { left, right in
                    let (a, b) = (place[left[0]] ?? 0, place[right[0]] ?? 0)
                    return a == b ? left.lexicographicallyPrecedes(right) : a < b
                }
        }
    }
}
