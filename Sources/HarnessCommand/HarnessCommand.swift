import ArgumentParser
import CheckCommands

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
        version: Version.text,
        subcommands: [
            CheckCommand.self, ExplainCommand.self, UpCommand.self, DownCommand.self, StatusCommand.self,
            PermissionsCommand.self,
            ScheduleCommand.self, CostCommand.self, AccessCommand.self, ReachCommand.self, TraceCommand.self,
            DiffCommand.self,
            MutateCommand.self, ReportCommand.self, DoctorCommand.self, BenchCommand.self, ProcessCommand.self,
            ExpandCommand.self, ApplyCommand.self,
        ]
    )

    static func main() async {
        // Before the first suspension: what that opens would take the number of a stream that the caller closed.
        openStandardStreams()
        await runCommandLine()
    }
}
