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
            #expect(failed.map(\.text) == ["/service/b/v2 reaches report-v2 and no other"])
            #expect(failed.map(\.seen) == ["report/report-v1"])
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
            #expect(
                failed.map(\.text) == [
                    "/service/a/v1/score scores the supplied record", "/service/a/v1 reaches claims-v1 and no other",
                ])
            #expect(failed.last?.seen == "claims/claims-v2")
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
                claims.filter { $0.verdict == .skipped && $0.seen == "no supplied files" }.map(\.text) == [
                    "/service/a/v1/score scores the supplied record", "/service/a/v2/score scores the supplied record",
                    "/service/a/v1/score refuses an invalid claim", "/service/a/v1 reaches claims-v1 and no other",
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
        try await ApplicationsUnderTest.with { stack in
            let (workload, container) = try await stack.start("claims-v1", broken.changes)
            if !broken.update.isEmpty {
                try await stack.engine.docker.call(["update"] + broken.update + [container.id])
            }
            let claims = try await ContainmentVerification(engine: stack.engine, workloads: [workload]).all()
            let failed = claims.filter { $0.verdict == .failed }.map(\.text)
            #expect(failed == broken.failing.map { "claims-v1: \($0)" }, "\(claims.map { "\($0.text): \($0.seen)" })")
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
            #expect(abrupt.map(\.verdict) == [.passed, .failed], "\(abrupt.map(\.seen))")

            // Stopped without a successor and without telling the gateway.
            let stopped = try await availability.losesNothing { _ in
                for container in try await stack.engine.containers() where container.workload == "claims/claims-v2" {
                    try await stack.engine.stop(container)
                }
                try await Task.sleep(for: .seconds(1))
            }
            #expect(stopped.map(\.verdict) == [.failed, .failed], "\(stopped.map(\.seen))")

            _ = try await component.up(stack.context)
            for container in try await stack.engine.containers() {
                _ = try await stack.docker("update", "--restart", "no", container.id)
            }
            let killed = try await availability.comesBack(within: .seconds(3))
            #expect(killed.verdict == .failed)
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
            #expect(await message(unbuilt) == "claims/claims-v1: nothing here builds the image claims-v1:local")
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
                        == "the Docker engine at unix:///nonexistent/docker.sock does not answer; start it, and try again"
                )
            }
        }
    }
}

/// A container that is wrong in one way, and the claims that must fail for it.
struct BrokenContainer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var changes: [String: String] = [:]
    var update: [String] = []
    let failing: [String]

    static let all = [
        BrokenContainer(testDescription: "nothing", failing: []),
        BrokenContainer(
            testDescription: "root", changes: ["runAsUser: 10001": "runAsUser: 0"],
            failing: ["its user is not root"]),
        BrokenContainer(
            testDescription: "a writable root file system",
            changes: ["readOnlyRootFilesystem: true": "readOnlyRootFilesystem: false"],
            failing: ["writing to the root file system fails"]),
        BrokenContainer(
            testDescription: "capabilities", changes: ["capabilities: { drop: [ALL] }": "capabilities: {}"],
            failing: ["it has no capabilities and can get none"]),
        BrokenContainer(
            testDescription: "one capability given back",
            changes: ["capabilities: { drop: [ALL] }": "capabilities: { drop: [ALL], add: [NET_RAW] }"],
            failing: ["it has no capabilities and can get none"]),
        BrokenContainer(
            testDescription: "a way to more privileges",
            changes: ["allowPrivilegeEscalation: false": "allowPrivilegeEscalation: true"],
            failing: ["it can gain no privileges"]),
        BrokenContainer(
            testDescription: "no seccomp profile", changes: ["type: RuntimeDefault": "type: Unconfined"],
            failing: ["its system calls are filtered"]),
        BrokenContainer(
            testDescription: "more memory", update: ["--memory", "96m", "--memory-swap", "96m"],
            failing: ["its memory is limited as the manifest says"]),
        BrokenContainer(
            testDescription: "more processes", update: ["--pids-limit", "4096"],
            failing: ["its processes are limited"]),
    ]
}
