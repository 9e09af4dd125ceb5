import ArgumentParser
import CheckCommands
import CheckCore
import Submission

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Checks every artifact of a repository.",
        discussion: """
            Works on any folder, in git or not. Results are reused while what they were made from is unchanged.

            Examples:
              harness check
              harness check terraform scripts/rename-user.sh
              harness check ../other-repository --format sarif > findings.sarif
              harness check --only 'k8s-*' --skip k8s-probes/startup
              harness check --format github --write sarif=findings.sarif
              harness check --self-test shellcheck
            """
    )

    @OptionGroup var arguments: CheckArguments

    func run() async throws { try await arguments.run(adding: Checks.submission, to: Checks.isSubmission) }
}
