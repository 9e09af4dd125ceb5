import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

@Suite("The Azure pipeline's steps", .heavy, .timeLimit(.minutes(60)))
struct PipelineStepsTests {
    @Test("release the model on this machine, stop a bad one, and recover from the registry")
    func release() async throws {
        let programs = ["docker-registry", "jq", "openssl"].filter { name in
            !["/usr/bin/", "/usr/local/bin/"].contains { FileManager.default.isExecutableFile(atPath: $0 + name) }
        }
        guard programs.isEmpty else {
            try skip(
                "apt-get install \(programs.joined(separator: " ")): not here, so the pipeline's steps were not run")
        }
        try await withScratch { folder in
            let context = StackContext(
                target: .local, repository: try await Discovery.repository(at: Project.root),
                toolbox: Toolbox(home: Project.home) { print($0) }, folder: folder, options: StackOptions(),
                say: { print($0) }, show: { _ in })
            do { try await release(context) } catch {
                try? await DockerApplications().down(context)
                throw error
            }
            try await DockerApplications().down(context)
        }
    }

    private func release(_ context: StackContext) async throws {
        let engine: DockerEngine
        do { engine = try await DockerEngine.obtain(context) } catch let skipped as Skipped {
            try skip(skipped.reason)
        }
        let v1: String
        do { v1 = try await ApplicationImage.claimsModelV1.obtain(engine.client, context) } catch let skipped as Skipped
        {
            try skip(skipped.reason)
        }
        let image = try await ApplicationImage.claimsModel.obtain(engine.client, context)
        let base = try await BaseImage.obtain(
            for: "sagemaker/claims-model/Containerfile", engine.client, context)
        if let base, base.python != "3.7" {
            try skip("no image with Python 3.7 can be pulled or made here, and production runs it")
        }
        let lock = try Pins.Lock(file: Project.root + "/sagemaker/claims-model/requirements/train.txt")
        let training = try await PythonEnvironment(name: "claims", lock: lock, home: context.home)
            .install(announce: context.say)
        let folders = [
            try await context.toolbox.path(of: .ruff).parentPath,
            try await context.toolbox.path(of: .kubectl).parentPath, "/usr/bin",
            ProcessInfo.processInfo.environment["PATH"] ?? "",
        ]
        var environment = engine.client.environment
        environment["PATH"] = folders.joined(separator: ":")
        environment["DOCKER"] = engine.client.program
        environment["HARNESS"] = Project.executable
        environment["HARNESS_HOME"] = Project.home.path
        environment["DRILL_PYTHON"] = training + "/bin/python"
        // The tests of the model are a test of their own.
        let stages = ["image", "staging", "production", "recovery"].flatMap { ["--stage", $0] }
        let output = try await Command(
            Project.root + "/azure-devops/run-here.sh",
            [
                "--image", image, "--v1", v1, "--base", base?.name ?? "", "--port", "\(freePort())", "--drill", "yes",
                "--",
            ] + stages,
            environment: environment
        ).run()
        #expect(output.isSuccess, "\(output.stdout.suffix(4000))\(output.stderr)")
        #expect(output.stdout.contains(/[1-9]\d* passed, 0 failed/))
        // The last digits depend on the processor that trained.
        #expect(output.stdout.contains(/predicts 1086\d\d\.\d\d for a claim whose expectation is 36886/))
        #expect(output.stdout.contains("has no signature by"))
        // Once by another version, once under that of what runs, as a release of code alone would be.
        #expect(output.stdout.matches(of: /\/canary predicts 1086\d\d/).count == 2)
        #expect(output.stdout.matches(of: /PASSED  production\/deploy\/on\.failure: Go back/).count == 3)
        #expect(output.stdout.matches(of: /goes on serving/).count == 2)
        #expect(output.stdout.contains("recovered: the example record is scored again"))
        #expect(output.stdout.contains("SKIPPED") && output.stdout.contains("logs in at Azure or asks it"))
    }
}
