import ArgumentParser
import Foundation
import Reporting
import Tooling

package struct DoctorCommand: AsyncParsableCommand {
    package static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "List the external tools: version, source, and how to install a missing one.",
        discussion: """
            Examples:
              harness doctor
              harness doctor --fetch
            """)

    @Flag(help: "Fetch the pinned tools now instead of on first use.")
    var fetch = false

    package init() {}

    package func run() async throws {
        let fetch = fetch
        try await interruptible {
            let progress = ProgressLine()
            defer { progress.finish() }
            let style = TerminalStyle.detect(descriptor: STDOUT_FILENO)
            let toolbox = Toolbox(home: .standard()) { progress.say($0) }
            var missing = 0
            var rows: [[String]] = []
            for tool in Tool.all {
                do {
                    if fetch { try await toolbox.fetch(tool) }
                    let found = try await toolbox.locate(tool)
                    let mark = found.path == nil ? "·" : "✓"
                    let place = found.path ?? "fetched on first use, or now by `harness doctor --fetch`"
                    rows.append([mark, tool.name, found.version, found.origin, place])
                } catch let problem as Tool.Missing {
                    missing += 1
                    rows.append(["✗", tool.name, "missing", tool.purpose, "→ \(problem.remedy)"])
                }
            }
            progress.finish()
            let marks = ["·": style.paint("·", .warning), "✓": style.paint("✓", .good), "✗": style.paint("✗", .error)]
            for line in table([[" ", "TOOL", "VERSION", "FROM", "WHERE"]] + rows).split(separator: "\n") {
                print((marks[String(line.prefix(1))] ?? " ") + line.dropFirst())
            }
            if missing > 0 { throw ExitCode(1) }
        }
    }
}
