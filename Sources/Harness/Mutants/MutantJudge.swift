/// Looks whether the checks notice a mutant: the cheapest first, and no further than the first that does.
struct MutantJudge: Sendable {
    let toolbox: Toolbox
    let checks: [any Check]

    /// Layout is no evidence: an alignment that a mistake leaves behind says nothing about the mistake.
    static let layout: Set = ["terraform-fmt", "shfmt", "swift-format", "ruff/format", "yaml-layout"]

    enum Verdict: Sendable {
        /// With the rule that noticed it.
        case killed(String)
        case survived
        /// Nothing noticed it, and a check that might have was skipped.
        case skipped(String)
    }

    /// What the checks say of every subject that reads these files while nothing is broken.
    func baseline(of repository: Repository, reading paths: Set<String>) async throws -> [Finding] {
        let cells = Plan(repository: repository, checks: checks).cells.filter {
            !paths.isDisjoint(with: $0.subject.inputs)
        }
        return try await runner(repository).run(Plan(cells: cells)).findings.filter { !isLayout($0) }
    }

    func verdict(on repository: Repository, mutated path: String) async throws -> Verdict {
        var reason: String?
        for cells in steps(
            Plan(repository: repository, checks: checks).cells.filter { $0.subject.inputs.contains(path) })
        {
            let report = try await runner(repository).run(Plan(cells: cells))
            if let finding = report.findings.first(where: { !isLayout($0) }) { return .killed(finding.rule) }
            reason = reason ?? report.outcomes.lazy.compactMap(\.skipped).first
        }
        return reason.map { .skipped($0) } ?? .survived
    }

    /// Our own rules on single files together; then check by check, subject by subject, with what costs least first.
    private func steps(_ cells: [Cell]) -> [[Cell]] {
        let quick = cells.filter { $0.check.tools.isEmpty && $0.check.isBatched }
        let others = cells.filter { !($0.check.tools.isEmpty && $0.check.isBatched) }.sorted {
            (cost($0), $0.subject.path) < (cost($1), $1.subject.path)
        }
        return ([quick] + others.map { [$0] }).filter { !$0.isEmpty }
    }

    /// Seconds, roughly: a rule on a whole cluster costs more than a tool on one file.
    private func cost(_ cell: Cell) -> Double { cell.check.weight + Double(cell.subject.inputs.count) / 100 }

    private func runner(_ repository: Repository) -> Runner {
        Runner(repository: repository, toolbox: toolbox, checks: checks, isStrict: true)
    }

    private func isLayout(_ finding: Finding) -> Bool {
        Self.layout.contains(finding.rule)
    }
}
