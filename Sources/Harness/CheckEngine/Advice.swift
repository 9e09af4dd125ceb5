import CheckCore

/// Rules that advise: hardening and habits, which a repository may have its reasons to leave. What is certainly wrong
/// (schema, reference, contradiction, secret, open door) is an error in anybody's repository. `--strict` makes no
/// difference between the two, and this repository is checked so.
enum Advice {
    private static let checks: Set<String> = [
        "k8s-pod-security", "k8s-rights", "k8s-escalation", "k8s-images", "suppression",
    ]

    private static let rules: Set<String> = [
        "k8s-network/uncovered", "k8s-network/open", "k8s-network/everybody", "k8s-probes/missing",
        "k8s-probes/startup", "k8s-probes/no-table",
        "k8s-quantities/missing", "k8s-ports/argument", "k8s-selectors/spread", "k8s-secrets/in-clear",
        "k8s-secrets/variable", "k8s-traffic/endless", "k8s-traffic/repeats",
        "workflow/unpinned", "workflow/version", "workflow/pull-request", "workflow/permissions", "workflow/timeout",
        "workflow/unexplained", "workflow/credentials", "workflow/tolerated",
        "zizmor/unpinned-uses", "zizmor/github-app", "zizmor/dangerous-triggers", "zizmor/cache-poisoning",
        "zizmor/github-env", "zizmor/excessive-permissions",
        "alert-routes/no-table", "alerts/severity", "alerts/summary", "alerts/runbook", "alerts/never-silent",
        "prometheus-rules/never-fires",
        // More than is looked at.
        "yaml/large",
        // What only Azure knows is no mistake of who asks for it.
        "azure-templates/unknown", "azure-names/nearly", "azure-safety/no-timeout", "azure-safety/any-branch",
        "azure-safety/no-environment",
        // Ways out, old ciphers and habits; who lets anybody in stays an error.
        "trivy-config/AWS-0012", "trivy-config/AWS-0040", "trivy-config/AWS-0047", "trivy-config/AWS-0054",
        "trivy-config/AWS-0067", "trivy-config/AWS-0102", "trivy-config/AWS-0104", "trivy-config/DS-0010",
        "trivy-kubernetes/KSV-0041", "trivy-kubernetes/KSV-0044", "trivy-kubernetes/KSV-0045",
        "trivy-kubernetes/KSV-0046",
        "hadolint/DL3000", "hadolint/DL3004", "hadolint/DL3020", "shellcheck/SC2068", "shellcheck/SC2145",
        "shellcheck/SC2148",
    ]

    static func severity(of finding: Finding, from check: String) -> Severity {
        // What a test is given may be wrong on purpose.
        let isTestData = finding.path.split(separator: "/").dropLast().contains { $0.hasPrefix("testdata") }
        return checks.contains(check) || rules.contains(finding.rule) || isTestData ? .warning : finding.severity
    }
}
