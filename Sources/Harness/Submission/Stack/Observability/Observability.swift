import Foundation
import HarnessSupport
import Tooling

/// Prometheus and Alertmanager with the repository's rules and routes, monitoring the applications and the gateway.
struct Observability: Component {
    let name = Watchers.name
    let dependencies = [Applications.name]
    /// Its processes end without the containers that they watch.
    let teardownDependencies: [String] = []
    let code = [WatchSettings.overlay]

    func up(_ context: StackContext) async throws -> ComponentDetail {
        guard let engine = DockerEngine.recorded(context) else {
            throw Skipped("no application containers to monitor")
        }
        let watchers = try Watchers(context)
        do {
            try await watchers.start(try await settings(watchers, engine, context), context)
        } catch let missing as Tool.Missing { throw Skipped("\(missing)") }
        guard let standing = await standing(context) else {
            throw HarnessError("\(name): processes stopped", remedy: "see: make status")
        }
        return standing
    }

    private func settings(_ watchers: Watchers, _ engine: DockerEngine, _ context: StackContext) async throws
        -> WatchSettings
    {
        let claims = try await ContainerEngine(engine.client, context).containers()
            .filter(AlertLifecycleTest.concerns).flatMap { $0.ports.values.sorted() }
        let ports = ["gateway": [Gateway(context).metricsPort], "claims": claims.sorted()].merging(
            ["prometheus": [watchers.ports.prometheus], "alertmanager": [watchers.ports.alertmanager]]) { $1 }
        return try WatchSettings(
            try await Manifests.render([WatchSettings.overlay], context),
            targets: ports.mapValues { $0.map { "127.0.0.1:\($0)" } }, ports: watchers.ports)
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        guard let watchers = Watchers(recorded: context), let engine = DockerEngine.recorded(context) else {
            throw HarnessError("\(name): no record of a running stack", remedy: "make up")
        }
        let settings = try await settings(watchers, engine, context)
        let life = AlertLifecycleTest(
            watchers: watchers, engine: ContainerEngine(engine.client, context), context: context)
        let start = ContinuousClock.now
        // Under a steady load, because rates need requests.
        let claims = try await life.underLoad {
            let scraped = try await ScrapeVerification(
                watchers: watchers, settings: settings, repository: context.repository
            )
            .all()
            context.show("letting an alert fire")
            return try await scraped + life.claims()
        }
        try await DashboardPage(watchers: watchers, repository: context.repository).write(since: start)
        context.say("\(name): the dashboards' queries, drawn: \(watchers.page)")
        return claims
    }

    func down(_ context: StackContext) async throws {
        try await Watchers(recorded: context)?.stop()
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let watchers = Watchers(recorded: context), await watchers.standing() else { return nil }
        return ComponentDetail(
            endpoint: watchers.address,
            detail: "Alertmanager at \(watchers.alertmanager); a minute of the rules is a second here")
    }
}
