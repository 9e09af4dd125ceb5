import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import Submission
@testable import Tooling

/// An emulator with a folder and a port of its own, so that tests run side by side.
enum EmulatorUnderTest {
    /// Runs `body` with an emulator that holds nothing yet, and ends it whatever happens.
    static func with(
        _ emulator: Emulator, repository: Repository = Repository(root: Project.root, artifacts: []),
        _ body: (StackContext) async throws -> Void
    ) async throws {
        try await withScratch { folder in
            let context = StackContext(
                target: .local, repository: repository, toolbox: Toolbox(home: Project.home) { print($0) },
                folder: folder, options: StackOptions(port: freePort() - emulator.offset), say: { print($0) },
                show: { _ in })
            do {
                _ = try await emulator.up(context)
                try await body(context)
            } catch {
                try? await emulator.down(context)
                throw error
            }
            try await emulator.down(context)
        }
    }
}

/// Gives all tests of a suite one emulator and one client of it: `Shared.current()`.
struct SharedEmulator: SuiteTrait, TestScoping {
    let emulator: Emulator

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await EmulatorUnderTest.with(emulator) { context in
            try await withoutActuallyEscaping(function) { function in
                try await AWSClient.with(context, emulator) { aws in
                    try await Shared.$value.withValue(Shared(context: context, aws: aws)) { try await function() }
                }
            }
        }
    }
}

extension Trait where Self == SharedEmulator {
    static func shared(_ emulator: Emulator) -> SharedEmulator { SharedEmulator(emulator: emulator) }
}

struct Shared: Sendable {
    let context: StackContext
    let aws: AWSClient

    @TaskLocal fileprivate static var value: Shared?

    static func current() throws -> Shared { try #require(value, "the suite has no emulator") }
}
