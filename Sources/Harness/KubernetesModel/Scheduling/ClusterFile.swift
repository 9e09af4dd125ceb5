import CheckCore
import DocumentModels
import HarnessSupport

/// The description of a cluster: its overlays and its nodes. `clusters/NAME.yaml`, beside `clouds.yaml`.
///
/// ```yaml
/// cloud: eks
/// overlays: [k8s/apps/claims/overlays/eks]
/// daemons: {cpu: 450m, memory: 912Mi, pods: 6}     # what every node spends on its own
/// nodes:
///   - {type: general, instance: m7i.large, zones: [eu-west-1a, eu-west-1b], peak: 2}   # twice as many at the peak
///   - {type: gpu, instance: g6.12xlarge, zones: [eu-west-1a, eu-west-1a], while: a training runs}
/// ```
package struct ClusterFile: Sendable {
    package let path: String
    let root: YAMLNode
    let clouds: YAMLNode
    package var name: String { String(path.lastPathPart.dropLast(".yaml".count)) }
    var cloud: String { root["cloud"]?.text ?? "" }
    package var overlays: [YAMLNode] { root["overlays"].elements }
    var groups: [YAMLNode] { root["nodes"].elements }

    package static func files(in repository: Repository) -> [String] {
        repository.artifacts.map(\.path).filter { path in
            path.parentPath.lastPathPart == "clusters" && path.hasSuffix(".yaml")
                && repository.contains(cloudsPath(for: path))
        }.sorted()
    }

    package static func cloudsPath(for path: String) -> String {
        path.parentPath.parentPath.appendingPath("clouds.yaml")
    }

    /// - Throws: `Skipped` if a file cannot be read, which another check reports.
    package init(_ path: String, in repository: Repository) throws {
        func read(_ path: String) throws -> YAMLNode {
            guard let root = repository.yaml(path)?.documents.first else {
                throw Skipped("\(path) cannot be read; see yaml")
            }
            return root
        }
        self.path = path
        root = try read(path)
        clouds = try read(Self.cloudsPath(for: path))
    }

    /// The StorageClasses that the cloud itself creates, its default first.
    package var storageClasses: [String] { clouds[cloud, "storageClasses"].elements.map(\.text) }
    func instance(_ name: String) -> YAMLNode? { clouds[cloud, "instances", name] }

    /// Finds unknown names in a file.
    package func problems() -> [Finding] {
        var findings: [Finding] = []
        func refuse(_ place: YAMLNode?, _ message: String, _ remedy: String) {
            findings.append(
                Finding(
                    rule: "k8s-schedulable/cluster", path: path, line: place?.line ?? 1, message: message,
                    remedy: remedy))
        }
        guard clouds[cloud] != nil else {
            refuse(root["cloud"], "there is no cloud `\(cloud)` in clouds.yaml", "name one of those there")
            return findings
        }
        if groups.isEmpty { refuse(root["nodes"], "has no nodes", "list groups of nodes under `nodes`") }
        for group in groups {
            let name = group["instance"]?.text ?? ""
            if instance(name) == nil {
                refuse(group["instance"], "clouds.yaml knows no instance `\(name)`", "add what it holds and costs")
            }
            if group["type"] == nil { refuse(group, "a group without a type", "add `type`") }
            if group["zones"].elements.isEmpty { refuse(group, "a group without nodes", "list a zone for each node") }
            if let peak = group["peak"], peak.int != Self.peak(of: group) {
                refuse(
                    peak, "a peak of \(peak.text)",
                    "write how many times its nodes there can be: at least 1, and \(Self.most) nodes at most")
            }
        }
        return findings
    }

    /// The nodes, with the labels and taints of the NodePool that creates the type, else those in `clouds.yaml`.
    package func nodes(_ cluster: [KubeObject], isAtPeak: Bool = false) -> [ClusterNode] {
        groups.flatMap { group -> [ClusterNode] in
            let once = group["zones"].elements.map(\.text)
            let zones = isAtPeak ? Array(repeatElement(once, count: Self.peak(of: group)).joined()) : once
            let type = group["type"]?.text ?? ""
            let pool = cluster.first {
                $0.kind == "NodePool" && $0.spec?["template", "metadata", "labels"].labels[Self.typeLabel] == type
            }
            let made = pool?.spec?["template"]
            let known = clouds[cloud, "types", type]
            let taints = (made?["spec", "taints"] ?? known?["taints"]).elements.map(Taint.init)
            let own = (made?["metadata", "labels"] ?? known?["labels"]).labels
            let instance = group["instance"]?.text ?? ""
            let allocatable = Resources(self.instance(instance)?["allocatable"])
                .subtracting(Resources(root["daemons"]))
            return zones.enumerated().map { index, zone in
                let number = zones[..<index].count { $0 == zone } + 1
                let name = "\(type)-\(zone)\(number == 1 ? "" : "-\(number)")"
                return ClusterNode(
                    name: name, type: type, instance: instance,
                    labels: own.merging([
                        Self.typeLabel: type, "topology.kubernetes.io/zone": zone, "kubernetes.io/hostname": name,
                        "node.kubernetes.io/instance-type": instance, "kubernetes.io/os": "linux",
                        "kubernetes.io/arch": "amd64",
                    ]) { $1 }, taints: taints, allocatable: allocatable, isOnDemand: group["while"] != nil)
            }
        }
    }

    /// Kubernetes' manual, Considerations for large clusters.
    private static let most = 5_000

    private static func peak(of group: YAMLNode) -> Int {
        min(max(group["peak"]?.int ?? 1, 1), max(most / max(group["zones"].elements.count, 1), 1))
    }

    package static let typeLabel = "platform.example.com/node-type"
}
