import ArgumentParser
import Foundation
import Harness

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Lists the outside tools: version, where each came from, and how to get a missing one.",
        discussion: """
            Examples:
              harness doctor
              harness doctor --fetch
            """)

    @Flag(help: "Fetch the pinned tools now instead of on first use.")
    var fetch = false

    func run() async throws {
        let fetch = fetch
        try await interruptible {
            let progress = Progress()
            defer { progress.finish() }
            let style = TerminalStyle.detect(descriptor: STDOUT_FILENO)
            let toolbox = Toolbox(home: .standard()) { progress.say($0) }
            var missing = 0
            for tool in Tool.all {
                do {
                    if fetch { try await toolbox.fetch(tool) }
                    let found = try await toolbox.locate(tool)
                    print(
                        style.paint("✓", .good)
                            + " \(padded(tool.name, 17))\(padded(found.version, 12))\(found.origin): \(found.path)")
                } catch let problem as Tool.Missing {
                    missing += 1
                    print(style.paint("✗", .error) + " \(padded(tool.name, 17))\(tool.purpose)")
                    print("  \(style.paint("→ \(problem.description)", .faint))")
                }
            }
            if missing > 0 { throw ExitCode(1) }
        }
    }

    private func padded(_ text: String, _ width: Int) -> String {
        text.padding(toLength: max(width, text.count + 1), withPad: " ", startingAt: 0)
    }
}
