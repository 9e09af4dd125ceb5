import CheckCore
import Foundation
import HarnessSupport

/// Findings by file, each with the lines around it, then what was skipped, then the counts.
struct TerminalReport {
    let report: Report
    let style: TerminalStyle
    /// Set if advice is summarized.
    var command: ListCommand?

    func render() -> String {
        let repository = Repository(root: report.root, artifacts: [])
        var text = ""
        let shown = report.findings.filter { command == nil || $0.severity == .error }
        for (path, findings) in Dictionary(grouping: shown, by: \.path).sorted(by: { $0.key < $1.key }) {
            text += style.paint(path.shownPath.withoutControls, .path) + "\n"
            let lines = repository.text(of: path)?.lines
            for finding in findings { text += block(finding, lines: lines ?? []) }
            text += "\n"
        }
        text += advice() + skipped()
        return text + summary() + "\n"
    }

    /// One line for each rule, those with most findings first.
    private func advice() -> String {
        guard let command else { return "" }
        let rules = Dictionary(grouping: report.findings.filter { $0.severity == .warning }, by: \.rule)
            .sorted { ($1.value.count, $0.key) < ($0.value.count, $1.key) }
        guard let most = rules.first?.value.count else { return "" }
        let width = String(most).count
        let longest = rules.map(\.key.count).max() ?? 0
        let lines = rules.map { rule, findings in
            let count = String(findings.count)
            let name = rule.withoutControls.padding(toLength: longest, withPad: " ", startingAt: 0)
            return "  \(String(repeating: " ", count: width - count.count))\(count)  \(name)  "
                + style.paint(command.listing(rule), .faint) + "\n"
        }
        let head = style.paint("advice", .warning) + "  does not fail the run; --advice shows each finding\n"
        return head + lines.joined() + "\n"
    }

    private func block(_ finding: Finding, lines: [Substring]) -> String {
        let place = [finding.line, finding.column].compactMap { $0.map(String.init) }.joined(separator: ":")
        let severity = style.paint(finding.severity.rawValue, finding.severity == .error ? .error : .warning)
        let head = [place, severity, oneLine(finding.message), style.paint(finding.rule, .faint)].filter { !$0.isEmpty }
        var text = "  " + head.joined(separator: "  ") + "\n"
        if let frame = CodeFrame(around: finding.line, of: lines) { text += drawn(frame, finding.column) }
        if let remedy = finding.remedy { text += "    " + style.paint("→ \(oneLine(remedy))", .faint) + "\n" }
        return text
    }

    /// The frame as text, with a mark under the column.
    private func drawn(_ frame: CodeFrame, _ column: Int?) -> String {
        let width = String(frame.rows.last?.number ?? 0).count
        var text = ""
        for row in frame.rows {
            let gutter = String(repeating: " ", count: width - String(row.number).count) + "\(row.number)"
            let line = "    \(row.isMarked ? "▸" : " ") \(gutter) │ \(row.text)"
            text += (row.isMarked ? line : style.paint(line, .faint)) + "\n"
            if row.isMarked, let column, column <= row.text.count + 1 {
                let blank = String(repeating: " ", count: width + 9 + max(0, column - 1))
                text += style.paint("\(blank)^", .error) + "\n"
            }
        }
        return text
    }

    /// Each reason appears once, with the skipped checks.
    private func skipped() -> String {
        let reasons = Dictionary(grouping: report.outcomes.filter { $0.verdict == .skipped }) {
            "\($0.check): \($0.skipped ?? "")"
        }
        guard !reasons.isEmpty else { return "" }
        return reasons.sorted { $0.key < $1.key }.map { reason, outcomes in
            let names =
                outcomes.prefix(3).map { $0.subject.shownPath.withoutControls }.joined(separator: ", ")
                + (outcomes.count > 3 ? ", …" : "")
            return style.paint("skipped", .warning) + "  \(oneLine(reason)) (\(outcomes.count): \(names))\n"
        }.joined() + "\n"
    }

    private func summary() -> String {
        let passed = style.paint("\(report.count(.passed)) passed", .good)
        let failed = report.count(.failed) == 0 ? "0 failed" : style.paint("\(report.count(.failed)) failed", .error)
        let skipped =
            report.count(.skipped) == 0 ? "0 skipped" : style.paint("\(report.count(.skipped)) skipped", .warning)
        let errors = report.findings.count { $0.severity == .error }
        let warnings = report.findings.count - errors
        let cached = report.outcomes.count(where: \.cached)
        var details = [
            "\(errors) \(errors == 1 ? "error" : "errors")", "\(warnings) \(warnings == 1 ? "warning" : "warnings")",
        ]
        if report.suppressed > 0 { details.append("\(report.suppressed) suppressed with a reason") }
        if cached > 0 { details.append("\(cached) \(cached == 1 ? "result" : "results") from cache") }
        details.append(String(format: "%.1f s", report.seconds))
        return "\(passed), \(failed), \(skipped)  " + style.paint("(\(details.joined(separator: ", ")))", .faint)
    }

    private func oneLine(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").withoutControls
    }
}
