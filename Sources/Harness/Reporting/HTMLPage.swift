import Foundation
import HarnessSupport

/// A page with embedded style, without scripts and external requests, so that it can be mailed, archived, or served
/// under the strictest content security policy.
package protocol HTMLPage {}

extension HTMLPage {
    /// - Parameters:
    ///   - title: plain text, which this function escapes.
    ///   - header: HTML, like `navigation` and `main`.
    /// - Throws: `HarnessError` if the style sheet is missing from the build.
    package func page(title: String, header: String, navigation: String = "", main: String) throws -> String {
        let style = try String(contentsOfFile: Resource.path("report", "css", in: "Page", of: .module), encoding: .utf8)
        return """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(escaped(title))</title>
            <style>
            \(style)</style>
            <header>
            \(header)
            </header>
            \(navigation)<main>
            \(main)</main>
            </html>

            """
    }

    /// A table that scrolls if it is wider than the screen, and becomes a list of cards on a phone. Cells are HTML.
    ///
    /// - Parameter numbers: columns of figures.
    package func table(_ name: String, head: [String], numbers: Set<Int> = [], _ rows: [[String]]) -> String {
        func row(_ cells: [String], _ tag: String) -> String {
            cells.enumerated().map { column, cell in
                let kind = numbers.contains(column) ? " class=\"number\"" : ""
                let label = tag == "th" || head[column].isEmpty ? "" : " data-label=\"\(head[column])\""
                return "<\(tag)\(kind)\(label)>\(cell)"
            }.joined()
        }
        return """
            <div class="wide" role="region" aria-label="\(escaped(name))" tabindex="0">
            <table>
            <thead><tr>\(row(head, "th"))</thead>
            <tbody>
            \(rows.map { "<tr>\(row($0, "td"))\n" }.joined())</tbody>
            </table>
            </div>

            """
    }

    /// A fraction of 1 as a bar, with the figure beside it.
    package func bar(_ share: Double, _ colour: String = "plain") -> String {
        let width = String(format: "%.1f", max(0, min(1, share)) * 100)
        return """
            <svg class="bar" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">\
            <rect class="track" width="100" height="1"/><rect class="\(colour)" width="\(width)" height="1"/></svg>
            """
    }

    package func seconds(_ seconds: Double) -> String {
        seconds < 10 ? String(format: "%.1f s", seconds) : String(format: "%.0f s", seconds)
    }

    /// Escapes the text, and formats text in backticks as code.
    package func prose(_ text: String) -> String {
        escaped(text).replacing(/`([^`]+)`/) { "<code>\($0.1)</code>" }
    }

    package func escaped(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").withoutControls
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
