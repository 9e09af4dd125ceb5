import ArgumentParser
import CheckCommands
import CheckCore
import Foundation
import HarnessSupport
import Reporting
import Submission

struct PermissionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permissions",
        abstract: "Tries who may do what on the stack that is up, row by row of permissions.yaml.",
        discussion: """
            Calls are made as each principal, with policies enforced; what an emulator cannot judge is decided from \
            the policies read back, or skipped. Needs a stack that is up on the local target.

            Examples:
              harness up && harness permissions
              harness permissions --format json | jq '.permissions[].verdict'
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @OptionGroup var stack: StackPlace

    @Option(help: "How to show it.")
    var format: Format = .text

    private struct Document: Encodable { let permissions: [Permissions.Result] }

    func run() async throws {
        let (arguments, format) = (stack, format)
        try await stackVerb { progress in
            let results = try await arguments.open(progress: progress).permissions()
            progress.finish()
            switch format {
            case .json: print(try jsonText(Document(permissions: results)), terminator: "")
            case .text: show(results, style: .detect(descriptor: STDOUT_FILENO))
            }
            if results.contains(where: { $0.verdict == .failed }) { throw ExitCode(1) }
        }
    }
}

private func show(_ results: [Permissions.Result], style: TerminalStyle) {
    for group in Set(results.map(\.group)).sorted() {
        print(style.paint(group, .path))
        let rows = results.filter { $0.group == group }
        let head = ["  ", "PRINCIPAL", "ACTION", "RESOURCE", "WITH", "EXPECTED", "BY", "SEEN"]
        let lines = table(
            [head]
                + rows.map { ["  ", $0.principal, $0.action, $0.resource, carried($0), $0.expected, $0.by, $0.seen] }
        ).split(separator: "\n")
        print(style.paint(String(lines[0]), .faint))
        for (row, line) in zip(rows, lines.dropFirst()) {
            switch row.verdict {
            case .passed: print(style.paint("  ✓", .good) + line.dropFirst(3))
            case .failed: print(style.paint("  ✗", .error) + line.dropFirst(3))
            case .skipped: print(style.paint("  -", .warning) + line.dropFirst(3))
            }
        }
    }
    let counts = Dictionary(grouping: results, by: \.verdict).mapValues(\.count)
    let called = results.count { $0.by == "call" }
    print(
        "\(counts[.passed, default: 0]) passed, \(counts[.failed, default: 0]) failed, \(counts[.skipped, default: 0]) skipped; \(called) called, \(results.count - called) evaluated"
    )
}

/// `aws:SecureTransport=false`; a dash where a request carries nothing other than credentials.
private func carried(_ row: Permissions.Result) -> String {
    row.with.isEmpty ? "-" : row.with.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
}
