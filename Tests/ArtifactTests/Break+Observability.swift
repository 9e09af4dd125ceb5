import TestSupport

/// Rules, routes, dashboards and runbooks, and what they rest on.
extension Break {
    static let observability: [Break] = [
        .watched(
            id: "observability/burn-rate-inverted", "rules/slo.yaml", "rate1h > on (slo) 14.4",
            "rate1h < on (slo) 14.4",
            notices: "prometheus-rules/test"),
        .watched(
            id: "observability/error-budget-too-large", "rules/slo.yaml", "expr: vector(0.01)", "expr: vector(0.1)",
            notices: "prometheus-rules/test"),
        .watched(
            id: "observability/threshold-inverted", "rules/claims.yaml", "claims_ready == 0", "claims_ready == 1",
            notices: "prometheus-rules/test"),
        .watched(
            id: "observability/pending-period-dropped", "rules/claims.yaml", "claims_ready == 0\n          for: 5m",
            "claims_ready == 0",
            notices: "prometheus-rules/test"),
        .watched(
            id: "observability/backup-alert-too-late", "rules/platform.yaml", "26 * 3600", "26 * 86400",
            notices: "prometheus-rules/test"),
        .watched(
            id: "observability/unknown-severity", "rules/slo.yaml", "severity: page", "severity: critical",
            notices: "alerts/severity"),
        .watched(
            id: "observability/misspelt-label", "rules/platform.yaml", #"condition="true""#, #"conditon="true""#,
            notices: "metric-names/label"),
        .watched(
            id: "observability/silence-untested", "rules/prometheus.test.yaml",
            "      - {eval_time: 5m, alertname: CompactorHalted, exp_alerts: []}\n", "", notices: "alerts/never-silent"),
        .watched(id: "observability/missing-runbook", "runbooks.md", "## ClaimsDown\n", "", notices: "alerts/runbook"),
        .watched(
            id: "observability/misspelt-route-label", "alertmanager/alertmanager.yaml", #"matchers: [severity="page"]"#,
            #"matchers: [severty="page"]"#, notices: "alert-routes/route"),
        .watched(
            id: "observability/unknown-receiver", "alertmanager/alertmanager.yaml", "      receiver: pager",
            "      receiver: oncall", notices: "alert-routes/config"),
        .watched(
            id: "observability/route-untested", "alertmanager/alertmanager.test.yaml",
            "  - {alert: ClaimsDown, receiver: pager}\n", "", notices: "alert-routes/untested"),
        .watched(
            id: "observability/misspelt-panel-metric", "dashboards/claims.json", "sum(claims_ready)",
            "sum(claims_redy)",
            notices: "metric-names/metric"),
        .watched(
            id: "observability/panel-query-syntax", "dashboards/gateway.json", #"sum(up{job=\"gateway\"})"#,
            #"sum(up{job=\"gateway\"}"#, notices: "dashboard-queries/parse"),
        Break(
            id: "observability/renamed-metric", needs: "", scope: "k8s/observability/rules/claims.yaml",
            file: "sagemaker/claims-model/claims_model/serving/metrics.py", text: "\"claims_ready\"",
            replacement: "\"claims_is_ready\"", notices: "metric-names/metric"),
    ]

    private static func watched(
        id: BreakID, _ file: String, _ text: String, _ replacement: String, notices: String
    ) -> Break {
        let path = "k8s/observability/\(file)"
        return Break(
            id: id, needs: "", scope: path, file: path, text: text, replacement: replacement, notices: notices)
    }
}
