import CheckCore

/// The forms in which a report can be had.
public enum ReportFormat: String, CaseIterable, Sendable {
    case text, html, json, sarif, junit

    /// The whole report as text. Colour is for `text` alone.
    public func render(_ report: Report, style: TerminalStyle = .plain) throws -> String {
        switch self {
        case .text: TerminalReport(report: report, style: style).render()
        case .html: try HTMLReport(report: report).render()
        case .json: try JSONReport(report).render()
        case .sarif: try SARIFLog(report).render()
        case .junit: JUnitReport(report: report).render()
        }
    }
}
