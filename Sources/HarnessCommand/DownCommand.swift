import ArgumentParser
import Harness

struct DownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "down",
        abstract: "Takes the stack down and makes sure that nothing is left.",
        discussion: """
            Also after a crash: what was begun is in a journal.

            Examples:
              harness down
              harness down --target aws --backend state.s3.tfbackend --approve
            """)

    @OptionGroup var stack: StackArguments

    func run() async throws {
        let arguments = stack
        try await stackVerb { progress in
            let stack = try await arguments.open(progress: progress)
            let was = try await stack.down()
            progress.finish()
            print(was ? "down; nothing is left" : "nothing is up")
        }
    }
}
