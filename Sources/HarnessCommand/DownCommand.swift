import ArgumentParser
import CheckCommands
import Foundation
import Submission

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Takes the stack down and makes sure that nothing is left.",
        discussion: """
            Also after a crash: what was begun is in a journal. Ends with 1 where a part did not come down by itself \
            and had to end with its emulator.

            Examples:
              harness down
              harness down --target aws --backend state.s3.tfbackend --approve
            """)

    @OptionGroup var stack: StackArguments

    func run() async throws {
        let arguments = stack
        try await stackVerb { progress in
            let start = ContinuousClock.now
            let stack = try await arguments.open(progress: progress)
            let removal = try await stack.down()
            progress.finish()
            for remainder in removal.remainders { FileHandle.standardError.write(Data("error: \(remainder)\n".utf8)) }
            let seconds = start.duration(to: .now).components.seconds
            print(removal.pace.map { "down; nothing is left, in \(seconds) s; \($0)" } ?? "nothing is up")
            if !removal.remainders.isEmpty { throw ExitCode(1) }
        }
    }
}
