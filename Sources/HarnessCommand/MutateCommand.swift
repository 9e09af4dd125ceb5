import ArgumentParser
import CheckCommands
import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import MutationTesting
import Submission
import Tooling

struct MutateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mutate",
        abstract: "Breaks the artifacts on purpose, in copies, and looks whether the checks notice.",
        discussion: """
            Each mutant is one mistake at one place. It is killed when a check that passes on the unbroken file finds \
            something, or a test that requirements.yaml names as the file's proof fails: those of the bundle in \
            .build/debug are run. Layout does not count, and skipped is not killed. The result is written to .harness/mutants.json. \
            Mutants that change nothing that matters are declared in mutants.yaml, each with its reason.

            Examples:
              harness mutate --limit 100
              harness mutate --kind kubernetes --kind alerts
              harness mutate --only alarm-inverted --seed 7
              harness mutate --limit 600 --compare      what each tool catches alone, too
              harness mutate --again                    after a check was added for a survivor
              harness mutate --list                     every operator, with the mutants there are

            Exit codes: 0 at least 95 % killed and no kind below 90 %, 1 fewer, 2 could not run, 130 interrupted.
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Option(help: "Only this kind: \(MutationKind.allCases.map(\.rawValue).joined(separator: ", ")).")
    var kind: [MutationKind] = []

    @Option(help: "Only this operator; `--list` names them.")
    var only: [String] = []

    @Option(help: "What the draw begins with; the same seed draws the same mutants.")
    var seed: UInt64 = 1

    @Option(help: "How many mutants to try; all where none is given.")
    var limit: Int?

    @Flag(help: "Give the same mutants to each tool alone, too, and show what it catches.")
    var compare = false

    @Option(help: "How to report: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: Format = .text

    @Flag(help: "Try only what survived the last run, and put what comes of it into that run's result.")
    var again = false

    @Flag(help: "List the operators and try nothing.")
    var list = false

    func validate() throws {
        if let limit, limit < 1 { throw ValidationError("--limit is a number from 1") }
        let names = MutationOperator.all.map(\.name)
        if again, compare || limit != nil || !kind.isEmpty || !only.isEmpty {
            throw ValidationError("--again tries what the last run left: no option chooses others")
        }
        for name in only where !names.contains(name) {
            throw ValidationError("there is no operator \(name); `harness mutate --list` names them")
        }
    }

    func run() async throws {
        var sample = MutantSample()
        if !kind.isEmpty { sample.kinds = Set(kind) }
        sample.operators = Set(only)
        sample.seed = seed
        sample.limit = limit
        let (drawn, format, list, compare, again) = (sample, format, list, compare, again)
        try await interruptible {
            do {
                let repository = try await Discovery.here()
                if list { return print(Self.operators(drawn.counts(in: repository))) }
                let last = again ? try MutationReport(of: .standard()) : nil
                let report = try await Self.mutate(repository, drawn, compare: compare, again: last)
                print(format == .json ? try jsonText(report) : report.text, terminator: "")
                if !report.isGood { throw ExitCode(1) }
            } catch let error as HarnessError {
                throw fail(error)
            }
        }
    }

    private static func mutate(
        _ repository: Repository, _ sample: MutantSample, compare: Bool, again last: MutationReport?
    ) async throws -> MutationReport {
        let progress = ProgressLine()
        defer { progress.finish() }
        try HarnessHome.standard().makeWritable()
        let toolbox = Toolbox(home: .standard()) { progress.say($0) }
        let bundle = TestBundle(of: repository)
        if bundle == nil { progress.note("no tests are built (`swift build --build-tests`): the checks judge alone") }
        let proving = bundle.map { bundle in
            { @Sendable (sound: MutantTree) throws -> any ProvingTests in
                try ProvingSuites(bundle, home: toolbox.home, sound: sound)
            }
        }
        let checks = Checks.all(for: repository)
        let run = MutationRun(repository: repository, toolbox: toolbox, checks: checks, proving: proving) { step in
            let line = "\(step.done)/\(step.total)  \(step.killed) killed  \(step.last.mutation) \(step.last.path)"
            progress.show(line)
            // Not only at the end: an interrupted run has shown what it found.
            if step.hasSurvived { progress.say("survived: \(step.last.mutation) \(step.last.path):\(step.last.line)") }
            if step.done % 50 == 0 { progress.note(line) }
        }
        do {
            let report =
                if let last {
                    try await run.again(last) { progress.note($0) }
                } else {
                    try await run.run(sample, comparing: compare ? { progress.note($0) } : nil)
                }
            await toolbox.shutDown()
            try report.write(to: .standard())
            return report
        } catch {
            await toolbox.shutDown()
            throw error
        }
    }

    private static func operators(_ counts: [String: Int]) -> String {
        MutationOperator.all.map { mutation in
            let kinds = mutation.kinds.sorted().map(\.rawValue).joined(separator: ", ")
            let name = mutation.name.padding(toLength: 22, withPad: " ", startingAt: 0)
            let count = String(counts[mutation.name, default: 0])
            let blank = String(repeating: " ", count: max(0, 5 - count.count))
            return "\(name) \(blank)\(count)  \(mutation.summary) (\(kinds))"
        }.joined(separator: "\n")
    }
}

extension MutationKind: ExpressibleByArgument {}
