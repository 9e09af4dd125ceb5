extension MutationOperator {
    static let alerts = [
        MutationOperator(
            "threshold-inverted", "an alert is silent in need", in: [.alerts], caughtBy: "a promtool test of the rule"
        ) { $0.replacing(/\ ([<>])(=?)\ /) { [" \($0.1 == "<" ? ">" : "<")\($0.2) "] } },
        MutationOperator(
            "threshold-shifted", "an alert rings ten times too late", in: [.alerts],
            caughtBy: "a promtool test on both sides of the threshold"
        ) { $0.replacing(/([<>]=? )(\d+(?:\.\d+)?)\b/) { ["\($0.1)\((Double($0.2) ?? 0) * 10 + 1)"] } },
        MutationOperator(
            "for-dropped", "an alert fires without delay", in: [.alerts],
            caughtBy: "a promtool test shortly before the delay ends"
        ) { $0.removing(/^\s+for:/) },
        MutationOperator(
            "severity-changed", "an alert reaches the wrong people", in: [.alerts],
            caughtBy: "a promtool test that compares labels, and the routes"
        ) { $0.replacing(/\bseverity: (\w+)/) { ["severity: \($0.1 == "critical" ? "warning" : "critical")"] } },
        MutationOperator(
            "metric-misspelt", "an alert looks at a metric that does not exist", in: [.alerts],
            caughtBy: "a promtool test of the rule"
        ) { $0.replacing(/\b([a-z]+(?:_[a-z]+){2,})\b/) { ["\($0.1)x"] } },
    ]
}
