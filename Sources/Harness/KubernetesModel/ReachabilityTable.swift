import CheckCore
import DocumentModels
import HarnessSupport

/// The allowed connections: `reachability.yaml`. All others must be denied.
///
/// ```yaml
/// outside:                      # what the manifests do not hold
///   prometheus: {namespace: monitoring, labels: {app: prometheus}, account: prometheus}
///   internet: {address: 203.0.113.10}
///   nginx: {namespace: edge, entry: true}   # in the mesh for what it sends; what arrives passes by ztunnel
/// accounts: [other/account]      # of manifests that are not here
/// allowed:
///   - {from: prometheus, to: shop/shop, port: 8080, overlays: [staging]}
///   - {from: prometheus, to: shop/shop, port: 15008, inside: 8080, overlays: [production]}
/// ```
///
/// NAMESPACE/WORKLOAD names the pods of the manifests. A row without `overlays` applies to all, and `from`, `port` and
/// `inside` may be lists. `inside` is the port that the mesh's tunnel, 15008, leads to.
package struct ReachabilityTable: Sendable {
    package let path: String
    private let outside: [NetworkPolicies.End]
    /// NAMESPACE/ACCOUNT of manifests in other repositories, which policies may name.
    package let accounts: [String]
    package let rows: [Row]

    package struct Row: Sendable {
        package let from: String
        package let to: String
        package let port: Int
        package let inside: Int?
        let overlays: [String]
        package let node: YAMLNode
    }

    package static func files(in repository: Repository) -> [String] {
        repository.artifacts.map(\.path).filter { $0.lastPathPart == "reachability.yaml" }
    }

    /// Endpoints outside the manifests, with the labels of their namespaces if the manifests create those.
    package func outside(of cluster: [KubeObject]) -> [NetworkPolicies.End] {
        let namespaces = Dictionary(
            cluster.filter { $0.kind == "Namespace" }.map { ($0.name, $0.labels) },
            uniquingKeysWith: { first, _ in first })
        return outside.map { end in
            var end = end
            end.namespaceLabels.merge(namespaces[end.namespace] ?? [:]) { _, made in made }
            return end
        }
    }

    package func rows(in environment: String?) -> [Row] {
        rows.filter { $0.overlays.isEmpty || environment.map($0.overlays.contains) ?? true }
    }

    /// The table of a path's top folder; `nil` without one.
    package init?(for place: String, in repository: Repository) {
        guard let path = Self.files(in: repository).first(where: { $0.topFolder == place.topFolder }),
            let bytes = repository.bytes(of: path),
            let root = (try? YAMLTree(bytes))?.documents.first
        else { return nil }
        self.path = path
        outside = root["outside"].entries.map { name, value in
            let namespace = value["namespace"]?.text ?? ""
            return NetworkPolicies.End(
                name: name.text, namespace: namespace,
                namespaceLabels: value["namespaceLabels"].labels
                    .merging(["kubernetes.io/metadata.name": namespace]) { first, _ in first },
                labels: value["labels"].labels, address: value["address"]?.text, account: value["account"]?.text,
                isEntry: value["entry"]?.text == "true")
        }
        accounts = root["accounts"].elements.map(\.text)
        rows = root["allowed"].elements.flatMap { row in
            Self.each(row["from"]).flatMap { from in
                Self.each(row["port"]).flatMap { port in
                    Self.each(row["inside"]).map { inside in
                        Row(
                            from: from?.text ?? "", to: row["to"]?.text ?? "", port: port?.int ?? 0,
                            inside: inside?.int, overlays: row["overlays"].elements.map(\.text), node: row)
                    }
                }
            }
        }
    }

    private static func each(_ value: YAMLNode?) -> [YAMLNode?] {
        value?.isSequence == true ? value.elements : [value]
    }
}
