import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

/// Runs trivy's Kubernetes rules on rendered objects, because the parts of an overlay are incomplete.
struct TrivyKubernetes: Check {
    let name = "trivy-kubernetes"
    let summary = "what is applied to a cluster follows trivy's hardening rules"
    let rulePages: String? = "https://avd.aquasec.com/misconfig/rule"
    let advice = Advice.rules("KSV-0041", "KSV-0044", "KSV-0045", "KSV-0046")
    let tools = [Tool.trivy, .kubectl]
    let weight = 4.5

    /// Rules of trivy 0.76 that give wrong results here.
    private static let left: Set<String> = [
        // They require a LimitRange and a ResourceQuota in every file, and do not read the namespace.
        "KSV-0039", "KSV-0040",
        // Knows only registries of three public clouds; `k8s-images` reads the registry from the admission policy.
        "KSV-0125",
        // Reports any key with PORT or `key` in its name as a secret; `trivy-secret` finds real ones.
        "KSV-01010",
        // Traefik serves a Gateway listener on the listener's port and needs no capability for it.
        "KSV-0117",
    ]

    func subjects(in repository: Repository) -> [Subject] { ManifestSets(repository: repository).subjectsAlone }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try await context.withStage([]) { stage in
            var objects: [String: [KubeObject]] = [:]
            for subject in subjects {
                let found = try await ManifestSets(repository: context.repository).objects(subject, context)
                for own in Dictionary(grouping: found, by: \.path).values {
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

    /// Moves the finding from the rendered text to the source line.
    private func fixed(_ finding: Finding, among objects: [KubeObject]) -> Finding? {
        guard let line = finding.line else {
            // The finding is about a whole object, which the message names.
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
    /// The last node that begins at or above the line.
    fileprivate func last(before line: Int) -> YAMLNode {
        let end = Int(tree.records[index].end)
        let last = (index..<end).last { Int(tree.records[$0].line) <= line } ?? index
        return YAMLNode(tree: tree, index: last)
    }
}
