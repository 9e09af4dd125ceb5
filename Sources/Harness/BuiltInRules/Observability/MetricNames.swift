import CheckCore
import DeliveryModel
import DocumentModels
import KubernetesModel

/// Checks that rules and dashboards use exported metrics and existing labels. Prometheus accepts a misspelt name: the
/// alert never fires, and the panel stays empty.
struct MetricNames: Check {
    let name = "metric-names"
    let summary = "rules and dashboards use metrics and labels that something exports"

    func subjects(in repository: Repository) -> [Subject] {
        let rules = RuleFile.all(in: repository).map(\.path)
        let sources = Exporters.files(in: repository)
        guard !sources.isEmpty else { return [] }
        return (rules + repository.artifacts(of: .grafanaDashboard).map(\.path)).map { path in
            Subject(path: path, inputs: [path] + (rules + sources).filter { $0 != path })
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let exporters = Exporters(in: context.repository)
        return subjects.flatMap { subject in
            expressions(subject.path, context.repository).flatMap { expression in
                Set(PromQL.selectors(in: expression.text)).sorted { $0.metric < $1.metric }.flatMap { selector in
                    problems(selector, exporters).map {
                        Finding(
                            rule: "\(name)/\($0.rule)", path: subject.path, line: expression.line, message: $0.message,
                            remedy: $0.remedy)
                    }
                }
            }
        }
    }

    private func expressions(_ path: String, _ repository: Repository) -> [YAMLNode] {
        if let file = RuleFile(path, in: repository) { return file.rules.compactMap { $0.node["expr"] } }
        return Dashboard(path, in: repository)?.queries.map(\.expression) ?? []
    }

    private func problems(_ selector: PromQL.Selector, _ exporters: Exporters)
        -> [(rule: String, message: String, remedy: String)]
    {
        guard exporters.series[selector.metric] != nil else {
            let like = exporters.nearest(selector.metric).map { "the most similar name is \($0); " } ?? ""
            return [
                (
                    "metric", "nothing exports \(selector.metric)",
                    "\(like)add metrics of third-party programs to exporters.yaml, with their source"
                )
            ]
        }
        return exporters.unknownLabels(selector).map {
            ("label", "\(selector.metric) has no label \($0)", "correct the name, or export the label")
        }
    }

    var explanations: [String: String] {
        [
            "label":
                "The query uses a label that the metric does not have, so it selects nothing.",
            "metric":
                "Nothing exports the metric, so the query is always empty.",
        ]
    }

    var examples: [Example] {
        let program = """
            from prometheus_client import Counter, Gauge, Histogram
            REQUESTS = Counter("shop_requests_total", "Requests.", ["status"])
            SECONDS = Histogram(
                "shop_seconds",
                "Time, \\"all\\" of it.",
            )
            READY = Gauge("shop_ready", "1 or 0.")

            """
        let table = "prometheus:\n  source: https://prometheus.io\n  metrics:\n    up: []\n"
        func files(_ expression: String) -> [String: String] {
            [
                "metrics.py": program, "exporters.yaml": table,
                "rules.yaml":
                    "groups:\n  - name: a\n    rules:\n      - record: shop:requests:rate5m\n        expr: sum(rate(shop_requests_total[5m]))\n      - alert: A\n        expr: '\(expression)'\n",
            ]
        }
        func dashboard(_ expression: String) -> [String: String] {
            [
                "metrics.py": program,
                "a.json":
                    "{\"schemaVersion\": 41, \"panels\": [{\"type\": \"row\", \"panels\": [{\"targets\": [{\"expr\": \"\(expression)\"}]}]}]}\n",
            ]
        }
        return [
            .sound(
                "a counter by its label", files(#"sum by (status) (rate(shop_requests_total{status=~"5.."}[5m])) > 1"#)),
            .sound(
                "histograms, a series that a rule records, one that is documented, and what only looks like a name",
                files(
                    #"histogram_quantile(0.9, sum by (le) (rate(shop_seconds_bucket{le!="shop"}[5m] offset 1d))) > bool 1e3 and on (job) group_left (x) up{job="a"} == shop:requests:rate5m # nothing"#
                )),
            .sound("a panel", dashboard("rate(shop_requests_total[$__rate_interval])")),
            .broken("a misspelt metric in a rule", files("shop_request_total > 1"), triggers: "metric"),
            .broken(
                "a label that the metric does not have", files(#"shop_requests_total{code="500"} > 1"#),
                triggers: "label"),
            .broken("a counter without its ending", files("rate(shop_requests[5m]) > 1"), triggers: "metric"),
            .broken("a misspelt metric in a panel", dashboard("shop_redy"), triggers: "metric"),
        ]
    }
}
