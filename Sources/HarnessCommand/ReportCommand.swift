import ArgumentParser
import CheckCommands
import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import KubernetesModel
import Reporting
import Submission
import Tooling

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Says how far each ask of the exercises is proved, by what really ran.",
        discussion: """
            Runs the checks (unchanged files come from the cache), and reads what `harness up`, `harness mutate` and \
            `make test` left. A proof that did not run counts as skipped, and skipped proves nothing. Writes \
            .harness/evidence.json, and .harness/report.html for a browser.

            Levels: 0 missing, 1 written, 2 checked, 3 ran, 4 seen to fail where it is broken.

            Examples:
              harness report
              harness report --tests run.jsonl     with another record than that of the last `make test`

            Exit codes: 0 written, 1 a proof failed or was skipped unexpectedly, 2 could not run, 130 interrupted.
            """)

    @Option(help: "The event stream of a run of `swift test`.", completion: .file())
    var tests: String?

    @Flag(help: "Write the lines of the proofs into SUBMISSION.md, and nothing else.")
    var links = false

    func run() async throws {
        let (tests, links) = (tests, links)
        try await interruptible {
            if links { return try ProofLinks.update(try await Discovery.here()) }
            do {
                let (evidence, page, absent) = try await Self.evidence(tests: tests)
                let style = TerminalStyle.detect(descriptor: STDOUT_FILENO)
                for item in evidence { Self.show(item, style) }
                let levels = Dictionary(grouping: evidence, by: \.level).mapValues(\.count)
                print((0...4).map { "level \($0): \(levels[$0, default: 0])" }.joined(separator: ", "))
                for record in absent { print("\(style.paint("not there:", .warning)) \(record)") }
                print(page)
                let isGood = evidence.allSatisfy { item in
                    item.unexpectedSkips.isEmpty && !item.proofs.contains { $0.verdict == .failed }
                }
                if !isGood { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            }
        }
    }

    private static func evidence(
        tests: String?
    ) async throws -> (items: [Evidence], page: String, absent: [String]) {
        let progress = ProgressLine()
        defer { progress.finish() }
        // Before the checks, which take minutes where nothing is cached.
        if let tests { try EvidenceCollector.requireRecord(tests) }
        let home = HarnessHome.standard()
        try home.makeWritable()
        let repository = try await Discovery.here()
        let toolbox = Toolbox(home: home) { progress.say($0) }
        do {
            let report = try await Runner(
                repository: repository, toolbox: toolbox, checks: Checks.all(for: repository), isStrict: true
            ) {
                progress.report($0)
            }.run()
            progress.say("computing access, reachability and pod placement")
            let clusters = try await ClusterOverview(repository: repository, toolbox: toolbox)
            await toolbox.shutDown()
            let collector = try EvidenceCollector(repository: repository, home: home, checks: report, tests: tests)
            let evidence = try collector.collect()
            return (evidence, try collector.write(evidence, clusters: clusters), collector.absent)
        } catch {
            await toolbox.shutDown()
            throw error
        }
    }

    private static func show(_ item: Evidence, _ style: TerminalStyle) {
        let id = item.id.padding(toLength: 4, withPad: " ", startingAt: 0)
        print("\(style.paint(id, .path)) \(item.level)  \(item.ask)")
        for proof in item.proofs where proof.verdict != .passed {
            let mark = proof.verdict == .failed ? style.paint("✗", .error) : style.paint("-", .warning)
            print("        \(mark) \(proof.name)  \(proof.reason)")
        }
        if let missing = item.missing { print("        \(style.paint("not yet: \(missing)", .faint))") }
    }
}
