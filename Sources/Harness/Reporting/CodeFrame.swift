/// A line with its neighbours, which shows the location of a finding.
struct CodeFrame {
    struct Row {
        let number: Int
        let text: String
        let isMarked: Bool
    }

    let rows: [Row]

    /// `nil` for a line that the text does not have. Long lines are cut, and empty neighbours are left out.
    init?(around line: Int?, of lines: [Substring]) {
        guard let line, lines.indices.contains(line - 1) else { return nil }
        rows = (max(1, line - 1)...min(lines.count, line + 1)).compactMap { number in
            let text = String(lines[number - 1].withoutControls.prefix(160))
            return text.isEmpty && number != line ? nil : Row(number: number, text: text, isMarked: number == line)
        }
    }
}

extension StringProtocol {
    /// Removes control characters, so that a checked file cannot control the reader's terminal.
    public var withoutControls: String {
        String(
            String.UnicodeScalarView(
                unicodeScalars.map { scalar in
                    if scalar == "\t" { return " " }
                    let isControl = scalar.properties.generalCategory == .control || scalar.properties.isBidiControl
                    return isControl ? "\u{FFFD}" : scalar
                }))
    }
}
