import CheckCore
import Foundation
import HarnessSupport
import Tooling

extension MutationReport {
    /// The target: 95 % of all mutants, and at least 90 % of each kind.
    public var isGood: Bool {
        Double(killed) >= 0.95 * Double(total) && byKind.values.allSatisfy { $0.share >= 0.9 }
    }

    /// Survivors, then a line for each kind.
    public var text: String {
        var text = ""
        for survivor in survivors {
            let mutant = survivor.mutant
            text += "\(mutant.path):\(mutant.line)  \(mutant.mutation)\n"
            text += "  - \(mutant.before.lines[0].trimming(while: \.isWhitespace))\n"
            text += "  + \((mutant.after?.lines.first.map(String.init) ?? "").trimming(while: \.isWhitespace))\n"
            text += "  → \(survivor.skipped.map { "skipped: \($0)" } ?? survivor.caughtBy)\n"
        }
        text += "\n"
        for (kind, count) in byKind.sorted(by: { $0.key < $1.key }) where count.total > 0 {
            let name = kind.padding(toLength: 16, withPad: " ", startingAt: 0)
            text += String(
                format: "%@%5d of %d killed  %5.1f %%  %5.2f s each", name, count.killed, count.total,
                count.share * 100, count.seconds / Double(count.total))
            text += count.skipped > 0 ? "  \(count.skipped) skipped" : ""
            text += count.equivalent > 0 ? "  \(count.equivalent) declared equivalent\n" : "\n"
        }
        text += toolTable
        let share = total == 0 ? 0 : Double(killed) / Double(total) * 100
        return text
            + String(
                format: "%d of %d killed, %.1f %%, of %d possible, seed %d, in %.0f s\n", killed, total, share,
                possible,
                Int(truncatingIfNeeded: seed), seconds)
            + (killedAgain.map { "\($0) of them when tried again, after checks or tests had been added\n" } ?? "")
    }

    /// A line for each tool: the mutants that it catches by itself, by kind.
    private var toolTable: String {
        guard !tools.isEmpty else { return "" }
        return "\nAlone\n"
            + tools.map { tool in
                let name = tool.tool.padding(toLength: 20, withPad: " ", startingAt: 0)
                let kinds = tool.byKind.sorted { $0.key < $1.key }.map {
                    "\($0.key) \($0.value.caught) of \($0.value.total)"
                }
                return "\(name)\(kinds.joined(separator: ", "))\n"
            }.joined() + "\n"
    }

    /// Writes `mutants.json`.
    ///
    /// - Throws: where it cannot be written.
    public func write(to home: HarnessHome) throws {
        try Data(try jsonText(self).utf8).write(
            to: URL(fileURLWithPath: Self.path(in: home)), options: .atomic)
    }
}

extension MutantSample {
    /// The number of possible mutants of each operator.
    public func counts(in repository: Repository) -> [String: Int] {
        Dictionary(grouping: all(in: repository), by: \.mutation).mapValues(\.count)
    }
}
