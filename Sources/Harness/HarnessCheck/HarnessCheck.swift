import ArgumentParser
import CheckCommands

/// The checker without the stack, for other repositories. It builds without SwiftNIO and zlib.
@main
struct HarnessCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "harness-check",
        abstract: "Check every artifact in a repository.",
        discussion: """
            Works on any folder, in git or not. Results are reused while what they were made from is unchanged.

            Examples:
              harness-check
              harness-check --strict terraform scripts
              harness-check --only 'k8s-*' --skip k8s-probes/startup
              harness-check --advice             show every warning in full
              harness-check --generate-completion-script zsh > ~/.zfunc/_harness-check
              harness-check doctor               list the tools and their versions

            Exit codes: 0 clean, 1 findings, 2 could not run, 130 interrupted.
            All generated files are in .harness/ (or $HARNESS_HOME).
            """,
        version: Version.text,
        subcommands: [CheckCommand.self, ExplainCommand.self, TraceCommand.self, DiffCommand.self, DoctorCommand.self],
        defaultSubcommand: CheckCommand.self)

    static func main() async {
        // Before the first suspension, which opens files: they would get the descriptor of a stream that the caller
        // closed.
        openStandardStreams()
        await runCommandLine()
    }
}

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Check every artifact in a repository.")

    @OptionGroup var arguments: CheckArguments

    func run() async throws { try await arguments.run() }
}
