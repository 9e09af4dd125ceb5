/// Every check there is. A new one is a file in `Checks/` (an outside tool) or `Rules/` (our own) and a line here.
public enum Checks {
    public static let all: [any Check] = [
        TerraformFormat(),
        TerraformValidate(),
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
        TrivySecrets(),
        MarkdownLinks(),
        ModuleDocumentation(),
        ActionGrants(),
        Kustomize(),
        KubernetesSchema(),
        Hadolint(),
        SuppressionReasons(),
    ]
}
