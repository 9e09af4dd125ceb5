import CheckCore
import Foundation
import HarnessSupport
import Synchronization
import Tooling

/// The life cycle of an alert: the service is killed, the alert is delivered, the service returns, the alert is resolved.
struct AlertLifecycleTest: Sendable {
    /// Both versions of the claims model.
    static func concerns(_ container: Container) -> Bool { container.workload.hasPrefix("claims/") }

    let watchers: Watchers
    let engine: ContainerEngine
    let context: StackContext

    private static let down = ["alertname": "ClaimsDown"]
    private static let burn = ["alertname": "ErrorBudgetBurnsFast", "slo": "gateway-availability"]
    private static let slow = ["alertname": "ErrorBudgetBurnsSlowly", "slo": "gateway-availability"]

    func claims() async throws -> [Assertion] {
        let before = watchers.received().count
        let watchdog = try await notified("watchdog", "firing", ["alertname": "Watchdog"], since: 0)
        let containers = try await engine.containers().filter(Self.concerns)
        let fired: [Assertion]
        do {
            for container in containers { try await engine.kill(container) }
            let (down, burn) = (
                try await notified("pager", "firing", Self.down, since: before),
                try await notified("pager", "firing", Self.burn, since: before)
            )
            fired = [
                claim(id: "watchdog-delivered", "the watchdog alert reaches its receiver", watchdog),
                claim(id: "outage-pages", "ClaimsDown reaches the pager when every claims container is killed", down),
                claim(
                    id: "error-budget-pages", "the gateway's error budget alert reaches the pager while users get 5xx",
                    burn),
                try await inhibited(since: before),
            ]
        } catch {
            for container in containers { try? await engine.revive(container) }
            throw error
        }
        for container in containers { try await engine.revive(container) }
        return fired + [
            claim(
                id: "outage-resolved", "ClaimsDown is reported as resolved when the containers run again",
                try await notified("pager", "resolved", Self.down, since: before)),
            claim(
                id: "error-budget-resolved", "the error budget alert is resolved once its short windows have no errors",
                try await notified("pager", "resolved", Self.burn, since: before)),
        ]
    }

    /// Seconds until delivery; `nil` without delivery.
    private func notified(
        _ receiver: String, _ status: String, _ labels: [String: String], since count: Int
    ) async throws -> Double? {
        let start = ContinuousClock.now
        while ContinuousClock.now < start + .seconds(90) {
            if watchers.received().dropFirst(count).contains(where: {
                $0.receiver == receiver && $0.status == status && $0.isAbout(labels)
            }) {
                return (ContinuousClock.now - start).seconds
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        return nil
    }

    private func claim(id: String, _ text: String, _ seconds: Double?) -> Assertion {
        Assertion(
            id: id, text, seconds != nil, seen: seconds.map { String(format: "after %.1f s", $0) } ?? "not within 90 s")
    }

    /// The slow-burn alert is about the same failure. After the fast alert ends, the slow one may be delivered.
    private func inhibited(since count: Int) async throws -> Assertion {
        let text = Assertion.Name(
            id: "slow-burn-inhibited", "the slow-burn alert of the same objective fires and is inhibited")
        let end = ContinuousClock.now + .seconds(20)
        var state = "Alertmanager has not received the alert"
        while ContinuousClock.now < end {
            let alert = await watchers.alerts().first { alert in
                Self.slow.allSatisfy { alert["labels", $0.key]?.string == $0.value }
            }
            if let alert {
                state = alert["status", "state"]?.string ?? ""
                if state == "suppressed" { break }
            }
            try await Task.sleep(for: .milliseconds(200))
        }
        let wasSent = watchers.received().dropFirst(count).contains { $0.status == "firing" && $0.isAbout(Self.slow) }
        return Assertion(text, state == "suppressed" && !wasSent, seen: wasSent ? "\(state), but sent" : state)
    }

    /// Runs `body` while claims are scored through the gateway and some are rejected.
    func underLoad<Result: Sendable>(_ body: () async throws -> Result) async throws -> Result {
        let load = Load()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { while !load.isOver.withLock({ $0 }) { try await requests() } }
            defer { load.isOver.withLock { $0 = true } }
            return try await body()
        }
    }

    private final class Load: Sendable {
        let isOver = Mutex(false)
    }

    /// Two seconds of requests, below the gateway's limit for one caller. The example leaves a field unknown.
    private func requests() async throws {
        let gateway = Gateway(context)
        let example = context.repository.absolute("sagemaker/claims-model/examples/claim.json")
        let common = [
            "-s", "-o", "/dev/null", "--max-time", "5", "--noproxy", "*", "--cacert", gateway.authority, "-H",
            "Content-Type: application/json",
        ]
        let address = "\(gateway.address)/service/a/v2/score"
        _ = try await Command("curl", common + ["--data-binary", "{}", address]).run()
        _ = try await Command(
            "curl", common + ["--rate", "15/s", "--data-binary", "@\(example)", "\(address)#[1-30]"]
        ).run()
    }
}

extension ContainerEngine {
    /// Kills its process; the engine does not restart it.
    func kill(_ container: Container) async throws { try await docker("kill", container.id) }

    func revive(_ container: Container) async throws { try await docker("start", container.id) }
}
