import CheckCore
import DocumentModels
import HarnessSupport

/// The allowed and denied actions of each subject in a cluster: `access.yaml`.
///
/// ```yaml
/// subjects:
///   developer: {group: shop:developers}      # or user, or account: NAMESPACE/NAME
/// allowed:
///   - {who: developer, can: [get, list], on: [pods, pods/log], in: [shop]}
/// denied:
///   - {who: developer, can: [get], on: [secrets]}
/// ```
///
/// A row without `in` covers the whole cluster. `name` restricts a row to one object, and `overlays` to these overlays.
package struct AccessTable: Sendable {
    static let fileName = "access.yaml"

    package let path: String
    package let subjects: [(name: String, subject: AccessRights.Subject, node: YAMLNode)]
    package let allowed: [Row]
    package let denied: [Row]
    /// Incomplete entries: `subjects` without a kind, rows without a verb.
    package let unreadable: [YAMLNode]

    package struct Row: Sendable {
        package let who: String
        let verbs: [String]
        let targets: [String]
        let name: String?
        /// Empty for the cluster.
        package let namespaces: [String]
        package let overlays: [String]
        package let node: YAMLNode

        init?(_ node: YAMLNode) {
            who = node["who"]?.text ?? ""
            verbs = node["can"].elements.map(\.text)
            targets = node["on"].elements.map(\.text)
            name = node["name"]?.text
            namespaces = node["in"].elements.map(\.text)
            overlays = node["overlays"].elements.map(\.text)
            self.node = node
            if who.isEmpty || verbs.isEmpty || targets.isEmpty { return nil }
        }

        /// The single actions of the row in these namespaces.
        package func actions(in places: [String?]) -> [AccessRights.Action] {
            places.flatMap { place in
                targets.flatMap { target in
                    verbs.map { AccessRights.Action(verb: $0, target: target, name: name, namespace: place) }
                }
            }
        }
    }

    package static func files(in repository: Repository) -> [String] {
        repository.artifacts.map(\.path).filter { $0.lastPathPart == fileName }
    }

    package init?(_ path: String, in repository: Repository) {
        guard let root = repository.yaml(path)?.documents.first else { return nil }
        self.path = path
        var unreadable: [YAMLNode] = []
        subjects = root["subjects"].entries.compactMap { name, value in
            if let user = value["user"] { return (name.text, .user(user.text), name) }
            if let group = value["group"] { return (name.text, .group(group.text), name) }
            let parts = (value["account"]?.text ?? "").split(separator: "/").map(String.init)
            if parts.count == 2 { return (name.text, .account(namespace: parts[0], name: parts[1]), name) }
            unreadable.append(name)
            return nil
        }
        func rows(_ key: String) -> [Row] {
            root[key].elements.compactMap { node in
                let row = Row(node)
                if row == nil { unreadable.append(node) }
                return row
            }
        }
        allowed = rows("allowed")
        denied = rows("denied")
        self.unreadable = unreadable
    }
}
