import ArgumentParser
import Foundation
import Harness

@main
struct HarnessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harness",
        abstract: "Validates, lints and smoke-tests infrastructure code, and brings its stack up and down.",
        discussion: """
            Examples:
              harness check                      everything in this repository
              harness check --strict terraform   advice counts, one folder
              harness up && harness status       the stack on a local AWS emulator
              harness down                       and nothing is left of it

            Exit codes: 0 clean, 1 findings or a failed verification, 2 could not run, 130 interrupted.
            Everything the harness makes is in .harness/ (or $HARNESS_HOME).
            """,
        subcommands: [
            CheckCommand.self, UpCommand.self, DownCommand.self, StatusCommand.self, PermissionsCommand.self,
            RolloutCommand.self, ScheduleCommand.self, CostCommand.self, AccessCommand.self, ReachCommand.self,
            MutateCommand.self, ReportCommand.self, DoctorCommand.self, BenchCommand.self, ProcessCommand.self,
            ExpandCommand.self, ApplyCommand.self,
        ]
    )

    /// Bad usage is "could not run", as with the other tools of the field, and not sysexits' 64.
    static func main() async {
        do {
            var command = try parseAsRoot()
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch let error where exitCode(for: error) == .success {
            exit(withError: error)  // Help and version.
        } catch {
            // The full message would add the usage, which `--help` tells.
            let message = message(for: error).split(whereSeparator: \.isNewline).joined(separator: " ")
            FileHandle.standardError.write(Data("error: \(message)\n".utf8))
            Foundation.exit(2)
        }
    }
}
