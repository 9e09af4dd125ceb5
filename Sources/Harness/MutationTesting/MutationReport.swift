import Foundation
import HarnessSupport
import Tooling

/// The results of a mutation run, stored in `.harness/mutants.json`.
public struct MutationReport: Codable, Sendable {
    public struct Count: Codable, Sendable {
        public var total = 0
        public var killed = 0
        /// Mutants declared equivalent; not included in `total`.
        public var equivalent = 0
        /// Mutants that nothing noticed while a relevant check was skipped; included in `total`, but not killed.
        public var skipped = 0
        /// Processor time of this process and its children for the mutants of the kind, in seconds.
        public var seconds = 0.0

        public var share: Double { total == 0 ? 1 : Double(killed) / Double(total) }
    }

    /// The mutants that one tool catches by itself, of the kinds that it reads.
    public struct ToolCount: Codable, Sendable {
        public struct Caught: Codable, Sendable {
            public var total = 0
            public var caught = 0
        }

        public let tool: String
        public var byKind: [String: Caught] = [:]
        public var total = 0
        public var caught = 0

        init(tool: String) { self.tool = tool }

        mutating func add(_ kind: MutationKind, _ isCaught: Bool) {
            total += 1
            caught += isCaught ? 1 : 0
            byKind[kind.rawValue, default: Caught()].total += 1
            byKind[kind.rawValue, default: Caught()].caught += isCaught ? 1 : 0
        }
    }

    public struct Survivor: Codable, Sendable {
        public let mutant: Mutant
        /// Why no check could judge the mutant; `nil` if all checks ran and none noticed it.
        public let skipped: String?
        public let caughtBy: String
    }

    public var seed: UInt64
    /// The number of possible mutants.
    public var possible: Int
    public var total = 0
    public var killed = 0
    public var byKind: [String: Count] = [:]
    public var byOperator: [String: Count] = [:]
    /// By mutated file.
    public var byFile: [String: Count] = [:]
    /// The number of mutants that each rule noticed first.
    public var byRule: [String: Int] = [:]
    public var survivors: [Survivor] = []
    /// The results of single tools on the same mutants; empty if not requested.
    public var tools: [ToolCount] = []
    public var seconds = 0.0
    /// The number of survivors that a later run noticed, after checks or tests were added.
    public var killedAgain: Int?

    /// Reads the report of the last run.
    ///
    /// - Throws: `HarnessError` if the report is missing or damaged.
    public init(of home: HarnessHome) throws {
        let path = Self.path(in: home)
        guard let bytes = FileManager.default.contents(atPath: path) else {
            throw HarnessError("no run has left a \(path)", remedy: "`harness mutate --limit 100` leaves one")
        }
        guard let report = try? JSONDecoder().decode(MutationReport.self, from: bytes) else {
            throw HarnessError(
                "\(path) is damaged, or of another version", remedy: "`harness mutate --limit 100` writes a new one")
        }
        self = report
    }

    package static func path(in home: HarnessHome) -> String { home.path.appendingPath("mutants.json") }

    init(seed: UInt64, possible: Int) {
        self.seed = seed
        self.possible = possible
    }

    /// Returns this report, updated with the results of a rerun of its survivors.
    ///
    /// - Parameter equivalents: survivors that are now declared equivalent and no longer count.
    func corrected(by again: MutationReport, equivalents: Set<Mutant>) -> MutationReport {
        var report = self
        report.survivors = again.survivors
        let surviving = Set(again.survivors.map(\.mutant))
        for mutant in survivors.map(\.mutant) where !surviving.contains(mutant) {
            let isEquivalent = equivalents.contains(mutant)
            report.total -= isEquivalent ? 1 : 0
            report.killed += isEquivalent ? 0 : 1
            report.killedAgain = (report.killedAgain ?? 0) + (isEquivalent ? 0 : 1)
            report.count(mutant) {
                $0.total -= isEquivalent ? 1 : 0
                $0.equivalent += isEquivalent ? 1 : 0
                $0.killed += isEquivalent ? 0 : 1
            }
        }
        for (rule, count) in again.byRule { report.byRule[rule, default: 0] += count }
        report.seconds += again.seconds
        return report
    }

    mutating func add(_ mutant: Mutant, _ verdict: MutantJudge.Verdict, seconds: Double) {
        total += 1
        count(mutant) {
            $0.total += 1
            $0.seconds += seconds
        }
        switch verdict {
        case .killed(let rule):
            killed += 1
            byRule[rule, default: 0] += 1
            count(mutant) { $0.killed += 1 }
        case .survived: survive(mutant, nil)
        case .skipped(let reason):
            survive(mutant, reason)
            count(mutant) { $0.skipped += 1 }
        }
    }

    mutating func addEquivalent(_ mutant: Mutant) { count(mutant) { $0.equivalent += 1 } }

    private mutating func count(_ mutant: Mutant, _ change: (inout Count) -> Void) {
        change(&byKind[mutant.kind.rawValue, default: Count()])
        change(&byOperator[mutant.mutation, default: Count()])
        change(&byFile[mutant.path, default: Count()])
    }

    private mutating func survive(_ mutant: Mutant, _ reason: String?) {
        let mutation = MutationOperator.all.first { $0.name == mutant.mutation }
        survivors.append(Survivor(mutant: mutant, skipped: reason, caughtBy: mutation?.caughtBy ?? ""))
    }

    mutating func sort() {
        survivors.sort {
            ($0.mutant.path, $0.mutant.line, $0.mutant.mutation) < ($1.mutant.path, $1.mutant.line, $1.mutant.mutation)
        }
    }
}
