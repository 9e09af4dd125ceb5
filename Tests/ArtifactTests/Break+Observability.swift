/// Rules, routes, dashboards and runbooks, and what they rest on.
extension Break {
    static let observability: [Break] = [
        .watched(
            "rules/slo.yaml", "a burn rate inverted", "rate1h > on (slo) 14.4", "rate1h < on (slo) 14.4",
            notices: "prometheus-rules/test"),
        .watched(
            "rules/slo.yaml", "a budget ten times as large", "expr: vector(0.01)", "expr: vector(0.1)",
            notices: "prometheus-rules/test"),
        .watched(
            "rules/claims.yaml", "a threshold inverted", "claims_ready == 0", "claims_ready == 1",
            notices: "prometheus-rules/test"),
        .watched(
            "rules/claims.yaml", "a wait dropped", "claims_ready == 0\n          for: 5m", "claims_ready == 0",
            notices: "prometheus-rules/test"),
        .watched(
            "rules/platform.yaml", "a backup that may be late by a month", "26 * 3600", "26 * 86400",
            notices: "prometheus-rules/test"),
        .watched(
            "rules/slo.yaml", "an urgency that nobody knows", "severity: page", "severity: critical",
            notices: "alerts/severity"),
        .watched(
            "rules/platform.yaml", "a misspelt label", #"condition="true""#, #"conditon="true""#,
            notices: "metric-names/label"),
        .watched(
            "rules/prometheus.test.yaml", "an alert whose silence is no longer tested",
            "      - {eval_time: 5m, alertname: CompactorHalted, exp_alerts: []}\n", "", notices: "alerts/never-silent"),
        .watched("runbooks.md", "a runbook without its section", "## ClaimsDown\n", "", notices: "alerts/runbook"),
        .watched(
            "alertmanager/alertmanager.yaml", "a misspelt label in a route", #"matchers: [severity="page"]"#,
            #"matchers: [severty="page"]"#, notices: "alert-routes/route"),
        .watched(
            "alertmanager/alertmanager.yaml", "a receiver that there is not", "      receiver: pager",
            "      receiver: oncall", notices: "alert-routes/config"),
        .watched(
            "alertmanager/alertmanager.test.yaml", "an alert that goes nobody knows where",
            "  - {alert: ClaimsDown, receiver: pager}\n", "", notices: "alert-routes/untested"),
        .watched(
            "dashboards/claims.json", "a misspelt metric in a panel", "sum(claims_ready)", "sum(claims_redy)",
            notices: "metric-names/metric"),
        .watched(
            "dashboards/gateway.json", "a query that is not closed", #"sum(up{job=\"gateway\"})"#,
            #"sum(up{job=\"gateway\"}"#, notices: "dashboard-queries/parse"),
        Break(
            name: "a metric renamed in the service", needs: "", scope: "k8s/observability/rules/claims.yaml",
            file: "sagemaker/claims-model/claims_model/serving/metrics.py", text: "\"claims_ready\"",
            replacement: "\"claims_is_ready\"", notices: "metric-names/metric"),
    ]

    private static func watched(
        _ file: String, _ name: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        let path = "k8s/observability/\(file)"
        return Break(
            name: name, needs: "", scope: path, file: path, text: text, replacement: replacement, notices: notices)
    }
}
