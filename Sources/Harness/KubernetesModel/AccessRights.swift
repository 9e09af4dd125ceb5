import DocumentModels

/// What Kubernetes' RBAC grants, computed from roles and bindings.
///
/// Source: Kubernetes' manual, Using RBAC Authorization; matching as in `rbac/v1/evaluation_helpers.go`.
package struct AccessRights: Sendable {
    private let roles: ObjectIndex
    private let bindings: [KubeObject]
    /// Indexes into `bindings`.
    private let bound: [Subject: [Int]]

    package init(_ objects: [KubeObject]) {
        let own = objects.filter { $0.group == "rbac.authorization.k8s.io" }
        roles = ObjectIndex(own.filter { ["Role", "ClusterRole"].contains($0.kind) })
        bindings = own.filter { ["RoleBinding", "ClusterRoleBinding"].contains($0.kind) }
        bound = bindings.enumerated().reduce(into: [:]) { bound, binding in
            for node in binding.element.node["subjects"].elements {
                guard let subject = Subject(node, in: binding.element.namespace) else { continue }
                bound[subject, default: []].append(binding.offset)
            }
        }
    }

    package enum Subject: Hashable, Sendable, CustomStringConvertible {
        case user(String)
        case group(String)
        case account(namespace: String, name: String)

        /// `nil` for an unknown kind.
        init?(_ node: YAMLNode, in namespace: String) {
            let name = node["name"]?.text ?? ""
            switch node["kind"]?.text {
            case "User": self = .user(name)
            case "Group": self = .group(name)
            case "ServiceAccount": self = .account(namespace: node["namespace"]?.text ?? namespace, name: name)
            default: return nil
            }
        }

        package var description: String {
            switch self {
            case .user(let name): "user \(name)"
            case .group(let name): "group \(name)"
            case .account(let namespace, let name): "service account \(namespace)/\(name)"
            }
        }

        /// The account itself, and the groups of all service accounts and all authenticated users.
        var names: Set<Subject> {
            let everybody: Set<Subject> = [self, .group("system:authenticated")]
            guard case .account(let namespace, _) = self else { return everybody }
            return everybody.union([.group("system:serviceaccounts"), .group("system:serviceaccounts:\(namespace)")])
        }
    }

    /// One action in the syntax of `kubectl auth can-i`: `update httproutes.gateway.networking.k8s.io/status`.
    package struct Action: Hashable, Sendable, CustomStringConvertible {
        package let verb: String
        /// RESOURCE.GROUP/SUBRESOURCE, or a path of the API server.
        package let target: String
        package var name: String?
        /// `nil` for cluster-scoped resources and for actions in all namespaces.
        package var namespace: String?

        package var description: String {
            "\(verb) \(target)" + (name.map { " \($0)" } ?? "") + (namespace.map { " in \($0)" } ?? " in the cluster")
        }

        fileprivate var isPath: Bool { target.hasPrefix("/") }
        fileprivate var subresource: String? { target.firstIndex(of: "/").map { String(target[$0...].dropFirst()) } }
        private var resourceAndGroup: Substring { target.prefix { $0 != "/" } }
        fileprivate var group: String { String(resourceAndGroup.drop { $0 != "." }.dropFirst()) }
        /// `pods/log`, as rules write it.
        fileprivate var resource: String {
            resourceAndGroup.prefix { $0 != "." } + (subresource.map { "/\($0)" } ?? "")
        }
    }

    /// The single actions that a rule of a role allows, with the line of the rule.
    package struct Grant: Sendable {
        package let action: Action
        package let role: KubeObject
        package let place: YAMLNode
    }

    package func allows(_ subject: Subject, _ action: Action) -> Bool {
        bound(to: subject).contains { binding in
            let isClusterWide = binding.kind == "ClusterRoleBinding"
            guard isClusterWide || !action.isPath && binding.namespace == action.namespace else { return false }
            return rules(boundBy: binding).contains { Self.matches($0.rule, action) }
        }
    }

    /// All rights of a subject, as the rules spell them.
    package func grants(of subject: Subject) -> [Grant] {
        bound(to: subject).flatMap { binding in
            let namespace = binding.kind == "ClusterRoleBinding" ? nil : binding.namespace
            return rules(boundBy: binding).flatMap { role, rule in Self.grants(role, rule, namespace) }
        }
    }

    package var subjects: [(subject: Subject, binding: KubeObject, place: YAMLNode)] {
        bindings.flatMap { binding in
            binding.node["subjects"].elements.compactMap { node in
                Subject(node, in: binding.namespace).map { ($0, binding, node) }
            }
        }
    }

    private func bound(to subject: Subject) -> [KubeObject] {
        Set(subject.names.flatMap { bound[$0] ?? [] }).sorted().map { bindings[$0] }
    }

    private func rules(boundBy binding: KubeObject) -> [(role: KubeObject, rule: YAMLNode)] {
        let reference = binding.node["roleRef"]
        return roles.all(reference?["kind"]?.text ?? "", reference?["name"]?.text ?? "").filter { role in
            role.kind == "ClusterRole" || role.namespace == binding.namespace
        }.flatMap { rules(of: $0) }
    }

    /// An aggregated role has only the rules of the roles that it selects.
    private func rules(of role: KubeObject) -> [(role: KubeObject, rule: YAMLNode)] {
        guard let aggregation = role.node["aggregationRule"] else {
            return role.node["rules"].elements.map { (role, $0) }
        }
        let selectors = aggregation["clusterRoleSelectors"].elements.map { LabelSelector($0) }
        return roles.objects.filter { other in
            other.kind == "ClusterRole" && other.name != role.name && selectors.contains { $0.matches(other.labels) }
        }.flatMap { other in other.node["rules"].elements.map { (other, $0) } }
    }

    private static func matches(_ rule: YAMLNode, _ action: Action) -> Bool {
        let verbs = rule["verbs"].elements.map(\.text)
        guard verbs.contains("*") || verbs.contains(action.verb) else { return false }
        if action.isPath {
            return rule["nonResourceURLs"].elements.map(\.text).contains { path in
                path == action.target || path.hasSuffix("*") && action.target.hasPrefix(path.dropLast())
            }
        }
        let groups = rule["apiGroups"].elements.map(\.text)
        let names = rule["resourceNames"].elements.map(\.text)
        return (groups.contains("*") || groups.contains(action.group))
            && rule["resources"].elements.map(\.text).contains { resource in
                resource == "*" || resource == action.resource
                    || action.subresource.map { resource == "*/\($0)" } ?? false
            }
            // A rule with resource names does not allow requests without a name, such as `create` and `list`.
            && (names.isEmpty || action.name.map(names.contains) ?? false)
    }

    private static func grants(_ role: KubeObject, _ rule: YAMLNode, _ namespace: String?) -> [Grant] {
        var targets = rule["resources"].elements.flatMap { resource in
            rule["apiGroups"].elements.map { group in (spelled(resource.text, group.text), resource) }
        }
        if namespace == nil { targets += rule["nonResourceURLs"].elements.map { ($0.text, $0) } }
        let names = rule["resourceNames"].elements.map { Optional($0.text) }
        return targets.flatMap { target, place in
            rule["verbs"].elements.flatMap { verb in
                (names.isEmpty ? [nil] : names).map { name in
                    Grant(
                        action: Action(verb: verb.text, target: target, name: name, namespace: namespace), role: role,
                        place: place)
                }
            }
        }
    }

    private static func spelled(_ resource: String, _ group: String) -> String {
        guard !group.isEmpty else { return resource }
        let parts = resource.split(separator: "/", maxSplits: 1)
        return "\(parts.first ?? "").\(group)" + (parts.count > 1 ? "/\(parts[1])" : "")
    }
}
