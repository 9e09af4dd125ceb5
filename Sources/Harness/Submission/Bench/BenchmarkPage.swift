import Foundation
import HarnessSupport

/// `docs/benchmarks.md`, made of the last figure of each row.
public struct BenchmarkPage {
    public static let path = "docs/benchmarks.md"

    /// A row, and where and when it was measured.
    public struct Row: Codable, Sendable {
        let measurement: Measurement
        /// Of the code; with `+` where files were changed since.
        let commit: String
        let date: String
        let cores: Int

        public init(_ measurement: Measurement, commit: String, date: Date, cores: Int) {
            self.measurement = measurement
            self.commit = commit
            self.date = String(date.ISO8601Format().prefix(10))
            self.cores = cores
        }

        /// Names the row: a figure can have several peers.
        fileprivate var key: [String] { [measurement.name, measurement.isAim ? "" : measurement.peer] }
    }

    public private(set) var rows: [Row]

    public init(_ rows: [Row]) { self.rows = rows }

    /// Replaces rows of the same name. A row that was not measured leaves an earlier figure.
    public mutating func merge(_ new: [Row]) {
        for row in new {
            guard let place = rows.firstIndex(where: { $0.key == row.key }) else {
                rows.append(row)
                continue
            }
            if row.measurement.ours != nil || rows[place].measurement.ours == nil { rows[place] = row }
        }
    }

    public var text: String {
        let (aims, peers) = (rows.filter(\.measurement.isAim), rows.filter { !$0.measurement.isAim })
        return """
            # Benchmarks

            `make bench` measures these figures and writes this page. `make bench ONLY=check` renews one group of rows. \
            `make bench LONG=yes` also builds and tests a fresh clone, which takes about an hour.

            A ratio above 1 means better than the aim or the peer. Times are wall-clock times; *processor* is the \
            processor time of all processes, which depends less on other work on the machine.

            ## Aims

            \(Self.table(["work", "measured", "processor", "aim", "ratio", "measured at"], aims.map(Self.cells)))

            ## Beside other tools

            \(Self.table(
                ["work", "ours", "theirs", "ratio", "peer", "measured at"],
                peers.map { row in
                    let it = row.measurement
                    return [
                        it.name, it.text(it.ours), it.text(it.theirs), it.ratio.map { String(format: "%.2f", $0) } ?? "-",
                        it.peer, Self.place(row),
                    ]
                }))

            """
    }

    private static func cells(_ row: Row) -> [String] {
        let it = row.measurement
        let aim = "≤ \(it.text(it.theirs))"
        guard it.ours != nil else { return [it.name, "not measured", "-", aim, "-", it.note ?? ""] }
        let note = it.note.map { "\($0); " } ?? ""
        return [
            it.name, it.text(it.ours), it.processor.map { String(format: "%.2f s", $0) } ?? "-", aim,
            it.ratio.map { String(format: "%.2f", $0) } ?? "-", note + place(row),
        ]
    }

    private static func place(_ row: Row) -> String { "\(row.date), `\(row.commit)`, \(row.cores) cores" }

    private static func table(_ head: [String], _ rows: [[String]]) -> String {
        guard !rows.isEmpty else { return "Nothing was measured yet." }
        let lines = [head, head.map { _ in "---" }] + rows
        return lines.map { "| " + $0.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |" }
            .joined(separator: "\n")
    }
}
