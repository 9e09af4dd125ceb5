import CheckCore
import CheckEngine
import HarnessSupport
import Tooling

/// Determines whether the checks notice a mutant. Runs the cheapest checks first and stops at the first finding.
package struct MutantJudge: Sendable {
    let toolbox: Toolbox
    let checks: [any Check]

    /// Formatting findings do not count, because a changed alignment does not show the mistake itself.
    static let layout: Set = ["terraform-fmt", "shfmt", "swift-format", "ruff/format", "yaml-layout"]

    package enum Verdict: Sendable {
        /// The rule that noticed the mutant.
        case killed(String)
        case survived
        /// Nothing noticed the mutant, but a check that might have was skipped.
        case skipped(String)
    }

    /// The results of all checks that read these files, on the unmodified copy.
    func baseline(of repository: Repository, reading paths: Set<String>) async throws -> [Finding] {
        let cells = Plan(repository: repository, checks: checks).cells.filter {
            !paths.isDisjoint(with: $0.subject.inputs)
        }
        return try await runner(repository).run(Plan(cells: cells)).findings.filter { !isLayout($0) }
    }

    /// The checks that read each file of the unmodified copy. Only these can notice a mutant in the file.
    func readers(in repository: Repository) -> [String: [any Check]] {
        var names: [String: Set<String>] = [:]
        for cell in Plan(repository: repository, checks: checks).cells {
            for input in cell.subject.inputs { names[input, default: []].insert(cell.check.name) }
        }
        return names.mapValues { names in checks.filter { names.contains($0.name) } }
    }

    func verdict(on repository: Repository, mutated path: String, readers: [any Check]) async throws -> Verdict {
        var reason: String?
        let cells = Plan(repository: repository, checks: readers).cells.filter { $0.subject.inputs.contains(path) }
        for step in steps(cells, mutated: path) {
            let report = try await runner(repository).run(Plan(cells: step))
            if let finding = report.findings.first(where: { !isLayout($0) }) { return .killed(finding.rule) }
            reason = reason ?? report.outcomes.lazy.compactMap(\.skipped).first
        }
        return reason.map { .skipped($0) } ?? .survived
    }

    /// Cheap checks run first, in one batch. The others run one by one; unbatched checks run by subject, with the
    /// file's own module before its callers.
    private func steps(_ cells: [PlannedCheck], mutated path: String) -> [[PlannedCheck]] {
        let cheap = cells.filter { $0.check.weight < 1 }
        let rules = cheap.filter { $0.check.tools.isEmpty && $0.check.isBatched }
        let others = cheap.filter { !($0.check.tools.isEmpty && $0.check.isBatched) }
        let tested = Set(cells.filter { $0.check.name == "terraform-test" }.map(\.subject.path))
        let dear = Dictionary(grouping: cells.filter { $0.check.weight >= 1 }) { cell in
            // A test also validates the module, so validation alone comes last.
            let isLast = cell.check.name == "terraform-validate" && tested.contains(cell.subject.path)
            return Step(
                isLast: isLast, isElsewhere: !path.isWithin(cell.subject.path), weight: cell.check.weight,
                check: cell.check.name, subject: cell.check.isBatched ? "" : cell.subject.path)
        }
        return ([rules, others] + dear.sorted { $0.key < $1.key }.map(\.value)).filter { !$0.isEmpty }
    }

    private struct Step: Hashable, Comparable {
        let isLast: Bool
        let isElsewhere: Bool
        let weight: Double
        let check: String
        let subject: String

        static func < (left: Step, right: Step) -> Bool {
            func order(_ step: Step) -> (Int, Int, Double, String, String) {
                (step.isLast ? 1 : 0, step.isElsewhere ? 1 : 0, step.weight, step.check, step.subject)
            }
            return order(left) < order(right)
        }
    }

    private func runner(_ repository: Repository) -> Runner {
        Runner(repository: repository, toolbox: toolbox, checks: checks, isStrict: true)
    }

    private func isLayout(_ finding: Finding) -> Bool {
        Self.layout.contains(finding.rule)
    }
}
