import CheckCore
import DocumentModels

/// A Grafana dashboard: its panels' queries.
package struct Dashboard: Sendable {
    package let title: String
    package let panels: [Panel]

    package struct Panel: Sendable {
        package let title: String
        package let unit: String
        package let queries: [Query]
    }

    package struct Query: Sendable {
        package let expression: YAMLNode
        package let legend: String

        /// The expression for Prometheus, with steps of a minute; Grafana replaces its `$` variables.
        package func text(interval: String = "5m") -> String {
            expression.text.replacing(/\$__(rate_interval|interval|range)\b/, with: interval)
                .replacing(/\[\$\{?\w+\}?/, with: "[\(interval)")
                // In quotes any text is valid; elsewhere the variable is mostly a label name.
                .replacing(/"(?:[^"\\]|\\.)*"/) { $0.output.replacing(/\$\{?\w+\}?/, with: ".*") }
                .replacing(/\b((?:top|bottom|limit)k|quantile)(\s*\(\s*)\$\{?\w+\}?/) { "\($0.1)\($0.2)1" }
                .replacing(/\$\{?\w+\}?/, with: "a")
        }
    }

    package var queries: [Query] { panels.flatMap(\.queries) }

    /// `nil` if the file is not a dashboard.
    package init?(_ path: String, in repository: Repository) {
        guard let root = repository.yaml(path)?.documents.first else { return nil }
        title = root["title"]?.text ?? path
        // A collapsed row holds its panels.
        let all = root["panels"].elements.flatMap { [$0] + $0["panels"].elements }
        panels = all.filter { $0["targets"] != nil && !["row", "text"].contains($0["type"]?.text) }.map { panel in
            Panel(
                title: panel["title"]?.text ?? "", unit: panel["fieldConfig", "defaults", "unit"]?.text ?? "",
                queries: panel["targets"].elements.compactMap { target in
                    target["expr"].map { Query(expression: $0, legend: target["legendFormat"]?.text ?? "") }
                })
        }
    }
}
