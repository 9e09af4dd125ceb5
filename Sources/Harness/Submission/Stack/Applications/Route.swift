import HarnessSupport

/// One rule of an HTTPRoute, as one listener of the Gateway serves it.
struct Route: Sendable {
    /// Unique among all.
    let name: String
    let isSecure: Bool
    let matches: [Match]
    let filters: [Filter]
    /// `nil` where a filter answers.
    let backend: Backend?
    let timeout: String?

    struct Match: Sendable {
        let host: String?
        let path: String
        let isExact: Bool
        let method: String?
    }

    enum Filter: Sendable {
        case redirectToHTTPS(code: Int)
        /// Replaces the matched path prefix.
        case rewritePrefix(String)
        case rewritePath(String)
        case setHeaders([String: String], onResponse: Bool)
        /// A Middleware of Traefik's, whose spec its file provider reads as it is.
        case traefik(JSONValue)
    }

    struct Backend: Hashable, Sendable {
        /// Each as `namespace/name`. A canary has the same Service as the stable workload.
        let workloads: [String]
        let port: Int
    }
}

extension Route {
    /// All routes of the manifests' Gateway.
    ///
    /// - Throws: `HarnessError` for a missing reference or an unsupported field.
    static func all(in manifests: Manifests, workloads: [Deployment]) throws -> [Route] {
        guard let gateway = manifests.all("Gateway").first else {
            throw HarnessError("the overlay has no Gateway", remedy: "see k8s/gateway")
        }
        return try manifests.all("HTTPRoute").flatMap { route in
            try listeners(of: gateway, for: route, manifests).flatMap { listener in
                try (route["spec", "rules"]).items.enumerated().map { index, rule in
                    try Route(route, rule, index, listener, manifests, workloads)
                }
            }
        }
    }

    /// The listeners that the route names and that allow its namespace.
    private static func listeners(of gateway: JSONValue, for route: JSONValue, _ manifests: Manifests) -> [JSONValue] {
        let parents = route["spec", "parentRefs"].items.filter { parent in
            parent["name"]?.string == gateway.name
                && (parent["namespace"]?.string ?? route.namespace) == gateway.namespace
        }
        return gateway["spec", "listeners"].items.filter { listener in
            parents.contains { $0["sectionName"] == nil || $0["sectionName"] == listener["name"] }
                && admits(listener, route.namespace, gateway, manifests)
        }
    }

    private static func admits(
        _ listener: JSONValue, _ namespace: String, _ gateway: JSONValue, _ manifests: Manifests
    ) -> Bool {
        let rule = listener["allowedRoutes", "namespaces"]
        switch rule?["from"]?.string ?? "Same" {
        case "All": return true
        case "Same": return namespace == gateway.namespace
        default:
            let labels =
                manifests.all("Namespace").first { $0.name == namespace }?["metadata", "labels"]?.strings ?? [:]
            let wanted = rule?["selector", "matchLabels"]?.strings ?? [:]
            // The API server sets this label.
            let known = labels.merging(["kubernetes.io/metadata.name": namespace]) { $1 }
            return !wanted.isEmpty && wanted.allSatisfy { known[$0.key] == $0.value }
        }
    }

    private init(
        _ route: JSONValue, _ rule: JSONValue, _ index: Int, _ listener: JSONValue, _ manifests: Manifests,
        _ workloads: [Deployment]
    ) throws {
        let title = "HTTPRoute \(route.namespace)/\(route.name)"
        name = "\(route.namespace)-\(route.name)-\(index)-\(listener["name"]?.string ?? "")"
        isSecure = listener["protocol"]?.string == "HTTPS"
        let hosts = route["spec", "hostnames"].items.map(\.string)
        let paths: [JSONValue] = rule["matches"].items.isEmpty ? [[:]] : rule["matches"].items
        matches = try paths.flatMap { match in
            guard match["headers"] == nil, match["queryParams"] == nil else {
                throw HarnessError("\(title): header and query matches are not supported")
            }
            return (hosts.isEmpty ? [nil] : hosts).map { host in
                Match(
                    host: host, path: match["path", "value"]?.string ?? "/",
                    isExact: match["path", "type"]?.string == "Exact", method: match["method"]?.string)
            }
        }
        filters = try rule["filters"].items.map { try Self.filter($0, of: route, title, manifests) }
        timeout = rule["timeouts", "backendRequest"]?.string ?? rule["timeouts", "request"]?.string
        let backends = rule["backendRefs"].items
        guard backends.count < 2 else { throw HarnessError("\(title): two backends are not supported") }
        backend = try backends.first.map { try Self.backend($0, of: route, title, manifests, workloads) }
    }

    private static func filter(
        _ filter: JSONValue, of route: JSONValue, _ title: String, _ manifests: Manifests
    ) throws -> Filter {
        switch filter["type"]?.string {
        case "RequestRedirect" where filter["requestRedirect", "scheme"]?.string == "https":
            return .redirectToHTTPS(code: filter["requestRedirect", "statusCode"]?.int ?? 302)
        case "URLRewrite":
            if let prefix = filter["urlRewrite", "path", "replacePrefixMatch"]?.string { return .rewritePrefix(prefix) }
            if let path = filter["urlRewrite", "path", "replaceFullPath"]?.string { return .rewritePath(path) }
        case "RequestHeaderModifier": return .setHeaders(headers(filter["requestHeaderModifier"]), onResponse: false)
        case "ResponseHeaderModifier": return .setHeaders(headers(filter["responseHeaderModifier"]), onResponse: true)
        case "ExtensionRef":
            let name = filter["extensionRef", "name"]?.string ?? ""
            if let middleware = manifests.named("Middleware", name, in: route.namespace), let spec = middleware["spec"]
            {
                return .traefik(spec)
            }
            throw HarnessError("\(title): Middleware \(name) not found in its namespace")
        default: break
        }
        throw HarnessError("\(title): unsupported filter \(filter["type"]?.text ?? "?")")
    }

    /// An empty value removes a header, for Traefik.
    private static func headers(_ modifier: JSONValue?) -> [String: String] {
        var result: [String: String] = [:]
        for header in modifier?["set"].items ?? [] { result[header["name"]?.string ?? ""] = header["value"]?.string }
        for header in modifier?["add"].items ?? [] { result[header["name"]?.string ?? ""] = header["value"]?.string }
        for header in modifier?["remove"].items ?? [] { result[header.string ?? ""] = "" }
        return result
    }

    private static func backend(
        _ reference: JSONValue, of route: JSONValue, _ title: String, _ manifests: Manifests, _ workloads: [Deployment]
    ) throws -> Backend {
        let name = reference["name"]?.string ?? ""
        let namespace = reference["namespace"]?.string ?? route.namespace
        guard let service = manifests.named("Service", name, in: namespace) else {
            throw HarnessError("\(title): Service \(name) not found in \(namespace)")
        }
        guard let port = service["spec", "ports"].items.first(where: { $0["port"] == reference["port"] }) else {
            throw HarnessError("\(title): Service \(name) has no port \(reference["port"]?.text ?? "")")
        }
        let selector = service["spec", "selector"]?.strings ?? [:]
        let selected = workloads.filter { workload in
            workload.namespace == namespace && selector.allSatisfy { workload.labels[$0.key] == $0.value }
        }
        guard let workload = selected.first else {
            throw HarnessError("Service \(namespace)/\(name) selects no Deployment")
        }
        guard selected.allSatisfy({ $0.ports == workload.ports }) else {
            throw HarnessError("Service \(namespace)/\(name) selects Deployments with different ports")
        }
        let target = port["targetPort"] ?? port["port"]
        guard let number = target?.int ?? workload.ports[target?.string ?? ""] else {
            throw HarnessError("Service \(namespace)/\(name): its Deployment has no port \(target?.text ?? "")")
        }
        return Backend(workloads: selected.map(\.title), port: number)
    }
}
