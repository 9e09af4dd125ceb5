import CheckCore
import DocumentModels
import KubernetesModel

/// Checks time limits, outlier detection and retries, so that calls fail fast and unsafe requests are not repeated.
struct Traffic: ManifestRule {
    let name = "k8s-traffic"
    let summary =
        "services behind Istio's gateway eject failing pods, and routes have time limits and retry only safe requests"
    let advice = Advice.rules("endless", "repeats")

    func findings(in scene: ManifestSet) -> [Finding] {
        members(scene)
            + scene.objects.flatMap { object -> [Finding] in
                switch object.kind {
                case "HTTPRoute", "VirtualService":
                    object.routes.flatMap { repeats($0, object) + limits($0, object, scene) }
                default: []
                }
            }
    }

    private func rules(_ scene: ManifestSet) -> [KubeObject] { scene.cluster.filter { $0.kind == "DestinationRule" } }

    private func host(_ pods: PodSet) -> String {
        let suffix = pods.object.kind == "InferenceService" ? "-predictor" : ""
        return "\(pods.object.name)\(suffix).\(pods.end.namespace).svc.cluster.local"
    }

    private func rule(for host: String, _ scene: ManifestSet) -> KubeObject? {
        rules(scene).first { rule in
            let pattern = rule.spec?["host"]?.text ?? ""
            return pattern == host || pattern.hasPrefix("*") && host.hasSuffix(pattern.dropFirst())
        }
    }

    /// Whether DestinationRules have no effect: ztunnel ignores them, and no gateway is Istio's. A waypoint for pods
    /// (`istio.io/waypoint-for: workload`) is addressed by pod IP, which no rule's host matches.
    ///
    /// Source: Istio's manual, Ambient mode, Configure waypoint proxies: layer 7 features.
    private func isUnread(_ scene: ManifestSet) -> Bool {
        let classes = scene.cluster.filter { $0.kind == "Gateway" }.compactMap { $0.spec?["gatewayClassName"]?.text }
        return !classes.isEmpty && !classes.contains { $0.hasPrefix("istio") && $0 != "istio-waypoint" }
    }

    /// Covers pods that serve requests: pods with a Service, and predictors.
    private func members(_ scene: ManifestSet) -> [Finding] {
        if isUnread(scene) {
            return scene.objects.filter { $0.kind == "DestinationRule" }.map {
                $0.finding(
                    "\(name)/unread",
                    "has no effect: ztunnel ignores DestinationRules, and the gateway is not Istio's",
                    remedy: "set time limits at the gateway and in the services, or add a waypoint")
            }
        }
        let own = Set(PodSet.all(in: scene.objects).map(\.end.name))
        return PodSet.all(in: scene.cluster).filter {
            own.contains($0.end.name) && MeshPolicies.isMember($0.end) && !$0.ports.isEmpty
        }.flatMap { pods -> [Finding] in
            guard let rule = rule(for: host(pods), scene), let policy = rule.spec?["trafficPolicy"] else {
                return [
                    pods.object.finding(
                        "\(name)/no-policy", "no DestinationRule covers \(host(pods))\(scene.suffix)",
                        remedy: "add one with connectTimeout and outlierDetection")
                ]
            }
            var findings: [Finding] = []
            if policy["outlierDetection"] == nil {
                findings.append(
                    rule.finding(
                        "\(name)/sick", at: policy, "keeps sending requests to a failing pod",
                        remedy: "add outlierDetection")
                )
            }
            if policy["connectionPool", "tcp", "connectTimeout"] == nil {
                findings.append(
                    rule.finding(
                        "\(name)/connect", at: policy, "waits ten seconds for a pod that is gone",
                        remedy: "set connectionPool.tcp.connectTimeout"))
            }
            if let mode = policy["tls", "mode"], ["DISABLE", "SIMPLE"].contains(mode.text) {
                findings.append(
                    rule.finding(
                        "\(name)/plaintext", at: mode, "turns mutual TLS off",
                        remedy: "remove `tls`; the mesh encrypts the calls"))
            }
            return findings
        }
    }

    /// A POST that may have had an effect must not be retried; a POST that no pod accepted may be.
    private func repeats(_ route: YAMLNode, _ object: KubeObject) -> [Finding] {
        guard let retry = route["retries"] ?? route["retry"], retry["attempts"]?.int != 0 else { return [] }
        let methods = (route["matches"] ?? route["match"]).elements.map {
            $0["method", "exact"]?.text ?? $0["method"]?.text ?? "any"
        }
        let isReading = !methods.isEmpty && Set(methods).isSubset(of: ["GET", "HEAD", "OPTIONS"])
        let conditions = retry["retryOn"]?.text.split(separator: ",").map { $0.filter { $0 != " " } } ?? ["any"]
        if isReading || Set(conditions).isSubset(of: ["connect-failure", "refused-stream"]) { return [] }
        return [
            object.finding(
                "\(name)/repeats", at: retry, "retries requests that may already have had an effect",
                remedy: "match method GET, or set retryOn: connect-failure,refused-stream")
        ]
    }

    private func limits(_ route: YAMLNode, _ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let backends = route["backendRefs"].elements
        guard object.kind == "HTTPRoute", !backends.isEmpty else { return [] }
        guard let outer = route["timeouts", "request"], let seconds = Self.seconds(outer.text), seconds > 0 else {
            return [
                object.finding(
                    "\(name)/endless", at: route["timeouts"] ?? route["backendRefs"],
                    "the route has no time limit", remedy: "set timeouts.request above the timeout of the service")
            ]
        }
        var inner: [(String, Double)] = []
        if let text = route["timeouts", "backendRequest"]?.text, let value = Self.seconds(text) {
            inner.append(("timeouts.backendRequest", value))
        }
        for backend in backends {
            let service = backend["name"]?.text ?? ""
            let namespace = backend["namespace"]?.text ?? object.namespace
            if let rule = rule(for: "\(service).\(namespace).svc.cluster.local", scene),
                let text = rule.spec?["trafficPolicy", "connectionPool", "tcp", "connectTimeout"]?.text,
                let value = Self.seconds(text)
            {
                inner.append(("connectTimeout of \(rule.title)", value))
            }
            if let predictor = scene.cluster.first(where: {
                $0.kind == "InferenceService" && $0.namespace == namespace && "\($0.name)-predictor" == service
            }), let value = predictor.node["spec", "predictor", "timeout"]?.int {
                inner.append(("timeout of \(predictor.title)", Double(value)))
            }
        }
        return inner.filter { $0.1 >= seconds }.map { what, value in
            object.finding(
                "\(name)/order", at: outer,
                "times out after \(outer.text), before \(what) (\(value.formatted) s)",
                remedy: "make the outer limit longer than the inner one")
        }
    }

    /// `1m30s`, `500ms`.
    static func seconds(_ text: String) -> Double? {
        let units: [Substring: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001]
        var total = 0.0
        var rest = text[...]
        while let match = rest.prefixMatch(of: /([0-9]+(?:\.[0-9]+)?)(ms|h|m|s)/) {
            total += (Double(match.1) ?? 0) * (units[match.2] ?? 0)
            rest = rest[match.range.upperBound...]
        }
        return rest.isEmpty && !text.isEmpty ? total : nil
    }

    var explanations: [String: String] {
        [
            "connect":
                "A connection to a pod that is gone waits for the default of ten seconds.",
            "endless":
                "The route has no time limit, so a request may occupy a connection for ever.",
            "no-policy":
                "No DestinationRule limits connections to the service or ejects failing pods.",
            "order":
                "The outer time limit ends before the inner one, so the inner one has no effect.",
            "plaintext":
                "The DestinationRule turns mutual TLS off.",
            "repeats":
                "The route repeats requests that may have had an effect, for example a payment.",
            "sick":
                "Without outlier detection, a failing pod keeps receiving requests.",
            "unread":
                "Nothing in the data path reads the object, so it has no effect.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleMesh
        func route(_ rules: String) -> [String: String] {
            Sample.files.merging([
                "k8s/virtual.yaml":
                    "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: shop, namespace: shop}\nspec:\n  hosts: [shop]\n  http:\n\(rules)"
            ]) { $1 }
        }
        let target = "      route: [{destination: {host: shop}}]\n"
        return [
            .sound("an application in the mesh", Sample.files),
            .sound(
                "a gateway that reads no DestinationRule",
                Sample.with("gatewayClassName: istio", "gatewayClassName: nginx")
                    .mapValues { $0.components(separatedBy: "---\napiVersion: networking.istio.io/v1\nkind: Dest")[0] }),
            .broken(
                "a DestinationRule behind a gateway that reads none",
                Sample.with("gatewayClassName: istio", "gatewayClassName: nginx"), triggers: "unread"),
            .sound(
                "reading again",
                route("    - match: [{method: {exact: GET}}]\n      retries: {attempts: 2, retryOn: 5xx}\n" + target)),
            .sound(
                "again where no pod took it",
                route("    - retries: {attempts: 2, retryOn: \"connect-failure,refused-stream\"}\n" + target)),
            .broken(
                "writing again", route("    - retries: {attempts: 2, retryOn: \"5xx,connect-failure\"}\n" + target),
                triggers: "repeats"),
            .broken("again, whatever it was", route("    - retries: {attempts: 3}\n" + target), triggers: "repeats"),
            .broken(
                "no rule for the service", Sample.with("host: shop.shop", "host: store.shop"), triggers: "no-policy"),
            .broken(
                "a sick pod that is asked on",
                Sample.with("    outlierDetection:\n      consecutive5xxErrors: 5\n", ""), triggers: "sick"),
            .broken(
                "no limit for a connection",
                Sample.with("      tcp:\n        connectTimeout: 1s", "      tcp:\n        maxConnections: 1"),
                triggers: "connect"),
            .broken(
                "mutual TLS turned off",
                Sample.with("    outlierDetection:", "    tls: {mode: DISABLE}\n    outlierDetection:"),
                triggers: "plaintext"),
            .broken("no limit for a request", Sample.with("        request: 10s\n", ""), triggers: "endless"),
            .broken(
                "an inner limit above the outer one", Sample.with("request: 10s", "request: 4s"), triggers: "order"),
            .broken(
                "a connection that may take longer than the request",
                Sample.with("connectTimeout: 1s", "connectTimeout: 1m"), triggers: "order"),
            .broken(
                "a connection time that no integer can hold",
                Sample.with("connectTimeout: 1s", "connectTimeout: 99999999999999999999s"), triggers: "order"),
        ]
    }
}

extension KubeObject {
    fileprivate var routes: [YAMLNode] { (spec?["rules"]).elements + (spec?["http"]).elements }
}

extension Double {
    fileprivate var formatted: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
