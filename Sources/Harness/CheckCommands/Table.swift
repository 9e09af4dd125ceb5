import HarnessSupport
import Reporting

/// Columns as wide as their widest cell.
package func table(_ rows: [[String]]) -> String {
    let rows = rows.map { $0.map(\.withoutControls) }
    let widths = rows.reduce(into: [Int]()) { widths, row in
        for (index, cell) in row.enumerated() {
            if index == widths.count { widths.append(0) }
            widths[index] = max(widths[index], cell.count)
        }
    }
    return rows.map { row in
        zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
            .replacing(/\ +$/, with: "")
    }.joined(separator: "\n")
}
