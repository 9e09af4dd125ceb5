import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel

/// Checks targets and rules in Prometheus.
struct ScrapeVerification: Sendable {
    let watchers: Watchers
    let settings: WatchSettings
    let repository: Repository

    func all() async throws -> [Assertion] {
        [try await targets(), await rules()] + (try await metrics())
    }

    private func targets() async throws -> Assertion {
        let wanted = settings.targets.values.joined().count
        var seen: [String] = []
        try await until(.seconds(30)) {
            seen = (await watchers.ask("targets")?["activeTargets"]).items.filter { $0["health"]?.string == "up" }
                .compactMap { $0["labels", "job"]?.string }.sorted()
            return seen.count == wanted
        }
        return Assertion(
            id: "targets-up", "every target is up: the claims containers, the gateway, Prometheus and Alertmanager",
            seen.count == wanted,
            seen: "\(seen.count) of \(wanted): \(Set(seen).sorted().joined(separator: ", "))")
    }

    private func rules() async -> Assertion {
        let loaded = (await watchers.ask("rules")?["groups"]).items.flatMap { $0["rules"].items }
        let sick = loaded.filter { $0["health"]?.string == "err" }.compactMap { $0["name"]?.string }
        return Assertion(
            id: "rules-loaded", "every rule of \(WatchSettings.overlay) is loaded and evaluated",
            loaded.count == settings.ruleCount && sick.isEmpty,
            seen: "\(loaded.count) of \(settings.ruleCount), \(sick.count) fail \(sick.joined(separator: " "))")
    }

    /// Checks that every metric of the rules and dashboards exists, if its exporter runs here.
    private func metrics() async throws -> [Assertion] {
        let exporters = Exporters(in: repository)
        let rules = RuleFile.all(in: repository).filter { $0.path.hasPrefix("k8s/") }
        let dashboards = repository.artifacts(of: .grafanaDashboard).compactMap { Dashboard($0.path, in: repository) }
        let expressions =
            rules.flatMap(\.rules).compactMap { $0.node["expr"]?.text }
            + dashboards.flatMap(\.queries).map { $0.expression.text }
        let named = Set(expressions.flatMap(PromQL.selectors).map(\.metric))
        let here = ["sagemaker/claims-model/", "traefik", "prometheus", "alertmanager", "rules"]
        func runsHere(_ metric: String) -> Bool {
            here.contains { exporters.series[metric]?.origin.hasPrefix($0) ?? false }
        }
        let exported = named.filter(runsHere)
        var missing = exported
        try await until(.seconds(20)) {
            let names = (await watchers.ask("label/__name__/values"))?.array?.compactMap(\.string) ?? []
            missing.subtract(names)
            return missing.isEmpty
        }
        let elsewhere = named.filter { !runsHere($0) }
        let origins = Set(elsewhere.compactMap { exporters.series[$0]?.origin.lastPathPart }).sorted()
        return [
            Assertion(
                id: "metrics-present", "every metric of the rules and dashboards exists", missing.isEmpty,
                seen: missing.isEmpty ? "\(exported.count)" : "missing: \(missing.sorted().joined(separator: ", "))"),
            Assertion(
                id: "metrics-elsewhere", "\(elsewhere.count) other metrics of the rules and dashboards exist",
                skipped: "their exporters do not run here: \(origins.joined(separator: ", "))"),
        ]
    }

    /// Retries until the condition holds or the time is over.
    private func until(_ patience: Duration, _ holds: () async -> Bool) async throws {
        let end = ContinuousClock.now + patience
        while await !holds(), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(300)) }
    }
}
