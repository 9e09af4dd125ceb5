import CheckCore

extension Checks {
    /// Checks that call an outside tool or read a syntax. A new check is a file in this folder and a line here.
    package static let tools: [any Check] = [
        TerraformFormat(),
        TerraformValidate(),
        TerraformSchema(),
        TerraformTest(),
        CfnLint(),
        AnsibleLint(),
        Shellcheck(),
        Shfmt(),
        YAMLSyntax(),
        JSONSyntax(),
        SwiftFormat(),
        Ruff(),
        TrivyConfiguration(),
        TrivyKubernetes(),
        TrivySecrets(),
        MarkdownLinks(),
        Kustomize(),
        KubernetesSchema(),
        CustomResourceRules(),
        Hadolint(),
        PrometheusRules(),
        PrometheusConfiguration(),
        Actionlint(),
        WorkflowSchema(),
        Act(),
        Zizmor(),
        AzurePipelinesSchema(),
    ]
}
