/// What a file is to the field, told from its name, its place and, where those do not decide, its first keys.
public enum ArtifactKind: String, Codable, CaseIterable, Sendable {
    case terraform
    case terraformVariables = "terraform-variables"
    case terraformTest = "terraform-test"
    case terraformLock = "terraform-lock"
    case cloudFormation = "cloudformation"
    case shell
    case kubernetes
    case kustomization
    case helm
    case containerfile
    case githubWorkflow = "github-workflow"
    case githubAction = "github-action"
    case azurePipeline = "azure-pipeline"
    case jenkinsfile
    case python
    case pythonRequirements = "python-requirements"
    case ansible
    case prometheus
    case prometheusRules = "prometheus-rules"
    case prometheusRulesTest = "prometheus-rules-test"
    case alertmanager
    case grafanaDashboard = "grafana-dashboard"
    case markdown
    case swift
    case makefile
    case yaml
    case json
    case text
    case binary
}

/// How a file is written, apart from what it is for: a Kubernetes manifest is YAML.
public enum ArtifactSyntax: String, Codable, Sendable {
    case yaml, json, hcl, shell, markdown, swift, python
    /// Nothing that the harness parses.
    case other
}
