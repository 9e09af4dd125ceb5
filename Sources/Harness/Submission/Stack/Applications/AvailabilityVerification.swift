import Foundation
import HarnessSupport
import Synchronization
import Tooling

/// Checks of availability while containers end.
struct AvailabilityVerification: Sendable {
    let scene: DockerApplications.Fixture
    let visits: VisitVerification

    func all() async throws -> [Assertion] {
        [try await comesBack(within: .seconds(60))] + (try await losesNothing(replaceOneOfEach))
    }

    /// The engine restarts a container whose process is killed.
    func comesBack(within patience: Duration) async throws -> Assertion {
        let text = Assertion.Name(id: "container-restart", "a killed container restarts")
        guard let workload = scene.plan.workloads.first(where: { $0.name == "claims-v2" }),
            let before = try await scene.engine.containers().first(where: { $0.workload == workload.title })
        else { return Assertion(text, false, seen: "there is none") }
        // The engine does not restart a container after `docker kill`.
        guard before.process > 0, kill(before.process, SIGKILL) == 0 else {
            return Assertion(text, skipped: "killing a container's process needs root on the engine's machine")
        }
        let start = ContinuousClock.now
        while ContinuousClock.now < start + patience {
            if let now = try await scene.engine.containers().first(where: { $0.id == before.id }),
                now.restarts > before.restarts, await scene.engine.isReady(now, workload)
            {
                return Assertion(
                    text, true, seen: "ready after \(String(format: "%.1f s", (ContinuousClock.now - start).seconds))")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
        return Assertion(text, false, seen: "not ready after \(patience.components.seconds) s")
    }

    /// Sends requests while `replace` runs.
    func losesNothing(_ replace: (Watch) async throws -> Void) async throws -> [Assertion] {
        let watch = Watch()
        async let scores = requests("/service/a/v2/score", body: visits.example, watch)
        async let pages = requests("/service/b/v2/", body: nil, watch)
        do { try await replace(watch) } catch {
            watch.isOver.withLock { $0 = true }
            throw error
        }
        watch.isOver.withLock { $0 = true }
        let answers = try await scores + pages
        let failed = answers.filter { !$0.hasSuffix(" 200") }
        let kinds = failed.isEmpty ? "" : ": " + Set(failed).sorted().prefix(3).joined(separator: ", ")
        return [
            Assertion(
                id: "no-request-lost", "no request is lost while one container of each workload is replaced",
                failed.isEmpty && answers.count >= 100,
                seen: "\(answers.count) answered, \(failed.count) failed\(kinds)"),
            Assertion(
                id: "graceful-shutdown", "a container answers its open request before it stops",
                is: watch.underWay.withLock { $0 }, 200),
        ]
    }

    final class Watch: Sendable {
        let isOver = Mutex(false)
        /// The status of the request that was open when its container got the stop signal.
        let underWay = Mutex<Int?>(nil)
    }

    private func requests(_ path: String, body: String?, _ watch: Watch) async throws -> [String] {
        var answers: [String] = []
        while !watch.isOver.withLock({ $0 }) {
            answers += try await Load.batch(scene.gateway, path, body: body).map { "\(path) \($0)" }
        }
        return answers
    }

    func replaceOneOfEach(_ watch: Watch) async throws {
        let containers = try await scene.engine.containers()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for workload in scene.plan.workloads {
                group.addTask {
                    try await scene.rolling.replaceOne(of: workload, containers) { leaving in
                        guard workload.name == "claims-v2" else { return }
                        let status = await slowRequest(to: leaving)
                        watch.underWay.withLock { $0 = status }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// A request, sent to the container directly, whose body is incomplete when the container gets the stop signal.
    private func slowRequest(to container: Container) async -> Int? {
        guard let port = container.ports.values.first,
            let record = try? String(contentsOfFile: visits.example, encoding: .utf8)
        else { return nil }
        // Too large to be sent at once.
        let count = 400_000 / max(1, record.utf8.count)
        let body = "[" + Array(repeating: record, count: count).joined(separator: ",") + "]"
        let file = NSTemporaryDirectory() + "harness-claims-\(UUID().uuidString).json"
        guard FileManager.default.createFile(atPath: file, contents: Data(body.utf8)) else { return nil }
        defer { try? FileManager.default.removeItem(atPath: file) }
        let address = "http://127.0.0.1:\(port)/score"
        return await HTTP.visit(address, body: "@\(file)", bytesPerSecond: body.utf8.count / 3)?.status
    }
}

/// Requests at a steady pace, below the gateway's limit for one caller.
private enum Load {
    /// Sends requests for about two seconds; returns each status, 000 for no answer.
    static func batch(_ gateway: Gateway, _ path: String, body: String?) async throws -> [String] {
        var arguments = [
            "-s", "-o", "/dev/null", "-w", "%{http_code}\\n", "--max-time", "20", "--noproxy", "*", "--rate", "15/s",
            "--cacert", gateway.authority,
        ]
        if let body { arguments += ["-H", "Content-Type: application/json", "--data-binary", "@\(body)"] }
        let output = try await Command("curl", arguments + ["\(gateway.address)\(path)#[1-30]"]).run()
        return output.stdout.split(separator: "\n").map(String.init)
    }
}
