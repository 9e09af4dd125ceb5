import CheckCore
import Foundation
import HarnessSupport

/// The report as one HTML page: findings, skipped checks with their reasons, and all results.
///
/// The page does not contain the path of the folder.
struct HTMLReport: HTMLPage {
    let report: Report

    func render() throws -> String {
        try page(
            title: "\(title): \(verdict)",
            header: """
                <h1>What the checks find in \(escaped(title))</h1>
                <p class="faint">\(suppressed)\(String(format: "%.1f s", report.seconds))</p>
                \(counts)
                """,
            main: findings + skipped + checks)
    }

    private var title: String { report.root.lastPathPart.shownPath }

    private var verdict: String { report.isClean ? "clean" : "\(report.count(.failed)) failed" }

    private var suppressed: String {
        report.suppressed == 0 ? "" : "\(report.suppressed) findings suppressed, each with a reason; "
    }

    private var counts: String {
        let items = [Verdict.passed, .failed, .skipped].map { verdict in
            let count = report.count(verdict)
            return "<li><b class=\"\(count == 0 ? "faint" : verdict.rawValue)\">\(count)</b> \(verdict.rawValue)</li>"
        }
        return "<ul class=\"counts\">\n" + items.joined(separator: "\n") + "\n</ul>"
    }

    // MARK: What to fix

    private var findings: String {
        guard !report.findings.isEmpty else { return "" }
        let repository = Repository(root: report.root, artifacts: [])
        var text = "<h2>To fix</h2>\n"
        for (path, findings) in Dictionary(grouping: report.findings, by: \.path).sorted(by: { $0.key < $1.key }) {
            text += "<h3>\(escaped(path.shownPath))</h3>\n"
            let lines = repository.text(of: path)?.lines ?? []
            for finding in findings { text += article(finding, lines) }
        }
        return text
    }

    private func article(_ finding: Finding, _ lines: [Substring]) -> String {
        let place = [finding.line, finding.column].compactMap { $0.map(String.init) }.joined(separator: ":")
        let severity = "<span class=\"\(finding.severity.rawValue)\">\(finding.severity.rawValue)</span>"
        let parts = [
            place, severity, escaped(finding.message), "<code class=\"faint\">\(escaped(finding.rule))</code>",
        ]
        var text =
            "<article class=\"finding\">\n<p>\(parts.filter { !$0.isEmpty }.joined(separator: " &ensp;"))</p>\n"
        if let frame = CodeFrame(around: finding.line, of: lines) {
            let rows = frame.rows.map { row in
                "<span\(row.isMarked ? " class=\"here\"" : "")>\(row.number)  \(escaped(row.text))</span>"
            }
            text += "<pre>\(rows.joined())</pre>\n"
        }
        if let remedy = finding.remedy { text += "<p class=\"faint\">→ \(escaped(remedy))</p>\n" }
        return text + "</article>\n"
    }

    // MARK: What was not judged

    /// Each reason appears once, with the skipped checks.
    private var skipped: String {
        let reasons = Dictionary(grouping: report.outcomes.filter { $0.verdict == .skipped }) {
            [$0.check, $0.skipped ?? ""]
        }
        guard !reasons.isEmpty else { return "" }
        let rows = reasons.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { reason, outcomes in
            let names = outcomes.map { escaped($0.subject.shownPath) }.joined(separator: "<br>")
            return "<tr><td>\(escaped(reason[0]))<td>\(escaped(reason[1]))<td>\(names)\n"
        }
        return "<h2>Skipped: not judged, so not a pass</h2>\n<table>\n<tr><th>Check<th>Why<th>What\n"
            + rows.joined() + "</table>\n"
    }

    // MARK: All of it

    private var checks: String {
        guard !report.outcomes.isEmpty else { return "" }
        let groups = Dictionary(grouping: report.outcomes, by: \.check).sorted { $0.key < $1.key }
        return "<h2>Checks</h2>\n"
            + groups.map { check, outcomes in
                let counts = [Verdict.passed, .failed, .skipped].compactMap { verdict in
                    let count = outcomes.count { $0.verdict == verdict }
                    return count == 0 ? nil : "<span class=\"\(verdict.rawValue)\">\(count) \(verdict.rawValue)</span>"
                }
                return """
                    <details>
                    <summary><span class="name">\(escaped(check))</span><span class="does">\(escaped(report.summaries[check] ?? ""))\
                    </span><span>\(counts.joined(separator: ", "))</span></summary>
                    <table>
                    \(outcomes.map(row).joined())</table>
                    </details>

                    """
            }.joined()
    }

    private func row(_ outcome: Outcome) -> String {
        """
        <tr><td class="\(outcome.verdict.rawValue)">\(outcome.verdict.rawValue)<td>\(escaped(outcome.subject.shownPath))\
        <td class="number">\(String(format: "%.2f s", outcome.seconds))

        """
    }
}
