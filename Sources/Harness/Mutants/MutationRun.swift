import Foundation

/// Breaks copies of a repository's artifacts on purpose and looks whether the checks notice.
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
    let bundle: TestBundle?
    let progress: @Sendable (Step) -> Void

    /// - Parameter bundle: tests that are asked about what the checks let pass; `nil` asks none.
    public init(
        repository: Repository, toolbox: Toolbox, checks: [any Check] = Checks.all, bundle: TestBundle? = nil,
        progress: @escaping @Sendable (Step) -> Void = { _ in }
    ) {
        self.repository = repository
        self.toolbox = toolbox
        self.checks = checks.filter { !MutantJudge.layout.contains($0.name) }
        self.bundle = bundle
        self.progress = progress
    }

    /// - Parameter comparing: asks single tools about the same mutants too, and is told how far that is.
    /// - Throws: `HarnessError` where the unbroken artifacts have findings: then nothing would be proved.
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
        let judge = MutantJudge(toolbox: toolbox, checks: checks)
        try await toolbox.home.withScratch("mutants") { folder in
            let workers = max(1, ProcessInfo.processInfo.activeProcessorCount)
            let trees = try (0..<workers).map { try MutantTree(of: repository, at: folder.appendingPath("\($0)")) }
            try await requireCleanBaseline(judge, trees[0], Set(mutants.map(\.path)))
            let readers = judge.readers(in: trees[0].sound)
            let suites = try bundle.map {
                try ProvingSuites(
                    $0, home: toolbox.home, sound: MutantTree(of: repository, at: folder.appendingPath("sound")))
            }
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
        if let say {
            report.tools = try await ToolComparison(repository: repository, toolbox: toolbox)
                .compare(mutants, say: say)
        }
        report.sort()
        report.seconds = (ContinuousClock.now - start).seconds
        return report
    }

    private func requireCleanBaseline(_ judge: MutantJudge, _ tree: MutantTree, _ paths: Set<String>) async throws {
        let findings = try await judge.baseline(of: tree.sound, reading: paths)
        guard let first = findings.first else { return }
        let place = [first.path, first.line.map(String.init)].compactMap(\.self).joined(separator: ":")
        throw HarnessError(
            "the unbroken artifacts have \(findings.count) findings, the first at \(place): \(first.message)",
            remedy: "mend what `harness check --strict` shows, then break it")
    }
}
