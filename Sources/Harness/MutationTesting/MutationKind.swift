import CheckCore
import DeliveryModel

/// The kinds of artifacts that are mutated.
public enum MutationKind: String, Codable, CaseIterable, Sendable, Comparable {
    case terraform, cloudformation, kubernetes, shell, containerfile, pipeline, alerts, python

    init?(_ artifact: Artifact, in repository: Repository) {
        let folders = artifact.path.split(separator: "/").dropLast()
        // Tests are not mutated, because only a reader finds a mistake in a test.
        if folders.contains("tests") || folders.contains("Tests") || folders.contains("bench") { return nil }
        switch artifact.kind {
        case .terraform, .terraformVariables: self = .terraform
        case .cloudFormation: self = .cloudformation
        case .kubernetes: self = RuleFile(artifact.path, in: repository) == nil ? .kubernetes : .alerts
        case .kustomization: self = .kubernetes
        case .shell: self = .shell
        case .containerfile: self = .containerfile
        case .githubWorkflow, .azurePipeline, .jenkinsfile: self = .pipeline
        case .prometheusRules: self = .alerts
        case .python: self = .python
        default: return nil
        }
    }

    public static func < (left: MutationKind, right: MutationKind) -> Bool { left.rawValue < right.rawValue }
}
