import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import Submission
@testable import Tooling

@Suite("The model platform", .timeLimit(.minutes(60)))
struct ModelPlatformTests {
    @Test("tells its story, notices a change by hand, goes on serving, and leaves nothing, though killed")
    func wholeLife() async throws {
        try await StackUnderTest.with { stack in
            let first = try await stack.harness("up", "mlops").run()
            if try await stack.states()["mlops"] == "skipped" { try skip(first.stdout) }
            try #require(first.code == 0, "\(first.stdout)\(first.stderr)")
            #expect(first.stdout.contains(" 0 failed, 0 skipped"), "\(first.stdout)")
            #expect(first.stderr.contains("mlops: canary promoted: version 2 is champion"), "\(first.stderr)")

            let folder = stack.folder + "/mlops"
            #expect(!stack.contains("mlops/.config/mlflow"), "MLflow reports its use to nobody")
            let endpoints = try #require(ModelEndpoints(folder))
            _ = await HTTP.visit(
                endpoints.registry + "/api/2.0/mlflow/registered-models/alias",
                body: #"{"name": "relief", "alias": "champion", "version": "1"}"#)
            let again = ContinuousClock.now
            let moved = try await stack.harness("up", "mlops").run()
            #expect(moved.code == 1)
            expectNoticed(
                id: "mlops/alias-moved-by-hand",
                moved.stdout.contains("✗ the aliases match the end of the run"), moved.stdout)
            expectNoticed(
                id: "mlops/champion-not-served",
                moved.stdout.contains("✗ the registry's champion serves  seen: 3"), moved.stdout)
            #expect(ContinuousClock.now - again < .seconds(120), "a story that was told is not told again")

            kill(endpoints.process, SIGKILL)
            #expect(try await stack.states()["mlops"] == "lost")
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft()
        }
    }
}

@Suite("The model's code", .timeLimit(.minutes(60)))
struct ModelCodeTests {
    /// Of these, one trains a small model, and none starts a server of models.
    static let parts = ["canary", "drift", "drift_results", "evaluation", "features", "gate", "registry", "sessions"]

    @Test("passes its own tests")
    func tests() async throws {
        try await Self.pytest(Self.parts.map { "tests/test_\($0).py" })
    }

    static func pytest(_ arguments: [String]) async throws {
        let environment = try await ModelEnvironment(root: Project.root, home: Project.home) { print($0) }
        try await withScratch { scratch in
            let output = try await Command(
                environment.python,
                ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--basetemp", scratch + "/pytest"] + arguments,
                environment: environment.variables, folder: Project.root + "/" + ModelPlatform.source
            ).run()
            #expect(output.isSuccess, "\(output.stdout)\(output.stderr)")
            #expect(output.stdout.contains(/[1-9]\d* passed/), "\(output.stdout)")
        }
    }
}

@Suite("The model's training and serving", .timeLimit(.minutes(60)))
struct ModelTrainingTests {
    @Test("pass their own tests")
    func tests() async throws {
        try await ModelCodeTests.pytest(ModelCodeTests.parts.map { "--ignore=tests/test_\($0).py" })
    }
}
