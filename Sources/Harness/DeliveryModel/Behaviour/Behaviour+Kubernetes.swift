import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

extension Behaviour {
    /// - Parameter cache: a folder that keeps facts by a digest of their inputs.
    /// - Throws: `Tool.Missing`; `CancellationError`.
    package init(of repository: Repository, toolbox: Toolbox, cache: String) async throws {
        let context = CheckContext(repository: repository, toolbox: toolbox)
        let kept = KeptFacts(folder: cache)
        self.init()
        try await Self.renderAll(in: context)
        let sets = ManifestSets(repository: repository)
        for top in Set(sets.subjects.map { ($0.path + "/").topFolder }).sorted() {
            do {
                let table = ReachabilityTable.files(in: repository).first { $0.topFolder == top }
                for cluster in try await sets.clusters(around: top + "/", context) {
                    let place = [top, cluster.environment].filter { !$0.isEmpty }.joined(separator: " ")
                    let tableBytes = table.flatMap(repository.bytes) ?? []
                    add(
                        kept.facts(of: cluster.objects, and: [Array(place.utf8), tableBytes]) {
                            [
                                .access: Self.access(cluster.objects, place),
                                .reach: Self.reach(
                                    cluster.objects, place, table.flatMap { ReachabilityTable(for: $0, in: repository) }
                                ),
                                .alerts: Self.alerts(cluster.objects, place),
                            ]
                        })
                }
            } catch let skipped as Skipped {
                leaveOut(top.shownPath, skipped.reason)
            }
        }
        for path in ClusterFile.files(in: repository) {
            do {
                let file = try ClusterFile(path, in: repository)
                add([.cost: Self.cost(ClusterCost(file))])
                let objects = try await file.objects(in: context)
                let inputs = [path, ClusterFile.cloudsPath(for: path)].map { repository.bytes(of: $0) ?? [] }
                add(try kept.facts(of: objects, and: inputs) { [.placement: try Self.placement(file, objects)] })
            } catch let skipped as Skipped {
                leaveOut(path, skipped.reason)
            } catch let error as HarnessError {
                leaveOut(path, error.message)
            }
        }
        add(Self.terraform(in: repository))
        add([.alerts: Self.ruleFiles(in: repository)])
    }

    /// Renders every overlay, a few at a time; reading an overlay throws its error.
    private static func renderAll(in context: CheckContext) async throws {
        let overlays = context.repository.kustomizations.overlays
        await withTaskGroup(of: Void.self) { group in
            for (index, overlay) in overlays.enumerated() {
                if index >= 4 { await group.next() }
                group.addTask { _ = try? await context.repository.renderings.rendering(of: overlay, in: context) }
            }
        }
        try Task.checkCancellation()
    }

    /// `user x: pods in shop [k8s production]` → `get, list`.
    private static func access(_ objects: [KubeObject], _ place: String) -> Facts {
        let rights = AccessRights(objects)
        var facts: Facts = [:]
        for (subject, binding, _) in rights.subjects {
            let reference = binding.node["roleRef"]
            let role = "\(reference?["kind"]?.text ?? "") \(reference?["name"]?.text ?? "")"
            if !objects.contains(where: { "\($0.kind) \($0.name)" == role }) {
                let scope = binding.kind == "ClusterRoleBinding" ? "everywhere" : "in \(binding.namespace)"
                facts["\(subject): \(role) \(scope) [\(place)]"] = "bound"
            }
        }
        for subject in Set(rights.subjects.map(\.subject)) {
            for action in rights.grants(of: subject).map(\.action) {
                let target = action.target + (action.name.map { " \($0)" } ?? "")
                let scope = action.namespace.map { "in \($0)" } ?? "everywhere"
                facts["\(subject): \(target) \(scope) [\(place)]", default: action.verb].join(action.verb)
            }
        }
        return facts
    }

    /// `web to store [k8s production]` → `8080`.
    private static func reach(_ objects: [KubeObject], _ place: String, _ table: ReachabilityTable?) -> Facts {
        let (policies, mesh) = (NetworkPolicies(objects), MeshPolicies(objects))
        let pods = PodSet.all(in: objects)
        // RFC 5737 reserves this address for documentation, so no pod has it and no private range contains it.
        let outside =
            table?.outside(of: objects) ?? [NetworkPolicies.End(name: "internet", address: "203.0.113.1")]
        let ends = pods.map { ($0.end, $0.ports) } + outside.map { ($0, []) }
        let ours = Set(pods.map(\.end.name))
        let known = Set((table?.rows.map(\.port) ?? []) + pods.flatMap(\.ports) + policies.ports)
        var facts: Facts = [:]
        for (from, _) in ends {
            for (to, open) in ends
            where from.name != to.name && (ours.contains(from.name) || ours.contains(to.name)) {
                let ports = open.isEmpty ? known : open.union([MeshPolicies.tunnel])
                for port in ports.sorted() where policies.allows(from, to, port: port) {
                    let isTunnel = MeshPolicies.isMember(to) && port == MeshPolicies.tunnel
                    let inside = isTunnel ? open.filter { mesh.allows(from, to, port: $0) }.sorted() : []
                    if isTunnel, inside.isEmpty { continue }
                    for text in isTunnel ? inside.map({ "\($0) in the mesh" }) : ["\(port)"] {
                        facts["\(from.name) to \(to.name) [\(place)]", default: text].join(text)
                    }
                }
            }
        }
        return facts
    }

    private static func placement(_ file: ClusterFile, _ objects: [KubeObject]) throws -> Facts {
        let report = try ClusterReport(file, objects, scenario: "normal")
        var facts: Facts = [:]
        for node in report.nodes { for pod in node.pods { facts["\(report.cluster): \(pod)"] = node.name } }
        for pod in report.pending { facts["\(report.cluster): \(pod.pod)"] = "pending: \(pod.why)" }
        for row in report.scenarios where row.scenario != "normal" {
            facts["\(report.cluster), \(row.scenario)"] =
                "\(row.pending) pending; runs on, at least: \(row.least); at worst: \(row.leastAtWorst)"
        }
        return facts
    }

    private static func cost(_ cost: ClusterCost) -> Facts {
        var facts = ["\(cost.cluster): in all": "$\(ClusterCost.dollars(cost.always)) an hour"]
        for line in cost.lines {
            let text = "\(line.count) × $\(line.price) an hour" + (line.duration.map { " while \($0)" } ?? "")
            facts["\(cost.cluster): \(line.what)", default: text].join(text)
        }
        return facts
    }
}

extension String {
    fileprivate mutating func join(_ other: String) { self = Behaviour.joined(self, other) }
}

/// Facts on disk, by a digest of their inputs.
private struct KeptFacts {
    let folder: String
    private static let program =
        SourceDigest.documentModels + SourceDigest.kubernetesModel + SourceDigest.deliveryModel

    func facts(
        of objects: [KubeObject], and inputs: [[UInt8]], _ make: () throws -> [Behaviour.Aspect: Behaviour.Facts]
    ) rethrows -> [Behaviour.Aspect: Behaviour.Facts] {
        var trees: Set<String> = []
        var seen: Set<ObjectIdentifier> = []
        for object in objects where seen.insert(ObjectIdentifier(object.node.tree)).inserted {
            trees.insert(Digest.of(object.node.tree.bytes).hex)
        }
        // Objects that were excluded from an equal text count too.
        let identities = Digest.of(objects.map { $0.identity.joined(separator: "/") }.joined(separator: "\n").utf8).hex
        let key = Digest.of(
            ([Self.program, identities] + trees.sorted() + inputs.map { Digest.of($0).hex }).joined(separator: "\n")
                .utf8)
        let file = folder.appendingPath("facts-\(key.hex).json")
        if let data = FileManager.default.contents(atPath: file),
            let kept = try? JSONDecoder().decode([Behaviour.Aspect: Behaviour.Facts].self, from: data)
        {
            return kept
        }
        let fresh = try make()
        if let data = try? JSONEncoder().encode(fresh) {
            try? data.write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        return fresh
    }
}
