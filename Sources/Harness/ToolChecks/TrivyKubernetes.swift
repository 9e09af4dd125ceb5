import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

/// trivy's rules for Kubernetes, on what is applied: the parts that kustomize puts together say too little by themselves.
struct TrivyKubernetes: Check {
    let name = "trivy-kubernetes"
    let summary = "what is applied to a cluster follows trivy's hardening rules"
    let rulePages: String? = "https://avd.aquasec.com/misconfig/rule"
    let advice = Advice.rules("KSV-0041", "KSV-0044", "KSV-0045", "KSV-0046")
    let tools = [Tool.trivy, .kubectl]
    let weight = 4.5

    /// Rules of trivy 0.76 that cannot judge what they are about.
    private static let left: Set<String> = [
        // They want a LimitRange and a ResourceQuota in every file, and do not look into the namespace.
        "KSV-0039", "KSV-0040",
        // Knows three public clouds' registries; `k8s-images` knows the one that the admission policy names.
        "KSV-0125",
        // Takes any key with PORT or `key` in its name for a secret; `trivy-secret` looks for secrets.
        "KSV-01010",
        // Traefik serves a Gateway's listener on the listener's own port; it needs no capability for it.
        "KSV-0117",
    ]

    func subjects(in repository: Repository) -> [Subject] { ManifestSets(repository: repository).subjects }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try await context.withStage([]) { stage in
            var objects: [String: [KubeObject]] = [:]
            for subject in subjects {
                let scene = try await ManifestSets(repository: context.repository).scene(subject, context)
                for own in Dictionary(grouping: scene.objects, by: \.path).values {
                    let file = "\(objects.count).yaml"
                    objects[file] = own
                    try Data(own[0].node.tree.bytes)
                        .write(to: URL(fileURLWithPath: stage.appendingPath(file)))
                }
            }
            return try await Trivy(rule: name, context: context).scan(stage, scanner: "misconfig").compactMap {
                finding in
                guard !Self.left.contains(finding.shortRule) else { return nil }
                return fixed(finding, among: objects[finding.path] ?? [])
            }
        }
    }

    /// The finding where somebody can fix it, and not in a text that nobody wrote.
    private func fixed(_ finding: Finding, among objects: [KubeObject]) -> Finding? {
        guard let line = finding.line else {
            // About a whole object, which the message names.
            return objects.first { finding.message.contains("'\($0.name)'") }.map {
                $0.finding(
                    finding.rule, at: $0.node["metadata", "name"], severity: finding.severity, finding.message,
                    remedy: finding.remedy)
            }
        }
        guard let object = objects.last(where: { $0.node.line <= line }) else { return nil }
        return object.finding(
            finding.rule, at: object.node.last(before: line), severity: finding.severity, finding.message,
            remedy: finding.remedy)
    }

    var examples: [Example] {
        let hardened = SampleApplication.with(
            "runAsUser: 10001", "runAsUser: 10001\n        runAsGroup: 10001", in: "deployment")
        let writable = hardened.mapValues {
            $0.replacing("readOnlyRootFilesystem: true", with: "readOnlyRootFilesystem: false")
        }
        return [
            .sound("an application", hardened),
            .broken(
                "a password in a ConfigMap",
                [
                    "a.yaml":
                        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\ndata: {password: 7ffH3kaQ}\n"
                ], triggers: "KSV-0109"),
            .broken("a root file system that can be written", writable, triggers: "KSV-0014"),
        ]
    }
}

extension YAMLNode {
    /// What of this value begins last, at the line or above it.
    fileprivate func last(before line: Int) -> YAMLNode {
        let end = Int(tree.records[index].end)
        let last = (index..<end).last { Int(tree.records[$0].line) <= line } ?? index
        return YAMLNode(tree: tree, index: last)
    }
}
