import Foundation
import HarnessSupport

/// Configuration of Prometheus and Alertmanager: the cluster's rules and routes in faster time, with receivers on this machine.
struct WatchSettings: Sendable {
    /// The overlay with the gateway that runs here.
    static let overlay = "k8s/observability/overlays/staging"
    /// A minute is a second.
    static let pace = TimeScale(factor: 60)

    let rules: [JSONValue]
    let routes: JSONValue
    /// Addresses to scrape, by job.
    let targets: [String: [String]]
    let ports: WatchPorts

    init(_ manifests: Manifests, targets: [String: [String]], ports: WatchPorts) throws {
        let objects = manifests.all("PrometheusRule")
        let secret = manifests.all("Secret").first { $0["data", "alertmanager.yaml"] != nil }
        guard !objects.isEmpty, let encoded = secret?["data", "alertmanager.yaml"]?.string,
            let data = Data(base64Encoded: encoded.filter { !$0.isWhitespace }),
            let routes = try Manifests.parse(String(decoding: data, as: UTF8.self)).first
        else { throw HarnessError("\(Self.overlay) has no rules or no Alertmanager configuration") }
        rules = objects.compactMap { $0["spec"] }
        self.routes = routes
        self.targets = targets
        self.ports = ports
    }

    var ruleCount: Int { rules.flatMap { $0["groups"].items }.flatMap { $0["rules"].items }.count }

    /// Files by name.
    var files: [String: JSONValue] {
        ["prometheus.yml": prometheus, "alertmanager.yml": alertmanager].merging(
            rules.enumerated().map { ("rules-\($0).yml", Self.pace.applied(to: $1)) }, uniquingKeysWith: { $1 })
    }

    private var prometheus: JSONValue {
        let interval = JSONValue.string(Self.pace.duration("30s"))
        return [
            "global": ["scrape_interval": interval, "scrape_timeout": interval, "evaluation_interval": interval],
            "rule_files": ["rules-*.yml"],
            "alerting": ["alertmanagers": [["static_configs": [["targets": ["127.0.0.1:\(ports.alertmanager)"]]]]]],
            "scrape_configs": .array(
                targets.sorted { $0.key < $1.key }.map { job, addresses in
                    [
                        "job_name": .string(job),
                        "static_configs": [["targets": .array(addresses.map(JSONValue.string))]],
                    ]
                }),
        ]
    }

    /// The same routes; each receiver is a path of the one that listens here.
    private var alertmanager: JSONValue {
        guard case .object(var fields) = Self.pace.applied(to: routes) else { return routes }
        fields["receivers"] = .array(
            (routes["receivers"].items).compactMap { $0["name"]?.string }.map { name in
                [
                    "name": .string(name),
                    "webhook_configs": [
                        ["url": "http://127.0.0.1:\(ports.receiver)/\(name)", "send_resolved": .bool(true)]
                    ],
                ]
            })
        return .object(fields)
    }
}

/// Ports, chosen at first use and kept.
struct WatchPorts: Codable, Equatable, Sendable {
    let prometheus: Int
    let alertmanager: Int
    let receiver: Int
}
