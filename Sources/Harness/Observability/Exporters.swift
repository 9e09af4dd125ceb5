/// The metrics that something exports, with their labels: read from our own programs' sources, and for the programs of
/// others from `exporters.yaml`, which names the page that documents them.
struct Exporters: Sendable {
    /// By the name of the series; `nil` where the labels are not known.
    private(set) var labels: [String: Set<String>?] = [:]

    /// Whatever the exporter, a scrape adds these.
    private static let scraped: Set = ["job", "instance", "namespace", "service", "pod", "container", "endpoint"]

    static func files(in repository: Repository) -> [String] { sources(in: repository) + tables(in: repository) }

    private static func sources(in repository: Repository) -> [String] {
        repository.artifacts(of: .python).map(\.path).filter {
            repository.text(of: $0)?.contains("from prometheus_client import") ?? false
        }
    }

    private static func tables(in repository: Repository) -> [String] {
        repository.artifacts.map(\.path).filter { $0.lastPathPart == "exporters.yaml" }
    }

    init(in repository: Repository) {
        for file in Self.sources(in: repository) { read(repository.text(of: file) ?? "") }
        for file in Self.tables(in: repository) {
            let root = repository.bytes(of: file).flatMap { try? YAMLTree($0) }?.documents.first
            for exporter in root?.entries ?? [] {
                for (metric, names) in exporter.value["metrics"].entries {
                    labels[metric.text] = Set(names.elements.map(\.text))
                }
            }
        }
        for rule in RuleFile.all(in: repository).flatMap(\.rules) where !rule.isAlert {
            labels.updateValue(nil, forKey: rule.name)
        }
    }

    /// `Counter("name", "help", ["label"])`, as the Python client makes series of it.
    private mutating func read(_ source: String) {
        let made = /\b(Counter|Gauge|Histogram|Summary)\(\s*"([A-Za-z_:][\w:]*)",\s*"(?:[^"\\]|\\.)*"\s*(?:,\s*\[([^\]]*)\])?/
        for match in source.matches(of: made) {
            let (kind, name) = (match.1, String(match.2))
            let own = Set((match.3 ?? "").matches(of: /"(\w+)"/).map { String($0.1) })
            switch kind {
            case "Counter": labels[name.hasSuffix("_total") ? name : name + "_total"] = own
            case "Histogram":
                labels[name + "_bucket"] = own.union(["le"])
                labels[name + "_sum"] = own
                labels[name + "_count"] = own
            case "Summary":
                labels[name + "_sum"] = own
                labels[name + "_count"] = own
            default: labels[name] = own
            }
        }
    }

    func knows(_ metric: String) -> Bool { labels[metric] != nil }

    /// Labels of the selector that no series of its metric has.
    func unknownLabels(_ selector: PromQL.Selector) -> [String] {
        guard let known = labels[selector.metric], let known else { return [] }
        return selector.labels.filter { !known.contains($0) && !Self.scraped.contains($0) }
    }

    /// The name most like this one, for a remedy.
    func nearest(_ metric: String) -> String? {
        let wanted = Set(metric.split(separator: "_"))
        return labels.keys.sorted().max {
            wanted.intersection($0.split(separator: "_")).count < wanted.intersection($1.split(separator: "_")).count
        }
    }
}
