import Foundation
import TestSupport
import Testing

/// What a crash leaves is cleaned up, wherever it happened.
@Suite("An interrupted `up`", .timeLimit(.minutes(60)))
struct InterruptedStackTests {
    enum Moment: String, CaseIterable, CustomTestStringConvertible {
        case emulatorStarts, codeIsStaged, planIsMade, firstResourcesAreMade, databaseIsMade

        var testDescription: String { rawValue }

        func isReached(_ stack: StackUnderTest) -> Bool {
            switch self {
            case .emulatorStarts: stack.contains("emulator/endpoint")
            case .codeIsStaged: stack.contains("workbench/source/terraform/stacks/workbench/local_override.tf")
            case .planIsMade: stack.contains("workbench/source/terraform/stacks/workbench/plan")
            case .firstResourcesAreMade: stateHolds("aws_kms_key", stack)
            case .databaseIsMade: stateHolds("\"aws_rds_cluster\"", stack)
            }
        }

        private func stateHolds(_ text: String, _ stack: StackUnderTest) -> Bool {
            (try? String(contentsOfFile: stack.folder + "/workbench/terraform.tfstate", encoding: .utf8))?.contains(
                text) ?? false
        }
    }

    @Test(
        "that was killed leaves nothing after `down`",
        arguments: TestDepth.isFull ? Moment.allCases : [.firstResourcesAreMade])
    func killed(_ moment: Moment) async throws {
        try await StackUnderTest.with { stack in
            try await interrupt(stack, at: moment, with: SIGKILL)
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft()
        }
    }

    @Test("that was killed together with Terraform leaves nothing after `down`", .fullDepth)
    func killedWithTerraform() async throws {
        try await StackUnderTest.with { stack in
            try await interrupt(stack, at: .firstResourcesAreMade, with: SIGKILL)
            if let number = Int32(
                try String(contentsOfFile: stack.folder + "/workbench/pid", encoding: .utf8)
                    .trimmingCharacters(in: .whitespacesAndNewlines))
            {
                kill(number, SIGKILL)
            }
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft()
        }
    }

    @Test("that was killed can be started again", .fullDepth)
    func startedAgain() async throws {
        try await StackUnderTest.with { stack in
            try await interrupt(stack, at: .firstResourcesAreMade, with: SIGKILL)
            #expect(try await stack.states().values.contains("starting"))
            let again = try await stack.harness("up", "workbench").run()
            #expect(again.code == 0, "\(again.stdout)\(again.stderr)")
            #expect(again.stderr.contains("an earlier run was interrupted"))
            #expect(again.stdout.contains(" 0 failed"))
        }
    }

    @Test("by Ctrl-C ends with 130 and leaves nothing after `down`")
    func interruptedByUser() async throws {
        try await StackUnderTest.with { stack in
            let code = try await interrupt(stack, at: .firstResourcesAreMade, with: SIGINT)
            #expect(code == 130)
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
            try await stack.expectNothingLeft()
        }
    }

    /// Starts `up` and sends it the signal as soon as the moment has come.
    @discardableResult
    private func interrupt(_ stack: StackUnderTest, at moment: Moment, with signal: Int32) async throws -> Int32? {
        try await stack.harness("up", "workbench").run { process in
            try await wait { moment.isReached(stack) }
            kill(process, signal)
        }.code
    }
}
