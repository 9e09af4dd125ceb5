import CheckCore

/// Writes the report as workflow commands, which GitHub shows beside the lines of a pull request.
///
/// Source: docs.github.com, "Workflow commands for GitHub Actions"; the characters to escape are those of
/// actions/toolkit, packages/core/src/command.ts. GitHub shows at most ten errors and ten warnings for each step.
struct GitHubAnnotations {
    let report: Report

    func render() -> String {
        let findings = report.findings.sorted { $0.severity > $1.severity }.map { finding in
            let places = [("file", finding.path), ("line", finding.line.map(String.init)), ("col", column(finding))]
            let properties = (places + [("title", finding.rule)]).compactMap { name, value in
                value.map { "\(name)=\(property($0))" }
            }
            let message = finding.message + (finding.remedy.map { "\n→ \($0)" } ?? "")
            return "::\(finding.severity.rawValue) \(properties.joined(separator: ","))::\(data(message))\n"
        }
        // A skipped check is not a pass; each reason gets one notice.
        let skipped = Set(
            report.outcomes.filter { $0.verdict == .skipped }.map { "\($0.check) was skipped: \($0.skipped ?? "")" })
        let notices = skipped.sorted().map { "::notice title=skipped::\(data($0))\n" }
        let counts = [Verdict.passed, .failed, .skipped].map { "\(report.count($0)) \($0.rawValue)" }
        return findings.joined() + notices.joined() + counts.joined(separator: ", ") + "\n"
    }

    private func column(_ finding: Finding) -> String? {
        finding.line == nil ? nil : finding.column.map(String.init)
    }

    private func data(_ text: String) -> String {
        text.replacing("%", with: "%25").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    private func property(_ text: String) -> String {
        data(text).replacing(":", with: "%3A").replacing(",", with: "%2C")
    }
}
