import CheckCore
import DocumentModels
import HarnessSupport

/// The metrics of an exporter, with their labels: read from our programs' sources, and for third-party programs
/// from `exporters.yaml`, which names the documentation page.
package struct Exporters: Sendable {
    package struct Series: Sendable {
        /// The source file, the third-party program, or `rules`.
        package let origin: String
        /// `nil` if unknown.
        let labels: Set<String>?
    }

    package private(set) var series: [String: Series] = [:]

    /// Labels that every scrape adds.
    private static let scraped: Set = ["job", "instance", "namespace", "service", "pod", "container", "endpoint"]

    package static func files(in repository: Repository) -> [String] {
        sources(in: repository) + repository.exporterTables
    }

    /// The health paths of a third-party program; `nil` if no table has the program.
    package static func probes(of program: String, in repository: Repository) -> [String]? {
        repository.exporterTables.lazy.compactMap { file -> [String]? in
            let root = repository.yaml(file)?.documents.first
            return root?[program]?["probes"].elements.map(\.text)
        }.first
    }

    private static func sources(in repository: Repository) -> [String] {
        repository.artifacts(of: .python).map(\.path).filter {
            repository.text(of: $0)?.contains("from prometheus_client import") ?? false
        }
    }

    package init(in repository: Repository) {
        for file in Self.sources(in: repository) { read(repository.text(of: file) ?? "", file) }
        for file in repository.exporterTables {
            let root = repository.yaml(file)?.documents.first
            for (exporter, value) in root?.entries ?? [] {
                for (metric, names) in value["metrics"].entries {
                    series[metric.text] = Series(origin: exporter.text, labels: Set(names.elements.map(\.text)))
                }
            }
        }
        for rule in RuleFile.all(in: repository).flatMap(\.rules) where !rule.isAlert {
            series[rule.name] = Series(origin: "rules", labels: nil)
        }
    }

    /// The series that the Python client creates for `Counter("name", "help", ["label"])`.
    private mutating func read(_ source: String, _ file: String) {
        let made =
            /\b(Counter|Gauge|Histogram|Summary)\(\s*"([A-Za-z_:][\w:]*)",\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*\[([^\]]*)\])?/
        for match in source.matches(of: made) {
            let name = String(match.2)
            let own = Set((match.3 ?? "").matches(of: /"(\w+)"/).map { String($0.1) })
            let endings: [(String, Set<String>)] =
                switch match.1 {
                case "Counter": [(name.hasSuffix("_total") ? "" : "_total", own)]
                case "Histogram": [("_bucket", own.union(["le"])), ("_sum", own), ("_count", own)]
                case "Summary": [("_sum", own), ("_count", own)]
                default: [("", own)]
                }
            for (ending, labels) in endings { series[name + ending] = Series(origin: file, labels: labels) }
        }
    }

    /// Labels of the selector that no series of its metric has.
    package func unknownLabels(_ selector: PromQL.Selector) -> [String] {
        guard let known = series[selector.metric]?.labels else { return [] }
        return selector.labels.filter { !known.contains($0) && !Self.scraped.contains($0) }
    }

    /// The most similar name, for a remedy.
    package func nearest(_ metric: String) -> String? {
        let wanted = Set(metric.split(separator: "_"))
        return series.keys.sorted().max {
            wanted.intersection($0.split(separator: "_")).count < wanted.intersection($1.split(separator: "_")).count
        }
    }
}
