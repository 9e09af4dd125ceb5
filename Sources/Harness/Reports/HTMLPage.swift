import Foundation

/// A page that holds its style, calls nothing and runs no script, so that it can be mailed, kept, or served under the
/// strictest content security policy.
protocol HTMLPage {}

extension HTMLPage {
    /// - Parameters:
    ///   - title: as text; it is escaped here.
    ///   - header: as HTML, as is `main`.
    /// - Throws: `HarnessError` where the build lacks the style.
    func page(title: String, header: String, main: String) throws -> String {
        let style = try String(contentsOfFile: Resource.path("report", "css", in: "Page"), encoding: .utf8)
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
            <main>
            \(main)</main>
            </html>

            """
    }

    func escaped(_ text: String) -> String {
        text.split(whereSeparator: \.isNewline).joined(separator: " ").withoutControls
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
