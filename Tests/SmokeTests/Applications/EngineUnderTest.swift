import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

/// One Docker engine for all tests of a suite: this machine's, or one that is started for them.
struct EngineUnderTest: Sendable {
    let engine: DockerEngine
    /// An image of `server.py`, which replaces both applications.
    let image: String

    @TaskLocal fileprivate static var value: EngineUnderTest?
    @TaskLocal fileprivate static var reason: String?

    /// Ends the test as skipped where no engine can be had.
    static func current() throws -> EngineUnderTest {
        guard let value else { try skip(reason ?? "the suite has no engine") }
        return value
    }
}

struct SharedEngine: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await AsyncSemaphore.heavy.hold {
            try await withScratch { folder in
                let context = StackContext(
                    target: .local, repository: try await Discovery.repository(at: Project.root),
                    toolbox: Toolbox(home: Project.home) { print($0) }, folder: folder, options: StackOptions(),
                    say: { print($0) }, show: { _ in })
                do {
                    let made: EngineUnderTest
                    do { made = try await Self.make(context) } catch let skipped as Skipped {
                        try await EngineUnderTest.$reason.withValue(skipped.reason) { try await function() }
                        return
                    }
                    try await EngineUnderTest.$value.withValue(made) { try await function() }
                } catch {
                    try? await DockerApplications().down(context)
                    throw error
                }
                try await DockerApplications().down(context)
            }
        }
    }

    private static let containerfile = """
        ARG BASE_IMAGE
        FROM ${BASE_IMAGE}
        COPY --chmod=0644 server.py /server.py
        USER 10001:10001
        EXPOSE 8080
        ENTRYPOINT ["python3", "/server.py"]

        """

    private static func make(_ context: StackContext) async throws -> EngineUnderTest {
        let engine = try await DockerEngine.obtain(context)
        let base = try await BaseImage.own(engine.client, context)
        let name = "\(ApplicationImage.prefix(context))/server:test"
        let folder = context.folder + "/server"
        try write(["Containerfile": containerfile], to: folder)
        try FileManager.default.copyItem(
            atPath: Project.root + "/Tests/SmokeTests/Applications/server.py", toPath: folder + "/server.py")
        try await engine.client(
            "build", "--quiet", "--network", "none", "--build-arg", "BASE_IMAGE=\(base.name)", "--tag", name,
            "--file", folder + "/Containerfile", folder)
        return EngineUnderTest(engine: engine, image: name)
    }
}

extension Trait where Self == SharedEngine {
    static var sharedEngine: SharedEngine { SharedEngine() }
}
