import ArgumentParser
import CheckCommands
import Foundation
import HarnessSupport
import Reporting
import Submission

struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Shows where each component of the stack stands, as seen and not as remembered.",
        discussion: """
            Examples:
              harness status
              harness status --format json | jq -r '.components[].state'
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @OptionGroup var stack: StackPlace

    @Option(help: "How to show it.")
    var format: Format = .text

    private struct Document: Encodable { let components: [ComponentStatus] }

    func run() async throws {
        let (arguments, format) = (stack, format)
        try await stackVerb { progress in
            let statuses = try await arguments.open(progress: progress).status()
            progress.finish()
            switch format {
            case .text: print(statuses: statuses, style: .detect(descriptor: STDOUT_FILENO))
            case .json: print(try jsonText(Document(components: statuses)), terminator: "")
            }
        }
    }
}
