import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel
import MutationTesting
import Tooling

/// Collects the results of checks, stack, tests and mutants.
public struct EvidenceCollector: Sendable {
    let repository: Repository
    let home: HarnessHome
    let checks: Report
    let tests: TestRun?
    let lastUp: LastUp?
    let mutants: MutationReport?
    let toolCatches: [ToolCatches]

    /// - Parameters:
    ///   - checks: of the whole repository.
    ///   - tests: the event stream of a run of `swift test`; `nil` takes what `make test` left. Without one, what only
    ///     tests show counts as skipped.
    /// - Throws: `HarnessError` if the record cannot be read.
    public init(repository: Repository, home: HarnessHome, checks: Report, tests: String?) throws {
        self.repository = repository
        self.home = home
        self.checks = checks
        let last = home.path.appendingPath("tests.jsonl")
        self.tests = try (tests ?? (FileManager.default.fileExists(atPath: last) ? last : nil)).map(
            TestRun.init(eventStream:))
        lastUp = LastUp.read(home)
        toolCatches = ToolCatches.read(home)
        mutants = FileManager.default.contents(atPath: MutationReport.path(in: home)).flatMap {
            try? JSONDecoder().decode(MutationReport.self, from: $0)
        }
    }

    /// - Throws: `HarnessError` if the path has no readable record of a test run.
    public static func requireRecord(_ path: String) throws { _ = try TestRun(eventStream: path) }

    /// Missing records, each with its effect and the command that writes it.
    public var absent: [String] {
        var absent: [String] = []
        if tests == nil {
            absent.append("a test run: proofs by tests count as skipped (`make test` writes a record)")
        }
        let missing = Stack.componentNames.filter { lastUp?.components[$0] == nil }
        if !missing.isEmpty {
            let of = lastUp == nil ? "" : " of \(missing.joined(separator: ", "))"
            absent.append("a run of `up`\(of): proofs by the stack count as skipped (`make up` writes a record)")
        }
        if mutants == nil {
            absent.append("a mutation run: proofs by mutants count as skipped (`make mutate` writes a record)")
        }
        return absent
    }

    /// One for each ask, in the order of the catalogue.
    ///
    /// - Throws: `HarnessError` if the repository has no catalogue.
    public func collect() throws -> [Evidence] {
        guard let bytes = repository.bytes(of: Catalogue.file) else {
            throw HarnessError(
                "\(Catalogue.file) not found in \(repository.root)", remedy: "run the command in its repository")
        }
        let names = KnownProofs(in: repository)
        return try Catalogue(bytes).asks.map { ask in
            let paths = ask.artifacts.map(\.path)
            let exist = paths.allSatisfy { repository.contains($0) || repository.containsFolder($0) }
            return Evidence(ask, hasArtifacts: !paths.isEmpty && exist) { proof in
                .init(proof, at: names.place(of: proof.source), judge(proof.source, paths, names))
            }
        }
    }

    /// Writes `evidence.json`, and `report.html` for people.
    ///
    /// - Parameter clusters: the tables computed from the manifests, for the page.
    /// - Returns: the path of the page.
    /// - Throws: if the files cannot be written.
    public func write(_ evidence: [Evidence], clusters: ClusterOverview) throws -> String {
        let page = home.path.appendingPath("report.html")
        let html = try EvidencePage(evidence: evidence, from: self, clusters: clusters).render()
        for (text, file) in [(try jsonText(evidence), home.path.appendingPath("evidence.json")), (html, page)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        return page
    }

    private func judge(_ source: Proof.Source, _ paths: [String], _ names: KnownProofs) -> Evidence.Shown {
        switch source {
        case .check(let name): check(name, paths)
        case .test(let suite, let sentence): test(suite, sentence)
        case .breaking(let component, let id): breaks(id.map { ["\(component)/\($0)"] } ?? names.breaks(of: component))
        case .assertion(let component, let id): assertion(component, id)
        case .mutants: mutants(of: paths)
        }
    }

    private func check(_ name: String, _ paths: [String]) -> Evidence.Shown {
        let outcomes = checks.outcomes.filter { outcome in
            outcome.check == name && paths.contains { outcome.subject.isWithin($0) || $0.isWithin(outcome.subject) }
        }
        let seconds = outcomes.map(\.seconds).reduce(0, +)
        if let failed = outcomes.first(where: { $0.verdict == .failed }) {
            return .init(verdict: .failed, reason: failed.findings.first?.message ?? failed.subject, seconds: seconds)
        }
        if let skipped = outcomes.first(where: { $0.verdict == .skipped }) {
            return .init(verdict: .skipped, reason: skipped.skipped ?? "", seconds: seconds)
        }
        guard !outcomes.isEmpty else { return .init(verdict: .skipped, reason: "checks none of the artifacts") }
        let count = outcomes.count == 1 ? "1 subject" : "\(outcomes.count) subjects"
        return .init(verdict: .passed, reason: "no findings in \(count)", seconds: seconds)
    }

    private func test(_ suite: String, _ sentence: String?) -> Evidence.Shown {
        guard let tests else { return .init(verdict: .skipped, reason: "no record of a test run") }
        return tests.verdict(suite: suite, sentence: sentence) ?? .init(verdict: .skipped, reason: "did not run")
    }

    /// Returns the result of each break, independent of the rest of its suite.
    private func breaks(_ ids: [String]) -> Evidence.Shown {
        guard let tests else { return .init(verdict: .skipped, reason: "no record of a test run") }
        let parts = ids.map { id -> Evidence.Part in
            switch tests.breaks[id] {
            case true?: .init(text: id, verdict: .passed, seen: "applied and detected")
            case false?: .init(text: id, verdict: .failed, seen: "applied and not detected")
            case nil: .init(text: id, verdict: .skipped, seen: "did not run")
            }
        }
        let worst = [Verdict.failed, .skipped].lazy.compactMap { verdict in parts.first { $0.verdict == verdict } }
            .first
        return .init(
            verdict: worst?.verdict ?? .passed,
            reason: worst.map { ids.count == 1 ? $0.seen : "\($0.text): \($0.seen)" }
                ?? (ids.count == 1 ? "applied and detected" : "\(ids.count) breaks, all detected"),
            parts: parts)
    }

    private func assertion(_ component: String, _ id: String?) -> Evidence.Shown {
        let claims = (lastUp?.components[component] ?? []).filter { id == nil || $0.id == id }
        guard !claims.isEmpty else {
            return .init(verdict: .skipped, reason: "`harness up` has not verified it on this machine")
        }
        let worst = [Verdict.failed, .skipped].lazy.compactMap { verdict in claims.first { $0.verdict == verdict } }
            .first
        let run = lastUp?.runs?[component]
        return .init(
            verdict: worst?.verdict ?? .passed,
            reason: worst.map { "\($0.text): \($0.seen)" }
                ?? (claims.count == 1 ? "\(claims[0].text): \(claims[0].seen)" : "\(claims.count) assertions"),
            seconds: id == nil ? run?.seconds : nil, ended: run?.ended,
            parts: claims.map { .init(text: $0.text, verdict: $0.verdict, seen: $0.seen) })
    }

    /// At least 90 % must be detected.
    private func mutants(of paths: [String]) -> Evidence.Shown {
        let counts = (mutants?.byFile ?? [:]).filter { file, _ in paths.contains { file.isWithin($0) } }.map(\.value)
        let (total, killed) = (counts.map(\.total).reduce(0, +), counts.map(\.killed).reduce(0, +))
        guard total > 0 else {
            return .init(verdict: .skipped, reason: "`harness mutate` has not run these on this machine")
        }
        return .init(
            verdict: Double(killed) >= 0.9 * Double(total) ? .passed : .failed, reason: "\(killed) of \(total) killed",
            seconds: counts.map(\.seconds).reduce(0, +))
    }
}
