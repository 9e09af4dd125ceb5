import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Tooling

/// Breaks copies of a repository's artifacts on purpose and determines whether the checks notice.
public struct MutationRun: Sendable {
    public struct Step: Sendable {
        public let done: Int
        public let total: Int
        public let killed: Int
        public let last: Mutant
        public let hasSurvived: Bool
    }

    let repository: Repository
    let toolbox: Toolbox
    let checks: [any Check]
    let proving: (@Sendable (MutantTree) throws -> any ProvingTests)?
    let progress: @Sendable (Step) -> Void

    /// - Parameter proving: creates, from an unmodified copy, the tests for mutants that the checks do not notice;
    ///   `nil` runs no tests.
    package init(
        repository: Repository, toolbox: Toolbox, checks: [any Check] = Checks.all,
        proving: (@Sendable (MutantTree) throws -> any ProvingTests)? = nil,
        progress: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.repository = repository
        self.toolbox = toolbox
        self.checks = checks.filter { !MutantJudge.layout.contains($0.name) }
        self.proving = proving
        self.progress = progress
    }

    /// Tries the survivors of a run again on the current files, and updates that run's report.
    ///
    /// A mutant whose line has changed since cannot be applied. It stays a survivor, and `say` gets a message.
    ///
    /// - Throws: as `run` does.
    public func again(_ last: MutationReport, say: (String) -> Void = { _ in }) async throws -> MutationReport {
        let start = ContinuousClock.now
        let equivalents = try EquivalentMutants(in: repository)
        let survivors = last.survivors.map(\.mutant)
        let all = MutantSample().all(in: repository)
        // Line numbers change when lines are added.
        var taken: Set<Mutant> = []
        let places = survivors.map { old in
            let place = all.filter {
                ($0.mutation, $0.path, $0.before, $0.after) == (old.mutation, old.path, old.before, old.after)
                    && !taken.contains($0)
            }.min { abs($0.line - old.line) < abs($1.line - old.line) }
            if let place { taken.insert(place) }
            return place
        }
        if !survivors.isEmpty, places.allSatisfy({ $0 == nil }) {
            throw HarnessError(
                "none of the \(survivors.count) survivors of the last run is in this repository any more",
                remedy: "begin again without --again")
        }
        for (old, place) in zip(survivors, places) where place == nil {
            say("\(old.path):\(old.line) has changed: \(old.mutation) stays a survivor until a run begins again")
        }
        let declared = zip(survivors, places).filter { $1.map { equivalents.contain($0, in: repository) } ?? false }
        let left = zip(survivors, places).filter { old, _ in !declared.contains { $0.0 == old } }
        var report = try await judge(left.compactMap(\.1), MutationReport(seed: last.seed, possible: all.count))
        // Reported with their original lines, so that both reports refer to the same mutants.
        report.survivors = left.filter { _, new in
            new.map { mutant in report.survivors.contains { $0.mutant == mutant } } ?? true
        }.map { old, _ in last.survivors.first { $0.mutant == old }! }
        report.seconds = (ContinuousClock.now - start).seconds
        return last.corrected(by: report, equivalents: Set(declared.map(\.0)))
    }

    /// - Parameter comparing: also runs single tools on the same mutants, and reports progress to this closure.
    /// - Throws: `HarnessError` if the unmodified artifacts have findings, which would make the results meaningless.
    public func run(
        _ sample: MutantSample, comparing say: ((String) -> Void)? = nil
    ) async throws -> MutationReport {
        let start = ContinuousClock.now
        let equivalents = try EquivalentMutants(in: repository)
        let all = sample.all(in: repository)
        var report = MutationReport(seed: sample.seed, possible: all.count)
        for mutant in all where equivalents.contain(mutant, in: repository) { report.addEquivalent(mutant) }
        let mutants = sample.drawn(from: all.filter { !equivalents.contain($0, in: repository) })
        guard !mutants.isEmpty else {
            throw HarnessError("there is nothing to break", remedy: "choose other kinds or operators")
        }
        report = try await judge(mutants, report)
        if let say {
            report.tools = try await ToolComparison(repository: repository, toolbox: toolbox)
                .compare(mutants, say: say)
        }
        report.sort()
        report.seconds = (ContinuousClock.now - start).seconds
        return report
    }

    /// Adds the results of these mutants to the report.
    private func judge(_ mutants: [Mutant], _ report: MutationReport) async throws -> MutationReport {
        var report = report
        guard !mutants.isEmpty else { return report }
        let judge = MutantJudge(toolbox: toolbox, checks: checks)
        try await toolbox.home.withScratch("mutants") { folder in
            let workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
            let trees = try (0..<workers).map { try MutantTree(of: repository, at: folder.appendingPath("\($0)")) }
            try await requireCleanBaseline(judge, trees[0], Set(mutants.map(\.path)))
            let readers = judge.readers(in: trees[0].sound)
            let suites = try proving.map { try $0(MutantTree(of: repository, at: folder.appendingPath("sound"))) }
            try await withThrowingTaskGroup(of: (MutantTree, Mutant, MutantJudge.Verdict, Double).self) { group in
                var waiting = mutants[...]
                func start(in tree: MutantTree) {
                    guard let mutant = waiting.popFirst() else { return }
                    group.addTask {
                        let begin = ContinuousClock.now
                        let verdict = try await tree.with(mutant) {
                            let verdict = try await judge.verdict(
                                on: $0, mutated: mutant.path, readers: readers[mutant.path] ?? [])
                            if case .killed = verdict { return verdict }
                            return try await suites?.verdict(on: mutant, after: verdict, in: tree) ?? verdict
                        }
                        return (tree, mutant, verdict, (ContinuousClock.now - begin).seconds)
                    }
                }
                for tree in trees { start(in: tree) }
                while let (tree, mutant, verdict, seconds) = try await group.next() {
                    let before = report.killed
                    report.add(mutant, verdict, seconds: seconds)
                    progress(
                        Step(
                            done: report.total, total: mutants.count, killed: report.killed, last: mutant,
                            hasSurvived: report.killed == before))
                    start(in: tree)
                }
            }
        }
        return report
    }

    private func requireCleanBaseline(_ judge: MutantJudge, _ tree: MutantTree, _ paths: Set<String>) async throws {
        let findings = try await judge.baseline(of: tree.sound, reading: paths)
        guard let first = findings.first else { return }
        let place = [first.path, first.line.map(String.init)].compactMap(\.self).joined(separator: ":")
        throw HarnessError(
            "the unbroken artifacts have \(findings.count) findings, the first at \(place): \(first.message)",
            remedy: "fix what `harness check --strict` shows, then break it")
    }
}
