import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import Submission
@testable import Tooling

@Suite("`harness up applications`", .timeLimit(.minutes(60)))
struct ApplicationsLifeTests {
    /// The docker command notes a number of its own when it builds. pip asks `rustc` for its version
    /// (pip/_internal/network/session.py), and where that is rustup's, it writes its settings.
    private static let settings: Set = [".docker", ".rustup"]

    @Test("shows both applications at one address and the life of an alert, and leaves nothing, though killed")
    func wholeLife() async throws {
        try await StackUnderTest.with { stack in
            // Images are kept there by their content.
            try FileManager.default.createDirectory(atPath: Project.home.cache, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: stack.home + "/cache", withDestinationPath: Project.home.cache)
            let first = try await stack.harness("up", "observability", "--cluster", "docker").run()
            if try await stack.states()["applications"] == "skipped" { try skip(first.stdout) }
            try #require(first.code == 0, "\(first.stdout)\(first.stderr)")
            // Metrics of a cluster's own exporters are skipped, and v1 where the supplied files cannot be fetched.
            #expect(first.stdout.contains(/, 0 failed, [15] skipped/))
            #expect(first.stdout.contains("✓ ClaimsDown is reported as resolved when the containers run again"))
            #expect(FileManager.default.fileExists(atPath: stack.folder + "/observability/dashboards.html"))

            // As the README tells its reader to.
            let visit = """
                curl -s --noproxy '*' --cacert "$1/applications/gateway/ca.pem" -H 'Content-Type: application/json' \\
                  --data-binary @sagemaker/claims-model/examples/claim.json https://127.0.0.1:\(stack.port + 2)/service/a/v2/score
                """
            #expect(try await stack.shell("cd '\(Project.root)'; \(visit)").contains(#""expected_cost":"#))

            let second = try await stack.harness("up", "applications", "--cluster", "docker").run()
            #expect(second.code == 0, "\(second.stdout)\(second.stderr)")
            #expect(second.stderr.contains("applications: no changes"))

            let pid = try? String(contentsOfFile: stack.folder + "/applications/dockerd.pid", encoding: .utf8)
            if let number = pid.flatMap({ Int32($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) {
                kill(number, SIGKILL)
                #expect(try await stack.states()["applications"] == "lost")
            }
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft(besides: Self.settings)
        }
    }

    @Test("serves SageMaker's containers on the same engine, from training to rollback", .fullDepth)
    func models() async throws {
        try await StackUnderTest.with { stack in
            try FileManager.default.createDirectory(atPath: Project.home.cache, withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: stack.home + "/cache", withDestinationPath: Project.home.cache)
            let models = try await stack.harness("up", "model-hosting", "--cluster", "docker").run()
            if try await stack.states()["applications"] == "skipped" { try skip(models.stdout) }
            #expect(models.code == 0, "\(models.stdout)\(models.stderr)")
            // Without the supplied claims the loop is skipped.
            #expect(models.stdout.contains(/[✓-] the loop from training to rollback/), "\(models.stdout)")
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft(besides: Self.settings)
        }
    }

    @Test("detaches what a killed engine left mounted, though a process holds it")
    func detachesMounts() async throws {
        try await withScratch { folder in
            let mounted = try await Command("mount", ["--bind", folder, folder]).run()
            guard mounted.isSuccess else { try skip("mounts need root") }
            let file = folder + "/held"
            #expect(FileManager.default.createFile(atPath: file, contents: nil))
            let held = try #require(FileHandle(forWritingAtPath: file))
            #expect(try await Command("umount", [folder]).run().stderr.contains("busy"))
            try await DockerDaemon.detachMounts(within: folder)
            #expect(!(try String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)).contains(folder))
            try held.close()
        }
    }

    @Test("goes on without them where no engine answers, and says so")
    func noEngine() async throws {
        try await StackUnderTest.with { stack in
            var command = stack.harness("up", "applications", "--cluster", "docker")
            command.environment["DOCKER_HOST"] = "unix:///nonexistent/docker.sock"
            let up = try await command.run()
            #expect(up.code == 0, "\(up.stderr)")
            let reason =
                "no Docker engine answers at DOCKER_HOST=unix:///nonexistent/docker.sock: start it, or unset the variable"
            #expect(up.stdout.contains("- applications: up and read back  skipped: \(reason)"), "\(up.stdout)")
            #expect(up.stdout.contains("0 passed, 0 failed, 1 skipped"))
            #expect(try await stack.states()["applications"] == "skipped")
        }
    }

    @Test("says in one line that its port is taken, that kind is missing, that no cluster is named")
    func refusals() async throws {
        try await StackUnderTest.with { stack in
            let taken = try await whileListening(on: stack.port + 2) {
                try await stack.harness("up", "applications", "--cluster", "docker").run()
            }
            #expect(taken.code == 2)
            #expect(taken.stderr.hasPrefix("error: port \(stack.port + 2) on 127.0.0.1 is in use; free the port"))
            #expect(!stack.contains("applications"))

            var current = stack.harness("up", "applications", "--cluster", "current")
            current.environment["KUBECONFIG"] = "/nonexistent"
            let unnamed = try await current.run()
            #expect(unnamed.code == 2)
            #expect(
                unnamed.stderr
                    == "error: CLUSTER=current: the kubeconfig has no current context; kubectl config use-context NAME, or leave CLUSTER out\n"
            )
            if Toolbox.onPath("kind") == nil {
                let kind = try await stack.harness("up", "applications", "--cluster", "kind").run()
                #expect(kind.code == 2)
                #expect(
                    kind.stderr.contains(
                        "error: CLUSTER=kind: kind is not on the PATH; install it from kind.sigs.k8s.io"))
            }
        }
    }
}
