import Foundation
import HarnessSupport

/// The configuration for Traefik's file provider.
struct TraefikConfiguration: Sendable {
    let routes: [Route]
    let workloads: [Deployment]
    /// The port that a redirect to HTTPS leads to.
    let securePort: Int
    let certificate: String
    let key: String

    /// - Parameter addresses: addresses of each backend's ready containers.
    func document(_ addresses: (Route.Backend) -> [Int]) -> JSONValue {
        var routers: [String: JSONValue] = [:]
        var services: [String: JSONValue] = [:]
        var middlewares: [String: JSONValue] = [:]
        var transports: [String: JSONValue] = [:]
        for route in routes {
            var names: [JSONValue] = []
            for (index, filter) in route.filters.enumerated() {
                let name = "\(route.name)-\(index)"
                middlewares[name] = middleware(filter, route)
                names.append(.string(name))
            }
            var router: [String: JSONValue] = [
                "entryPoints": [.string(route.isSecure ? "websecure" : "web")], "rule": .string(rule(route)),
                "priority": .number(Double(priority(route))), "service": "noop@internal",
            ]
            if route.isSecure { router["tls"] = [:] }
            if !names.isEmpty { router["middlewares"] = .array(names) }
            if let backend = route.backend {
                router["service"] = .string(route.name)
                services[route.name] = service(route, backend, addresses(backend))
                if let timeout = route.timeout {
                    transports[route.name] = ["forwardingTimeouts": ["responseHeaderTimeout": .string(timeout)]]
                }
            }
            routers[route.name] = .object(router)
        }
        var http: [String: JSONValue] = ["routers": .object(routers)]
        // The file provider rejects an empty section.
        for (name, section) in ["services": services, "middlewares": middlewares, "serversTransports": transports]
        where !section.isEmpty { http[name] = .object(section) }
        let pair: JSONValue = ["certFile": .string(certificate), "keyFile": .string(key)]
        return [
            "http": .object(http),
            "tls": [
                "stores": ["default": ["defaultCertificate": pair]],
                "options": ["default": ["minVersion": "VersionTLS12"]],
            ],
        ]
    }

    private func rule(_ route: Route) -> String {
        route.matches.map { match in
            var parts: [String] = []
            if let host = match.host { parts.append("Host(`\(host)`)") }
            if match.isExact {
                parts.append("Path(`\(match.path)`)")
            } else if match.path == "/" {
                parts.append("PathPrefix(`/`)")
            } else {
                // A prefix of the Gateway API ends at a slash; Traefik's ends anywhere.
                let path = match.path.withoutFinalSlash
                parts.append("(Path(`\(path)`) || PathPrefix(`\(path)/`))")
            }
            if let method = match.method { parts.append("Method(`\(method)`)") }
            return "(\(parts.joined(separator: " && ")))"
        }.joined(separator: " || ")
    }

    /// An exact path goes before a prefix, and a long prefix before a short one.
    private func priority(_ route: Route) -> Int {
        1
            + (route.matches.map { ($0.isExact ? 10_000 : 0) + 2 * $0.path.count + ($0.host == nil ? 0 : 5_000) }.max()
                ?? 0)
    }

    private func middleware(_ filter: Route.Filter, _ route: Route) -> JSONValue {
        switch filter {
        case .redirectToHTTPS(let code):
            return [
                "redirectScheme": [
                    "scheme": "https", "port": .string("\(securePort)"), "permanent": .bool(code == 301 || code == 308),
                ]
            ]
        case .rewritePrefix(let replacement):
            let prefixes = route.matches.map { NSRegularExpression.escapedPattern(for: $0.path.withoutFinalSlash) }
            let prefix = "^(?:\(prefixes.joined(separator: "|")))"
            let target = replacement.withoutFinalSlash
            // `/report/x` and `/report` become `/x` and `/`; `/claims/score` becomes `/score`, without a slash.
            return [
                "replacePathRegex": target.isEmpty
                    ? ["regex": .string(prefix + "/?(.*)"), "replacement": "/${1}"]
                    : ["regex": .string(prefix + "(/.*)?$"), "replacement": .string(target + "${1}")]
            ]
        case .rewritePath(let path): return ["replacePath": ["path": .string(path)]]
        case .setHeaders(let headers, let onResponse):
            let fields = JSONValue.object(headers.mapValues { .string($0) })
            return ["headers": [onResponse ? "customResponseHeaders" : "customRequestHeaders": fields]]
        case .traefik(let spec): return spec
        }
    }

    /// A container whose readiness probe fails gets no requests.
    private func service(_ route: Route, _ backend: Route.Backend, _ addresses: [Int]) -> JSONValue {
        let servers = addresses.sorted().map { JSONValue.object(["url": .string("http://127.0.0.1:\($0)")]) }
        var balancer: [String: JSONValue] = ["servers": .array(servers), "passHostHeader": .bool(true)]
        if let probe = workloads.first(where: { backend.workloads.contains($0.title) })?.readiness,
            probe.port == backend.port
        {
            balancer["healthCheck"] = [
                "path": .string(probe.path), "interval": .string("\(probe.periodSeconds)s"),
                "timeout": .string("\(probe.timeoutSeconds)s"),
            ]
        }
        if route.timeout != nil { balancer["serversTransport"] = .string(route.name) }
        return ["loadBalancer": .object(balancer)]
    }
}

extension String {
    fileprivate var withoutFinalSlash: String { hasSuffix("/") ? String(dropLast()) : self }
}
