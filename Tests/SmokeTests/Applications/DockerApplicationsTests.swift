import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import HarnessSupport
@testable import Submission

@Suite("The applications on a Docker engine", .sharedEngine, .timeLimit(.minutes(60)))
struct DockerApplicationsTests {
    @Test("come up, hold every claim, change without a lost request, and leave nothing")
    func wholeLife() async throws {
        try await ApplicationsUnderTest.with { stack in
            let component = stack.component()
            let first = try await component.up(stack.context)
            #expect(first.endpoint == "https://127.0.0.1:\(stack.context.options.port + 2)")
            let claims = try await component.verify(stack.context)
            #expect(claims.filter { $0.verdict == .failed }.map { "\($0.text): \($0.seen)" } == [])
            #expect(claims.count > 20)
            #expect(
                await component.standing(stack.context)?.detail.hasPrefix(
                    "claims-v1 2, claims-v2 2, report-v1 1, report-v2 1 on Docker ") == true)

            let before = try await stack.engine.containers().map(\.id)
            _ = try await component.up(stack.context)
            #expect(try await stack.engine.containers().map(\.id) == before)

            // Another setting: new containers, and the old ones go only when those are ready.
            let changed = stack.component([
                "image: report-v2:local": "image: report-v2:local\n          env: [{ name: TITLE, value: changed }]"
            ])
            let gateway = Gateway(stack.context)
            _ = try await changed.up(stack.context)
            let page = await HTTP.visit(gateway.address + "/service/b/v2/", authority: gateway.authority)
            #expect(page?.body.contains("<title>changed</title>") == true)
            let after = try await stack.engine.containers().map(\.id)
            #expect(Set(before).intersection(after).count == 5, "only the changed version has new containers")
        }
    }

    @Test("are reached by their routes alone")
    func routes() async throws {
        try await ApplicationsUnderTest.with { stack in
            _ = try await stack.component(["replicas: 2": "replicas: 1"]).up(stack.context)
            let gateway = Gateway(stack.context)
            func status(_ path: String) async -> Int? {
                await HTTP.visit(gateway.address + path, authority: gateway.authority)?.status
            }
            for path in ["/service/b/v1", "/service/b/v2/", "/service/a/v1/healthz", "/service/a/v2/healthz"] {
                #expect(await status(path) == 200, "\(path)")
            }
            // Not a prefix up to a slash, not routed, not exact, and a path of the container that no route opens.
            for path in [
                "/service/b/v10", "/service/a/v1", "/service/a/v1/healthz/x", "/service/a/v1/readyz", "/service/a", "/",
                "/claims/score", "/report/",
            ] {
                #expect(await status(path) == 404, "\(path)")
            }
            let plain = await HTTP.visit("\(gateway.plainAddress)/service/a/v1/healthz?a=b")
            #expect(plain?.status == 301)
            #expect(plain?.redirect == "\(gateway.address)/service/a/v1/healthz?a=b")
            let stranger = await HTTP.visit(gateway.address + "/service/b/v2/")
            #expect(stranger == nil, "nobody trusts the stack's own authority unasked")
        }
    }

    @Test("show a path that reaches the wrong version")
    func wrongVersion() async throws {
        try await ApplicationsUnderTest.with { stack in
            // The route of the second version keeps its path and names the Service of the first.
            let component = stack.component([
                "replicas: 2": "replicas: 1",
                "backendRefs: [{ name: report-v2, port: 80 }]": "backendRefs: [{ name: report-v1, port: 80 }]",
            ])
            _ = try await component.up(stack.context)
            // Of one replica a request may be lost on a busy machine, which is another test's.
            let failed = try await component.verify(stack.context).filter {
                $0.verdict == .failed && $0.text.hasPrefix("/service/")
            }
            expectNoticed(
                id: "applications/report-route-to-wrong-version",
                failed.map(\.id) == ["report-v2-route"] && failed.map(\.seen) == ["report/report-v1"],
                "\(failed.map(\.id))")
        }
    }

    @Test("show a claims path that reaches the wrong version, and one that answers in the other's form")
    func wrongModel() async throws {
        try await ApplicationsUnderTest.with { stack in
            let component = stack.component([
                "replicas: 2": "replicas: 1",
                "backendRefs: [{ name: claims-v1, port: 80 }]": "backendRefs: [{ name: claims-v2, port: 80 }]",
            ])
            _ = try await component.up(stack.context)
            // Of one replica a request may be lost on a busy machine, which is another test's.
            let failed = try await component.verify(stack.context).filter {
                $0.verdict == .failed && $0.text.hasPrefix("/service/")
            }
            expectNoticed(
                id: "applications/claims-route-to-wrong-version",
                failed.map(\.id) == ["v1-scores-supplied-record", "claims-v1-route"]
                    && failed.last?.seen == "claims/claims-v2", "\(failed.map(\.id))")
        }
    }

    @Test("run without version 1 where the supplied models cannot be had, and say so")
    func withoutSupplied() async throws {
        try await ApplicationsUnderTest.with { stack in
            var component = stack.component(["replicas: 2": "replicas: 1"])
            component.supplied = { _ in throw Skipped("no supplied files") }
            component.images[0].variant = { _ in throw Skipped("no supplied files") }
            _ = try await component.up(stack.context)
            // Of one replica a request may be lost on a busy machine, which is another test's.
            let claims = try await component.verify(stack.context).filter { $0.text.hasPrefix("/service/") }
            #expect(claims.filter { $0.verdict == .failed }.map { "\($0.text): \($0.seen)" } == [])
            #expect(
                claims.filter { $0.verdict == .skipped && $0.seen == "no supplied files" }.map(\.id) == [
                    "v1-scores-supplied-record", "v2-scores-supplied-record", "v1-refuses-invalid-claim",
                    "claims-v1-route",
                ])
        }
    }

    @Test("are listed while others are removed")
    func listed() async throws {
        try await ApplicationsUnderTest.with { stack in
            let label = "harness.stack=\(stack.context.id)"
            var ids: [String] = []
            for _ in 1...8 { ids.append(try await stack.docker("create", "--label", label, stack.image)) }
            let listing = Task {
                while !(try await stack.docker("ps", "--all", "--quiet", "--filter", "label=\(label)").isEmpty) {
                    _ = try await stack.engine.containers()
                }
            }
            for id in ids { _ = try await stack.docker("rm", id) }
            try await listing.value
        }
    }

    @Test("show what is wrong with a container", arguments: BrokenContainer.all)
    func broken(_ broken: BrokenContainer) async throws {
        try await Self.start(broken.changes, broken.update) { failed in
            expectNoticed(id: broken.id, failed == [broken.failing], "\(failed)")
        }
    }

    @Test("show nothing wrong with an unbroken container")
    func unbroken() async throws {
        try await Self.start([:], []) { failed in #expect(failed == []) }
    }

    private static func start(
        _ changes: [String: String], _ update: [String], _ judge: ([String]) -> Void
    ) async throws {
        try await ApplicationsUnderTest.with { stack in
            let (workload, container) = try await stack.start("claims-v1", changes)
            if !update.isEmpty { try await stack.engine.docker.call(["update"] + update + [container.id]) }
            let claims = try await ContainmentVerification(engine: stack.engine, workloads: [workload]).all()
            judge(claims.filter { $0.verdict == .failed }.map(\.id))
        }
    }

    @Test("show when a killed container stays down, and when requests are lost")
    func lost() async throws {
        try await ApplicationsUnderTest.with { stack in
            // Ends at once when it is told to, whatever is under way.
            let component = stack.component([
                "env: [{ name: SHAPE, value: v2 }]":
                    "env: [{ name: SHAPE, value: v2 }, { name: ABRUPT, value: '1' }]",
                "replicas: 2": "replicas: 1",
            ])
            _ = try await component.up(stack.context)
            let availability = try await component.availability(stack.context)
            let abrupt = try await availability.losesNothing(availability.replaceOneOfEach)
            expectNoticed(
                id: "applications/abrupt-shutdown", abrupt.map(\.verdict) == [.passed, .failed],
                "\(abrupt.map(\.seen))")

            // Stopped without a successor and without telling the gateway.
            let stopped = try await availability.losesNothing { _ in
                for container in try await stack.engine.containers() where container.workload == "claims/claims-v2" {
                    try await stack.engine.stop(container)
                }
                try await Task.sleep(for: .seconds(1))
            }
            expectNoticed(
                id: "applications/stopped-without-successor", stopped.map(\.verdict) == [.failed, .failed],
                "\(stopped.map(\.seen))")

            _ = try await component.up(stack.context)
            for container in try await stack.engine.containers() {
                _ = try await stack.docker("update", "--restart", "no", container.id)
            }
            let killed = try await availability.comesBack(within: .seconds(3))
            expectNoticed(id: "applications/no-restart", killed.verdict == .failed, killed.seen)
            #expect(await component.standing(stack.context) == nil)
        }
    }

    @Test("say in one line that a port is taken, that an image is not built, that a container does not get ready")
    func refusals() async throws {
        try await ApplicationsUnderTest.with { stack in
            try await whileListening(on: stack.context.options.port + 3) {
                await #expect(throws: HarnessError.self) { try await stack.component().checkPorts(stack.context) }
            }
            try await stack.component().checkPorts(stack.context)

            func message(_ component: DockerApplications) async -> String {
                do { _ = try await component.up(stack.context) } catch { return "\(error)" }
                return "up"
            }
            var unbuilt = stack.component()
            unbuilt.images = []
            #expect(await message(unbuilt) == "claims/claims-v1: no build for the image claims-v1:local")
            var failing = stack.component()
            failing.images[0] = ApplicationImage(
                name: "claims-v1", inputs: { _ in ["sagemaker/claims-model/examples/claim.json"] },
                build: { try await $0.docker("build", "--tag", $0.tag, $0.scratch) })
            #expect(await message(failing).hasPrefix("docker build: "))
            let unready = stack.component(["path: /readyz": "path: /neverready", "replicas: 2": "replicas: 1"])
            let said = await message(unready)
            #expect(said.contains(": the container is not ready: "), "\(said)")
        }
    }

    @Test("have room for the networks of many stacks on the stack's own engine")
    func manyNetworks() async throws {
        try await ApplicationsUnderTest.with { stack in
            let docker = stack.engine.docker
            guard docker.host?.contains("/harness-") == true else { return }
            let names = (1...40).map { "harness-\(stack.context.id)-room-\($0)" }
            var made: [String] = []
            do {
                for name in names {
                    try await docker("network", "create", name)
                    made.append(name)
                }
            } catch {
                Issue.record("\(made.count) networks, then: \(error)")
            }
            for name in made { try await docker("network", "rm", name) }
        }
    }

    @Test("say that the engine went away")
    func engineGone() async throws {
        try await ApplicationsUnderTest.with { stack in
            let gone = DockerClient(program: stack.engine.docker.program, host: "unix:///nonexistent/docker.sock")
            await #expect(throws: HarnessError.self) { try await ContainerEngine(gone, stack.context).containers() }
            do { _ = try await gone("ps") } catch {
                #expect(
                    "\(error)"
                        == "the Docker engine at unix:///nonexistent/docker.sock does not answer; start the engine and try again"
                )
            }
        }
    }
}

/// A container that is wrong in one way, and the assertion that must fail for it.
struct BrokenContainer: Sendable, CustomTestStringConvertible {
    let id: BreakID
    var testDescription: String { "\(id)" }
    var changes: [String: String] = [:]
    var update: [String] = []
    let failing: String

    static let all = [
        BrokenContainer(
            id: "applications/root-user", changes: ["runAsUser: 10001": "runAsUser: 0"],
            failing: "non-root"),
        BrokenContainer(
            id: "applications/writable-root-filesystem",
            changes: ["readOnlyRootFilesystem: true": "readOnlyRootFilesystem: false"],
            failing: "read-only-root"),
        BrokenContainer(
            id: "applications/capabilities", changes: ["capabilities: { drop: [ALL] }": "capabilities: {}"],
            failing: "no-capabilities"),
        BrokenContainer(
            id: "applications/added-capability",
            changes: ["capabilities: { drop: [ALL] }": "capabilities: { drop: [ALL], add: [NET_RAW] }"],
            failing: "no-capabilities"),
        BrokenContainer(
            id: "applications/privilege-escalation",
            changes: ["allowPrivilegeEscalation: false": "allowPrivilegeEscalation: true"],
            failing: "no-privilege-escalation"),
        BrokenContainer(
            id: "applications/no-seccomp", changes: ["type: RuntimeDefault": "type: Unconfined"],
            failing: "seccomp"),
        BrokenContainer(
            id: "applications/memory-limit-raised", update: ["--memory", "96m", "--memory-swap", "96m"],
            failing: "memory-limit"),
        BrokenContainer(
            id: "applications/process-limit-raised", update: ["--pids-limit", "4096"],
            failing: "process-limit"),
    ]
}
