import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport

/// The dashboards drawn without Grafana: each panel's queries over the last minutes, on one page.
struct DashboardPage: Sendable {
    let watchers: Watchers
    let repository: Repository

    private static let (width, height) = (520.0, 140.0)
    private static let colours = [
        "#2563eb", "#dc2626", "#16a34a", "#d97706", "#7c3aed", "#0891b2", "#be185d", "#4b5563",
    ]

    func write(since start: ContinuousClock.Instant) async throws {
        let end = Date()
        let seconds = max(30, (ContinuousClock.now - start).seconds)
        var body = ""
        for artifact in repository.artifacts(of: .grafanaDashboard) {
            guard let dashboard = Dashboard(artifact.path, in: repository) else { continue }
            body += "<h2>\(dashboard.title.escaped)</h2>\n<div class=grid>\n"
            for panel in dashboard.panels {
                body += figure(panel, try await lines(panel, end.addingTimeInterval(-seconds), end))
            }
            body += "</div>\n"
        }
        let page = """
            <!doctype html>
            <html lang=en>
            <meta charset=utf-8>
            <title>Dashboards</title>
            <style>
            body { font: 14px system-ui, sans-serif; margin: 2em auto; max-width: 1120px; padding: 0 1em; color: #1f2937 }
            .grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(\(Int(Self.width))px, 1fr)); gap: 1em }
            figure { border: 1px solid #d1d5db; border-radius: 6px; margin: 0; padding: .8em }
            figcaption { font-weight: 600 } code { color: #6b7280; font-size: 11px; overflow-wrap: anywhere }
            svg { background: #f9fafb; margin: .5em 0; width: 100% } span { font-size: 12px; margin-right: 1em }
            </style>
            <h1>Dashboards</h1>
            <p>The panels' queries, asked of the Prometheus that runs here, over the last \(Int(seconds)) s. Time runs
            \(WatchSettings.pace.factor) times as fast: what a rule calls an hour is a minute. Empty panels belong to
            exporters of a cluster.</p>
            \(body)</html>

            """
        try Data(page.utf8).write(to: URL(fileURLWithPath: watchers.page), options: .atomic)
    }

    private struct Line {
        let name: String
        let points: [(time: Double, value: Double)]
    }

    private func lines(_ panel: Dashboard.Panel, _ start: Date, _ end: Date) async throws -> [Line] {
        var lines: [Line] = []
        for query in panel.queries {
            let answer = await watchers.ask(
                "query_range",
                [
                    "query": WatchSettings.pace.expression(query.text(interval: "10m")), "step": "1",
                    "start": "\(start.timeIntervalSince1970)", "end": "\(end.timeIntervalSince1970)",
                ])
            for series in (answer?["result"]).items {
                let labels = series["metric"]?.strings ?? [:]
                let name = query.legend.replacing(/\{\{(\w+)\}\}/) { labels[String($0.1)] ?? "" }
                let points = series["values"].items.compactMap { pair -> (time: Double, value: Double)? in
                    guard case .number(let time)? = pair.array?.first,
                        let value = Double(pair.array?.last?.string ?? ""),
                        value.isFinite
                    else { return nil }
                    return (time - start.timeIntervalSince1970, value)
                }
                lines.append(Line(name: name, points: points))
            }
        }
        return lines
    }

    private func figure(_ panel: Dashboard.Panel, _ lines: [Line]) -> String {
        let points = lines.flatMap(\.points)
        let (most, last) = (points.map(\.value).max() ?? 0, max(1, points.map(\.time).max() ?? 1))
        let drawn = lines.enumerated().map { number, line in
            let path = line.points.map { point in
                let x = point.time / last * Self.width
                let y = Self.height - 4 - (most > 0 ? point.value / most : 0) * (Self.height - 24)
                return String(format: "%.1f,%.1f", x, y)
            }
            return
                "<polyline fill=none stroke-width=1.5 stroke=\"\(colour(number))\" points=\"\(path.joined(separator: " "))\"/>"
        }
        let legend = lines.enumerated().map { number, line in
            let value = line.points.last.map { String(format: "%.4g", $0.value) } ?? "nothing"
            return "<span style=\"color: \(colour(number))\">\(line.name.escaped) \(value)</span>"
        }
        let queries = panel.queries.map { "<code>\($0.expression.text.escaped)</code>" }
        return """
            <figure><figcaption>\(panel.title.escaped)</figcaption>
            <svg viewBox="0 0 \(Int(Self.width)) \(Int(Self.height))"><text x=4 y=14 font-size=11 fill="#6b7280">\(String(format: "%.4g", most)) \(panel.unit.escaped)</text>
            \(drawn.joined(separator: "\n"))</svg>
            <div>\(legend.isEmpty ? "<span>no series here</span>" : legend.joined(separator: " "))</div>
            \(queries.joined(separator: "<br>"))</figure>

            """
    }

    private func colour(_ number: Int) -> String { Self.colours[number % Self.colours.count] }
}

extension String {
    fileprivate var escaped: String {
        replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
