import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Runs promtool on Prometheus' configuration, and checks newer fields that Debian's promtool does not support.
struct PrometheusConfiguration: Check {
    let name = "prometheus-config"
    let summary = "Prometheus accepts its configuration"
    let tools = [Tool.promtool]
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .prometheus).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let promtool = try await context.path(of: .promtool)
        var findings: [Finding] = []
        for subject in subjects {
            guard let text = context.repository.text(of: subject.path) else { continue }
            findings += try await refusals(subject.path, text, promtool, context)
            guard let root = (try? YAMLTree(Array(text.utf8)))?.documents.first else { continue }
            let rules = PrometheusConfigurationRules(path: subject.path, rule: name)
            findings += rules.findings(in: root)
        }
        return findings
    }

    /// The errors of promtool after the removal of fields that are newer than promtool.
    private func refusals(_ path: String, _ text: String, _ promtool: String, _ context: CheckContext) async throws
        -> [Finding]
    {
        try await context.withStage([]) { stage in
            var lines = text.lines.map(String.init)
            // promtool reports unknown fields of a level only after it has accepted the level above.
            for _ in 0..<8 {
                try Data(lines.joined(separator: "\n").utf8)
                    .write(to: URL(fileURLWithPath: stage.appendingPath("prometheus.yml")))
                // The files that the configuration names are only on the server.
                let output = try await Command(
                    promtool, ["check", "config", "--syntax-only", "prometheus.yml"], folder: stage
                ).run()
                if output.isSuccess { return [] }
                let said = output.stdout + output.stderr
                let unknown = said.matches(of: /line (\d+): field (\w+) not found in type/)
                    .compactMap { match in Int(match.1).map { (line: $0, name: String(match.2)) } }
                let newer = unknown.filter { Self.newer.contains($0.name) }
                if newer.isEmpty { return [refusal(path, said, unknown.first?.line)] }
                for field in newer { Self.remove(field.name, at: field.line, from: &lines) }
            }
            throw Skipped("\(path) uses syntax of a later Prometheus than this promtool; install promtool 3 or later")
        }
    }

    private func refusal(_ path: String, _ said: String, _ line: Int?) -> Finding {
        let reason =
            said.lines.map { $0.trimmingCharacters(in: .whitespaces) }
            .last { !$0.isEmpty && $0 != "FAILED:" && !$0.hasPrefix("Checking") } ?? ""
        let number = line ?? reason.firstMatch(of: /line (\d+):/).flatMap { Int($0.1) }
        // Prometheus 3 allows UTF-8 in label and metric names.
        let isName = reason.contains(
            /not a valid label name|valid metric name|is invalid .target_label.|invalid label name/)
        let plain = reason.replacing(#/^FAILED: parsing YAML file \S+: /#, with: "")
        return Finding(
            rule: "\(name)/refused", severity: isName ? .warning : .error, path: path, line: number ?? 1,
            message: "Prometheus rejects the configuration: \(plain)")
    }

    /// Blanks a field with its children, and keeps the line numbers.
    private static func remove(_ field: String, at number: Int, from lines: inout [String]) {
        // For a field in a flow-style collection, only the line is known.
        guard lines.indices.contains(number - 1), let key = lines[number - 1].range(of: field) else { return }
        let line = lines[number - 1]
        let before = line[..<key.lowerBound]
        guard before.allSatisfy({ " -".contains($0) }) else { return }
        let column = before.count
        lines[number - 1] = before.contains("-") ? String(before) : ""
        for index in number..<lines.count {
            let next = lines[index]
            let indent = next.prefix { $0 == " " }.count
            if next.allSatisfy(\.isWhitespace) || next.dropFirst(indent).hasPrefix("#") { continue }
            let isItem = indent == column && next.dropFirst(indent).hasPrefix("- ")
            guard indent > column || isItem else { return }
            lines[index] = ""
        }
    }

    /// Fields that Debian 12's promtool 2.42 lacks: newer ones, and service discovery that Debian's build excludes.
    ///
    /// Source: prometheus/prometheus@v3.14.0:config/config.go and discovery/, prometheus/common:config/http_config.go.
    private static let newer: Set<String> = [
        "always_scrape_classic_histograms", "attach_metadata", "aws_sd_configs", "azuread", "chunk_encoding",
        "chunked_read_limit", "consul_sd_configs", "convert_classic_histograms_to_nhcb", "ecs_sd_configs",
        "elasticache_sd_configs", "enable_compression", "external_id", "extra_scrape_metrics", "failed_request_logging",
        "fallback_scrape_protocol", "fetch_timeout", "gogc", "google_iam", "health_filter", "http_headers",
        "keep_dropped_targets", "kubernetes_sd_configs", "kuma_sd_configs", "linode_sd_configs", "match_first_network",
        "metric_name_escaping_scheme", "metric_name_validation_scheme", "msk_sd_configs",
        "native_histogram_bucket_limit", "native_histogram_min_bucket_factor", "no_proxy", "nomad_sd_configs",
        "oci_sd_configs", "otlp", "outscale_sd_configs", "protobuf_message", "proxy_connect_header",
        "proxy_from_environment", "rds_sd_configs", "request_concurrency", "retention", "round_robin_dns",
        "rule_query_offset", "runtime", "sample_age_limit", "scrape_classic_histograms", "scrape_config_files",
        "scrape_failure_log_file", "scrape_native_histograms", "scrape_protocols", "send_native_histograms",
        "stackit_sd_configs", "stale_series_compaction_threshold", "track_timestamps_staleness", "username_file",
        "username_ref", "password_ref", "credentials_ref", "client_secret_ref", "max_version", "ca", "cert", "key",
        "body_size_limit", "sample_limit", "label_limit", "label_name_length_limit", "label_value_length_limit",
        "target_limit",
    ]

    var explanations: [String: String] {
        [
            "discovery":
                "A job finds no targets, because its service discovery lacks what it needs.",
            "protocol":
                "A protocol or setting does not fit the server that the job reads from or writes to.",
            "queue":
                "The settings of a remote write queue contradict each other.",
            "refused":
                "Prometheus rejects the configuration. Source: `promtool check config`.",
            "secret":
                "A password or token is in the file in clear text. Use the `_file` variant of the setting.",
        ]
    }

    var examples: [Example] {
        func configuration(_ job: String, _ more: String = "") -> [String: String] {
            ["prometheus.yml": "global:\n  scrape_interval: 30s\n\(more)scrape_configs:\n  - job_name: a\n\(job)"]
        }
        func discovery(_ fields: String) -> [String: String] {
            configuration("    kubernetes_sd_configs:\n      - \(fields)\n")
        }
        let targets = "    static_configs: [{targets: ['a:80']}]\n"
        return [
            .sound("a job", configuration(targets)),
            .sound(
                "fields of a later version", configuration(targets + "    scrape_protocols: [PrometheusText1.0.0]\n")),
            .sound("pods of the cluster", discovery("role: pod\n        namespaces: {names: [a]}")),
            .broken("a misspelt field", configuration("   ↓ static_config: []\n"), triggers: "refused"),
            .broken(
                "an interval shorter than its time-out",
                configuration(targets + "    scrape_timeout: 1m\n"), triggers: "refused"),
            .broken(
                "two jobs of one name", configuration(targets + "  - job_name: a\n"), triggers: "refused"),
            .broken(
                "a relabelling without its target",
                configuration(targets + "    relabel_configs: [{action: hashmod, modulus: 8}]\n"),
                triggers: "refused"),
            .broken("a discovery of what Kubernetes does not have", discovery("↓role: pods"), triggers: "discovery"),
            .broken(
                "a selector that the role does not take",
                discovery("role: node\n        selectors: [{↓role: pod, label: a=b}]"), triggers: "discovery"),
            .broken(
                "a server by two ways",
                discovery("role: pod\n        api_server: https://a\n        kubeconfig_file: /a"),
                triggers: "discovery"),
            .broken(
                "more shards at the least than at the most",
                configuration(
                    targets,
                    "remote_write:\n  - url: https://a\n    queue_config: {↓min_shards: 9, max_shards: 3}\n"),
                triggers: "queue"),
            .broken(
                "a protocol that Prometheus does not speak",
                configuration(targets + "    scrape_protocols: [↓OpenMetrics1.0.0]\n"), triggers: "protocol"),
            .broken(
                "two kinds of credentials",
                discovery(
                    "role: pod\n        api_server: https://a\n        bearer_token_file: /a\n        basic_auth: {username: a, password_file: /b}"
                ),
                triggers: "discovery"),
            .broken(
                "a password",
                configuration(targets + "    basic_auth: {username: a, ↓password: 7ffH3kaQ}\n"), triggers: "secret"),
        ]
    }
}

/// Errors that Prometheus reports in fields that Debian's promtool does not support.
struct PrometheusConfigurationRules {
    let path: String
    let rule: String

    private func finding(_ rule: String, _ node: YAMLNode, _ message: String, _ remedy: String? = nil) -> Finding {
        Finding(rule: "\(self.rule)/\(rule)", path: path, line: node.line, message: message, remedy: remedy)
    }

    /// Source: prometheus/prometheus@v3.14.0:config/config.go, `ScrapeProtocol`.
    private static let protocols: Set = [
        "PrometheusProto", "PrometheusText0.0.4", "PrometheusText1.0.0", "OpenMetricsText0.0.1", "OpenMetricsText1.0.0",
    ]

    func findings(in root: YAMLNode) -> [Finding] {
        let jobs = root["scrape_configs"].elements
        let protocols = ([root["global"]] + jobs).flatMap { $0?["scrape_protocols"].elements ?? [] }
            .filter { !Self.protocols.contains($0.text) }
            .map {
                finding(
                    "protocol", $0, "'\($0.text)' is not a scrape protocol", "use one of \(Self.protocols.sorted())")
            }
        let managers = (root["alerting", "alertmanagers"]).elements
        return protocols + (jobs + managers).flatMap { $0["kubernetes_sd_configs"].elements }.flatMap(discovery)
            + root["remote_write"].elements.compactMap { $0["queue_config"] }.flatMap(queue)
            + (jobs + managers + root["remote_write"].elements + root["remote_read"].elements).flatMap(secrets)
    }

    /// Source: prometheus/prometheus@v3.14.0:discovery/kubernetes/kubernetes.go, `SDConfig.UnmarshalYAML`.
    private func discovery(_ node: YAMLNode) -> [Finding] {
        let selectors = [
            "pod": ["pod"], "service": ["service"], "endpoints": ["pod", "service", "endpoints", "node"],
            "endpointslice": ["pod", "service", "endpointslice", "node"], "node": ["node"], "ingress": ["ingress"],
        ]
        guard let role = node["role"] else { return [finding("discovery", node, "the discovery has no role")] }
        guard let allowed = selectors[role.text] else {
            let names = selectors.keys.sorted().joined(separator: ", ")
            return [finding("discovery", role, "'\(role.text)' is not a role of Kubernetes discovery", "use \(names)")]
        }
        var findings: [Finding] = []
        let client = ["basic_auth", "authorization", "oauth2", "bearer_token", "bearer_token_file", "tls_config"]
            .compactMap { node[$0] }
        if let file = node["kubeconfig_file"] {
            if node["api_server"] != nil {
                findings.append(finding("discovery", file, "kubeconfig_file and api_server exclude each other"))
            }
            if !client.isEmpty {
                findings.append(finding("discovery", client[0], "the kubeconfig_file already holds the credentials"))
            }
        } else if node["api_server"] == nil, let first = client.first {
            findings.append(finding("discovery", first, "credentials of the discovery need its api_server"))
        }
        if node["api_server"] != nil, let own = node["namespaces", "own_namespace"], own.bool == true {
            findings.append(finding("discovery", own, "own_namespace and api_server exclude each other"))
        }
        if client.filter({ $0 != node["tls_config"] }).count > 1 {
            findings.append(finding("discovery", client[1], "the discovery takes one kind of credentials"))
        }
        var seen: Set<String> = []
        for selector in node["selectors"].elements {
            // Later versions may allow pod selectors for ingresses and node selectors for pods.
            guard let kind = selector["role"] else { continue }
            let isNode = kind.text == "node" && role.text == "pod"
            if !allowed.contains(kind.text) && !isNode {
                findings.append(
                    finding("discovery", kind, "the role \(role.text) takes no selector of the role \(kind.text)"))
            } else if !seen.insert(kind.text).inserted {
                findings.append(finding("discovery", kind, "two selectors have the role \(kind.text)"))
            }
        }
        return findings
    }

    /// Source: prometheus/prometheus@v3.14.0:config/config.go, `QueueConfig`.
    private func queue(_ node: YAMLNode) -> [Finding] {
        let zero = ["capacity", "max_shards", "min_shards", "max_samples_per_send"].compactMap { node[$0] }
            .filter { $0.int.map { $0 <= 0 } ?? false }
            .map { finding("queue", $0, "the queue needs a value above 0") }
        guard zero.isEmpty, let least = node["min_shards"], let most = node["max_shards"], let low = least.int,
            let high = most.int, low > high
        else { return zero }
        return [finding("queue", least, "min_shards \(low) is above max_shards \(high)")]
    }

    private func secrets(_ node: YAMLNode) -> [Finding] {
        let places = [node["basic_auth", "password"], node["authorization", "credentials"], node["bearer_token"]]
        return places.compactMap { $0 }.filter(\.isScalar).filter { place in
            place.text.count >= 6 && !place.text.contains(/[<>$%{}*]|(?i:change|example|secret|password|token|your)/)
        }.map {
            finding(
                "secret", $0, "the password is in the file in clear", "name a file: password_file, credentials_file")
        }
    }
}
