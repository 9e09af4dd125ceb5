import CheckCore
import DocumentModels
import HarnessSupport
import Tooling

/// The output of `harness schedule` for a cluster.
public struct ClusterReport: Encodable, Sendable {
    public let cluster: String
    public let scenarios: [Row]
    /// The results of the requested scenario.
    public let nodes: [Node]
    public let pending: [Pending]

    public struct Row: Encodable, Sendable {
        public let scenario: String
        public let nodes: Int
        public let pods: Int
        public let pending: Int
        /// The remaining pods of the workload that loses most pods at once.
        public let least: String
        /// The same for the worst placement that the filters allow, with every pod on the lost nodes.
        public let leastAtWorst: String
    }

    public struct Node: Encodable, Sendable {
        public let name: String
        public let instance: String
        public let cpu: String
        public let memory: String
        public let pods: [String]
    }

    public struct Pending: Encodable, Sendable {
        public let pod: String
        public let why: String
    }

    package init(_ file: ClusterFile, _ cluster: [KubeObject], scenario name: String) throws {
        let nodes = file.nodes(cluster)
        let all = Self.scenarios(nodes)
        guard let chosen = all.first(where: { $0.description == name }) else {
            throw HarnessError(
                "\(file.name) has no scenario '\(name)'",
                remedy: "choose from \(all.map(\.description).joined(separator: ", "))")
        }
        self.cluster = file.name
        let (start, peak) = (StartingPoint(file, cluster), StartingPoint(file, cluster, isAtPeak: true))
        scenarios = Scenario.all(for: nodes).map { scenario in
            let outcome = ScenarioOutcome(scenario, from: scenario == .peak ? peak : start)
            var worst = "-"
            if case .without(let type) = scenario {
                worst = Self.least(ScenarioOutcome(scenario, from: StartingPoint(file, cluster, favouring: type)))
            }
            return Row(
                scenario: "\(scenario)", nodes: outcome.placement.nodes.count, pods: outcome.placement.all.count,
                pending: outcome.pending.count, least: scenario.isLoss ? Self.least(outcome) : "-", leastAtWorst: worst)
        }
        let outcome = ScenarioOutcome(chosen, from: chosen == .peak ? peak : start)
        let placement = outcome.placement
        self.nodes = placement.nodes.map { node in
            let pods = placement.on(node)
            func share(_ key: String) -> String {
                let used = pods.map { $0.requests[key, default: 0] }.reduce(0, +)
                return "\(Int(clamped: (used / max(node.allocatable[key, default: 0], 1e-9) * 100).rounded()))%"
            }
            return Node(
                name: node.name, instance: node.instance, cpu: share("cpu"), memory: share("memory"),
                pods: pods.map(\.name).sorted())
        }
        pending = outcome.pending.map { Pending(pod: $0.pod.name, why: $0.why) }
    }

    /// As a table with a head: each node, how full it is, and its pods.
    public var nodeTable: [[String]] {
        [["NODE", "INSTANCE", "CPU", "MEMORY", "PODS"]]
            + nodes.map {
                [$0.name, $0.instance, $0.cpu, $0.memory, $0.pods.isEmpty ? "-" : $0.pods.joined(separator: " ")]
            }
    }

    /// As a table with a head: what is left when nodes are lost.
    public var scenarioTable: [[String]] {
        [["WHAT HAPPENS", "NODES", "PODS", "PENDING", "RUN ON, AT LEAST", "AT WORST"]]
            + scenarios.map {
                [$0.scenario, "\($0.nodes)", "\($0.pods)", "\($0.pending)", $0.least, $0.leastAtWorst]
            }
    }

    private static func scenarios(_ nodes: [ClusterNode]) -> [Scenario] {
        Scenario.all(for: nodes) + nodes.map { .drained($0.name) }
    }

    private static func least(_ outcome: ScenarioOutcome) -> String {
        outcome.leastKept.map { "\($0.kept) of \($0.wanted) \($0.workload)" } ?? "-"
    }

    /// One for each cluster of a repository that knows the scenario, or for the one that is named.
    ///
    /// - Throws: `HarnessError` where there is none, or an overlay does not build.
    public static func all(
        in repository: Repository, toolbox: Toolbox, cluster: String?, scenario: String
    ) async throws -> [ClusterReport] {
        let files: [ClusterFile]
        do {
            files = try ClusterFile.files(in: repository).map { try ClusterFile($0, in: repository) }
        } catch let error as Skipped {
            throw HarnessError(error.reason)
        }
        let chosen = files.filter { cluster == nil || $0.name == cluster }
        guard !chosen.isEmpty else {
            throw HarnessError(
                cluster.map { "there is no cluster '\($0)'" } ?? "there is no clusters/NAME.yaml beside a clouds.yaml",
                remedy: files.isEmpty
                    ? "run it in the repository that has one"
                    : "choose from \(files.map(\.name).joined(separator: ", "))")
        }
        let context = CheckContext(repository: repository, toolbox: toolbox)
        var reports: [ClusterReport] = []
        var known: Set<String> = []
        for file in chosen {
            do {
                let objects = try await file.objects(in: context)
                let nodes = file.nodes(objects)
                known.formUnion(Scenario.all(for: nodes).map(\.description))
                if cluster == nil, !scenarios(nodes).contains(where: { $0.description == scenario }) { continue }
                reports.append(try ClusterReport(file, objects, scenario: scenario))
            } catch let error as Skipped {
                throw HarnessError(error.reason)
            }
        }
        guard !reports.isEmpty else {
            throw HarnessError(
                "no cluster has a scenario '\(scenario)'",
                remedy: "choose from \(known.sorted().joined(separator: ", ")), or name a node: 'NODE drained'")
        }
        return reports
    }
}

extension ClusterFile {
    /// The rendered objects of its overlays; an object in two overlays counts once.
    ///
    /// - Throws: `Skipped` where an overlay cannot be built.
    package func objects(in context: CheckContext) async throws -> [KubeObject] {
        let all = context.repository.kustomizations.byFolder
        var objects: [KubeObject] = []
        for overlay in overlays {
            guard let kustomization = all[overlay.text] else {
                throw Skipped("\(path) line \(overlay.line): there is no overlay \(overlay.text)")
            }
            switch try await context.repository.renderings.rendering(of: kustomization, in: context) {
            case .objects(let rendered, _): objects += rendered
            case .refused: throw Skipped("\(kustomization.path) does not build; see kustomize")
            }
        }
        var seen: Set<String> = []
        return objects.filter { seen.insert("\($0.group)/\($0.kind) \($0.namespace)/\($0.name)").inserted }
    }
}
