import CheckCore

/// The formats of a report.
public enum ReportFormat: String, CaseIterable, Sendable {
    case text, html, json, sarif, junit, github

    /// The whole report as text. Colour and the summary of advice are for `text` alone.
    ///
    /// - Parameter command: if set, `text` summarizes each advisory rule in one line with this command, which lists its
    ///   findings; if `nil`, `text` shows every finding in full.
    public func render(_ report: Report, style: TerminalStyle = .plain, command: ListCommand? = nil) throws -> String {
        switch self {
        case .text: TerminalReport(report: report, style: style, command: command).render()
        case .html: try HTMLReport(report: report).render()
        case .json: try JSONReport(report).render()
        case .sarif: try SARIFLog(report).render()
        case .junit: JUnitReport(report: report).render()
        case .github: GitHubAnnotations(report: report).render()
        }
    }
}
