import ArgumentParser
import CheckCommands
import CheckCore
import Foundation
import Reporting
import Submission

struct UpCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Brings the stack up and reads it back.",
        discussion: """
            A second run changes nothing. After an interrupted one, `harness up` starts over and `harness down` cleans \
            up.

            Examples:
              harness up
              harness up web-app                        one component, its emulator
              harness up applications                   two applications, on Docker
              harness up --cluster current              or on a cluster
              harness up --without mlops                all but the model platform, which takes the longest
              harness up --port 5001
              harness up --target aws --backend FILE    plans, changes nothing
              harness up --target aws --backend FILE --approve
            """)

    @Argument(help: "Components to bring up, with what they depend on; all where none is named.")
    var components: [String] = []

    @Option(help: "A component to leave out, with what depends on it.")
    var without: [String] = []

    @OptionGroup var stack: StackArguments

    func run() async throws {
        let (arguments, components, without) = (stack, components, without)
        try await stackVerb { progress in
            let start = ContinuousClock.now
            let stack = try await arguments.open(progress: progress)
            let report = try await stack.up(only: components, without: without)
            progress.finish()
            let style = TerminalStyle.detect(descriptor: STDOUT_FILENO)
            for component in report.components {
                print("\(style.paint(component.name, .path))  \(String(format: "%.1f s", component.seconds))")
                for claim in component.claims { print(line(claim, style)) }
            }
            print("")
            let statuses = try await stack.status()
            print(statuses: statuses, style: style)
            if let file = stack.environmentFile {
                print("\nTo look for yourself:  source '\(file)'  and then, for example:  aws ec2 describe-instances")
                // CloudFormation's stacks are on an emulator of their own.
                if let other = statuses.first(where: { $0.name == "cloudformation-emulator" && $0.state == "up" }) {
                    print("CloudFormation's stacks:  aws --endpoint-url \(other.endpoint) cloudformation list-stacks")
                }
            }
            let counts = Dictionary(grouping: report.components.flatMap(\.claims), by: \.verdict).mapValues(\.count)
            let elapsed = start.duration(to: .now).components.seconds
            print(
                "\(counts[.passed, default: 0]) passed, \(counts[.failed, default: 0]) failed, \(counts[.skipped, default: 0]) skipped, in \(elapsed) s; \(report.pace)"
            )
            if counts[.failed, default: 0] > 0 { throw ExitCode(1) }
        }
    }

    private func line(_ claim: Assertion, _ style: TerminalStyle) -> String {
        switch claim.verdict {
        case .passed: "  \(style.paint("✓", .good)) \(claim.text)  \(style.paint(claim.seen, .faint))"
        case .failed: "  \(style.paint("✗", .error)) \(claim.text)  \(style.paint("seen: \(claim.seen)", .error))"
        case .skipped:
            "  \(style.paint("-", .warning)) \(claim.text)  \(style.paint("skipped: \(claim.seen)", .warning))"
        }
    }
}
