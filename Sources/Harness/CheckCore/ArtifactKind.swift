/// The kind of a file, determined by its name, its path and, if those are ambiguous, its first keys.
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

/// The syntax of a file, independent of its purpose: a Kubernetes manifest is YAML.
public enum ArtifactSyntax: String, Codable, Sendable {
    case yaml, json, hcl, shell, markdown, swift, python
    /// A syntax that the harness does not parse.
    case other
}
