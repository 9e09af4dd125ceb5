import Foundation

/// Puts together what the checks, the stack, the tests and the mutants showed.
public struct EvidenceCollector: Sendable {
    let repository: Repository
    let home: HarnessHome
    let checks: Report
    let tests: TestRun?
    let lastUp: LastUp?
    let mutants: MutationReport?

    /// - Parameters:
    ///   - checks: of the whole repository.
    ///   - tests: the event stream of a run of `swift test`; `nil` takes what `make test` left. Without one, what only
    ///     tests show counts as skipped.
    /// - Throws: `HarnessError` where the record cannot be read.
    public init(repository: Repository, home: HarnessHome, checks: Report, tests: String?) throws {
        self.repository = repository
        self.home = home
        self.checks = checks
        let last = home.path.appendingPath("tests.jsonl")
        self.tests = try (tests ?? (FileManager.default.fileExists(atPath: last) ? last : nil)).map(
            TestRun.init(eventStream:))
        lastUp = LastUp.read(home)
        mutants = FileManager.default.contents(atPath: home.path.appendingPath("mutants.json")).flatMap {
            try? JSONDecoder().decode(MutationReport.self, from: $0)
        }
    }

    /// One for each ask, in the order of the catalogue.
    ///
    /// - Throws: `HarnessError` where there is no catalogue.
    public func collect() throws -> [Evidence] {
        guard let bytes = repository.bytes(of: Catalogue.file) else {
            throw HarnessError(
                "there is no \(Catalogue.file) in \(repository.root)", remedy: "run it in its repository")
        }
        return try Catalogue(bytes).asks.map { ask in
            let paths = ask.artifacts.map(\.path)
            let exist = paths.allSatisfy { repository.contains($0) || repository.containsFolder($0) }
            return Evidence(ask, hasArtifacts: !paths.isEmpty && exist) { proof in
                let (verdict, reason) = judge(proof.source, paths)
                return .init(name: proof.name, verdict: verdict, reason: proof.mayBeSkipped ?? reason)
            }
        }
    }

    /// Writes `evidence.json`, and `report.html` for people.
    ///
    /// - Returns: where the page lies.
    /// - Throws: where they cannot be written.
    public func write(_ evidence: [Evidence]) throws -> String {
        let page = home.path.appendingPath("report.html")
        let html = try EvidencePage(evidence: evidence, checks: checks, mutants: mutants).render()
        for (text, file) in [(try jsonText(evidence), home.path.appendingPath("evidence.json")), (html, page)] {
            try Data(text.utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
        }
        return page
    }

    private func judge(_ source: Proof.Source, _ paths: [String]) -> (Verdict, String) {
        switch source {
        case .check(let name): check(name, paths)
        case .test(let suite, let sentence): test(suite, sentence)
        case .breaking: test("A broken artifact is noticed:", nil)
        case .claim(let component, let text): claim(component, text)
        case .mutants: mutants(of: paths)
        }
    }

    private func check(_ name: String, _ paths: [String]) -> (Verdict, String) {
        let outcomes = checks.outcomes.filter { outcome in
            outcome.check == name && paths.contains { outcome.subject.isWithin($0) || $0.isWithin(outcome.subject) }
        }
        if let failed = outcomes.first(where: { $0.verdict == .failed }) {
            return (.failed, failed.findings.first?.message ?? failed.subject)
        }
        if let skipped = outcomes.first(where: { $0.verdict == .skipped }) { return (.skipped, skipped.skipped ?? "") }
        return outcomes.isEmpty ? (.skipped, "looks at none of the artifacts") : (.passed, "\(outcomes.count) subjects")
    }

    private func test(_ suite: String, _ sentence: String?) -> (Verdict, String) {
        guard let tests else { return (.skipped, "no record of a test run was given") }
        return tests.verdict(suite: suite, sentence: sentence) ?? (.skipped, "did not run")
    }

    private func claim(_ component: String, _ text: String?) -> (Verdict, String) {
        let claims = (lastUp?.components[component] ?? []).filter { text == nil || $0.text == text }
        guard !claims.isEmpty else { return (.skipped, "`harness up` did not read it back here") }
        for verdict in [Verdict.failed, .skipped] {
            if let claim = claims.first(where: { $0.verdict == verdict }) {
                return (verdict, "\(claim.text): \(claim.seen)")
            }
        }
        return (.passed, claims.count == 1 ? claims[0].seen : "\(claims.count) claims")
    }

    /// Nine of ten have to be killed.
    private func mutants(of paths: [String]) -> (Verdict, String) {
        let counts = (mutants?.byFile ?? [:]).filter { file, _ in paths.contains { file.isWithin($0) } }.map(\.value)
        let (total, killed) = (counts.map(\.total).reduce(0, +), counts.map(\.killed).reduce(0, +))
        guard total > 0 else { return (.skipped, "`harness mutate` has tried none of them here") }
        return (Double(killed) >= 0.9 * Double(total) ? .passed : .failed, "\(killed) of \(total) killed")
    }
}
