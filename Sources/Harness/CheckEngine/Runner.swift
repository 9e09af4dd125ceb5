import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs checks side by side, up to the machine's cores, and reuses what is known of unchanged content.
public struct Runner: Sendable {
    /// What happens meanwhile, for a progress line.
    public enum Event: Sendable {
        case planned(cells: Int, cached: Int)
        case started(String)
        case finished(String, done: Int, of: Int, seconds: Double, failed: Bool)
    }

    let repository: Repository
    let toolbox: Toolbox
    let checks: [any Check]
    let isStrict: Bool
    private let configuration: Configuration
    private let advice: [String: Advice]
    let progress: @Sendable (Event) -> Void
    /// Names the code of a check; results of other code are not reused.
    var program: @Sendable (any Check) -> String = { Program.identity(of: $0) }

    /// - Parameters:
    ///   - isStrict: whether advice counts as an error.
    ///   - configuration: the repository's own settings, and the selection of rules.
    public init(
        repository: Repository, toolbox: Toolbox, checks: [any Check] = Checks.all, isStrict: Bool = false,
        configuration: Configuration = Configuration(), progress: @escaping @Sendable (Event) -> Void = { _ in }
    ) {
        self.repository = configuration.applied(to: repository)
        self.toolbox = toolbox
        self.checks = configuration.selection(of: checks)
        self.isStrict = isStrict
        self.configuration = configuration
        advice = Dictionary(self.checks.map { ($0.name, $0.advice) }) { first, _ in first }
        self.progress = progress
    }

    /// - Parameter scope: folders and files to look at, relative to the root; everything where empty. What is looked at
    ///   only because it reads one of them, as a module does, is told as far as it is about them.
    /// - Throws: `CancellationError`, with every child ended and the cache whole.
    public func run(scope: [String] = []) async throws -> Report {
        try await run(scope: scope, digests: nil)
    }

    /// - Parameter digests: what is known of the files' content already; afterwards it covers every input.
    package func run(scope: [String], digests: InputDigests?) async throws -> Report {
        let report = try await run(Plan(repository: repository, checks: checks, scope: scope), digests: digests)
        if report.outcomes.contains(where: { !$0.cached }) {
            ResultCache(folder: toolbox.home.cache.appendingPath("results")).prune()
        }
        let outcomes = report.outcomes.map { $0.within(scope) } + unread(scope)
        var whole = Report(
            root: report.root, outcomes: outcomes.sorted { ($0.check, $0.subject) < ($1.check, $1.subject) },
            suppressed: report.suppressed, seconds: report.seconds, summaries: report.summaries)
        whole.checks = checks
        return whole
    }

    /// What could not be read has not passed, whatever its severity.
    private func unread(_ scope: [String]) -> [Outcome] {
        repository.problems.filter { problem in
            (scope.isEmpty || scope.contains { problem.path.isWithin($0) }) && configuration.selects(problem)
                && !configuration.suppresses(problem)
        }.map { problem in
            var problem = problem
            problem.severity = severity(of: problem, from: "discovery")
            return Outcome(
                check: "discovery", subject: problem.path, findings: [problem],
                skipped: problem.severity == .error ? nil : problem.message, seconds: 0, cached: false)
        }
    }

    /// - Parameter digests: what is known of the files' content already.
    package func run(_ plan: Plan, digests: InputDigests? = nil) async throws -> Report {
        let start = ContinuousClock.now
        let cache = ResultCache(folder: toolbox.home.cache.appendingPath("results"))
        let keys = CacheKeyBuilder(
            files: digests ?? InputDigests(root: repository.root), toolbox: toolbox, program: program)

        var outcomes: [Outcome] = []
        var open: [PlannedCheck] = []
        for cell in plan.cells {
            let key = keys.key(of: cell)
            if let entry = cache.entry(key) {
                outcomes.append(
                    Outcome(
                        check: cell.check.name, subject: cell.subject.path, findings: entry.findings, skipped: nil,
                        seconds: entry.seconds, cached: true))
            } else {
                open.append(cell)
            }
        }
        progress(.planned(cells: plan.cells.count, cached: outcomes.count))

        try await run(Batch.batches(of: open, cores: cores)) { cell, outcome in
            if outcome.skipped == nil, !outcome.findings.contains(where: { $0.rule.hasSuffix("/crash") }) {
                cache.store(.init(findings: outcome.findings, seconds: outcome.seconds), keys.key(of: cell))
            }
            outcomes.append(outcome)
        }

        let suppressions = Suppressions(repository: repository)
        var suppressed = 0
        for index in outcomes.indices {
            let all = outcomes[index].findings.filter(configuration.selects)
            var kept = all.filter { !configuration.suppresses($0) && !suppressions.cover($0) }
            suppressed += all.count - kept.count
            let check = outcomes[index].check
            for index in kept.indices { kept[index].severity = severity(of: kept[index], from: check) }
            outcomes[index].findings = kept
        }
        return Report(
            root: repository.root,
            outcomes: outcomes,
            suppressed: suppressed,
            seconds: (ContinuousClock.now - start).seconds,
            summaries: Dictionary(checks.map { ($0.name, $0.summary) }) { first, _ in first })
    }

    private func severity(of finding: Finding, from check: String) -> Severity {
        if isStrict { return .error }
        if let severity = configuration.severity(of: finding) { return severity }
        // A test's input may be wrong on purpose.
        let isTestData = finding.path.split(separator: "/").dropLast().contains { $0.hasPrefix("testdata") }
        return isTestData || advice[check]?.covers(finding) == true ? .warning : finding.severity
    }

    /// As far as it is known before suppressions.
    private func fails(_ outcome: Outcome) -> Bool {
        outcome.findings.contains { severity(of: $0, from: outcome.check) == .error }
    }

    private var cores: Int { max(1, ProcessInfo.processInfo.activeProcessorCount) }

    /// Hands out the results of all batches as they come, with at most as many calls under way as there are cores.
    ///
    /// - Throws: `CancellationError`, after every call has ended.
    private func run(_ batches: [Batch], each: (PlannedCheck, Outcome) -> Void) async throws {
        try await withThrowingTaskGroup(of: [(PlannedCheck, Outcome)].self) { group in
            var waiting = batches[...]
            for batch in waiting.prefix(cores) { group.addTask { try await outcomes(of: batch) } }
            waiting = waiting.dropFirst(cores)
            var done = 0
            while let finished = try await group.next() {
                done += 1
                for (cell, outcome) in finished { each(cell, outcome) }
                if let (cell, outcome) = finished.first {
                    let name = finished.count == 1 ? cell.subject.path : "\(finished.count) files"
                    progress(
                        .finished(
                            "\(cell.check.name) \(name)", done: done, of: batches.count,
                            seconds: outcome.seconds * Double(finished.count),
                            failed: finished.contains { fails($0.1) }))
                }
                try Task.checkCancellation()
                if let next = waiting.popFirst() { group.addTask { try await outcomes(of: next) } }
            }
        }
    }

    private func outcomes(of batch: Batch) async throws -> [(PlannedCheck, Outcome)] {
        try Task.checkCancellation()
        let check = batch.check
        let subjects = batch.cells.map(\.subject)
        progress(.started("\(check.name) \(subjects.count == 1 ? subjects[0].path : "\(subjects.count) files")"))
        let start = ContinuousClock.now
        var findings: [Finding] = []
        var skipped: String?
        do {
            for tool in check.tools { _ = try await toolbox.path(of: tool) }
            findings = try await check.inspect(subjects, in: CheckContext(repository: repository, toolbox: toolbox))
            // What a check says that was cut short is not a result.
            try Task.checkCancellation()
        } catch let reason as Skipped {
            if batch.cells.count > 1 { return try await oneByOne(batch) }
            skipped = reason.reason
        } catch let missing as Tool.Missing {
            skipped = missing.description
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            if batch.cells.count > 1 { return try await oneByOne(batch) }
            findings = subjects.map {
                Finding(rule: "\(check.name)/crash", path: $0.path, message: "the check itself failed: \(error)")
            }
        }
        let seconds = (ContinuousClock.now - start).seconds / Double(subjects.count)
        let bySubject = batch.attribute(findings)
        return zip(batch.cells, bySubject).map { cell, findings in
            (
                cell,
                Outcome(
                    check: check.name, subject: cell.subject.path, findings: findings, skipped: skipped,
                    seconds: seconds, cached: false)
            )
        }
    }

    /// A subject that a tool cannot judge, or on which it crashes, does not affect the others of its batch.
    private func oneByOne(_ batch: Batch) async throws -> [(PlannedCheck, Outcome)] {
        var alone: [(PlannedCheck, Outcome)] = []
        for cell in batch.cells { alone += try await outcomes(of: Batch(check: batch.check, cells: [cell])) }
        return alone
    }
}
