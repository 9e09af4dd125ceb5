import Foundation
import TestSupport
import Testing

@testable import Submission
@testable import Tooling

/// A rule of the model's life, broken in a copy of the platform, and the tests that must notice it.
struct ModelBreak: Sendable, CustomTestStringConvertible {
    let id: BreakID
    /// From the platform's folder.
    let file: String
    let text: String
    let replacement: String
    let noticedBy: String
    var testDescription: String { "\(id)" }

    static let all = [
        ModelBreak(
            id: "model-registry/version-without-lineage", file: "pipeline/therapy/registry.py",
            text: "if not lineage.get(key)]", replacement: "if key not in lineage]",
            noticedBy: "tests/test_registry.py"),
        ModelBreak(
            id: "model-registry/promoted-without-canary", file: "pipeline/therapy/registry.py",
            text: "if version.tags.get(\"canary\") != \"passed\":", replacement: "if False:",
            noticedBy: "tests/test_registry.py"),
        ModelBreak(
            id: "model-release/promoted-below-full-traffic", file: "model-deploy/release.sh",
            text: "((weight == 100)) ||", replacement: "((weight > 0)) ||", noticedBy: "tests/test_release.py"),
        ModelBreak(
            id: "model-release/canary-for-a-tenth", file: "components/canary/inferenceservice.yaml",
            text: "minReplicas: 2", replacement: "minReplicas: 1", noticedBy: "tests/test_release.py"),
        ModelBreak(
            id: "model-release/canary-without-traffic", file: "components/canary/inferenceservice.yaml",
            text: "    timeout: 30\n", replacement: "    timeout: 30\n    canaryTrafficPercent: 10\n",
            noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-serving/initializer-without-context", file: "kserve/storage-container.yaml",
            text: "      allowPrivilegeEscalation: false\n", replacement: "", noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-serving/kserves-own-initializer", file: "model-deploy/inferenceservice.yaml",
            text: "    storageContainerName: restricted\n", replacement: "", noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-serving/latest-initializer", file: "kserve/storage-container.yaml",
            text: "storage-initializer:v0.20.0", replacement: "storage-initializer:latest",
            noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-serving/unscraped-predictors", file: "model-deploy/podmonitor.yaml",
            text: "component: predictor",
            replacement: "component: model", noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-serving/unknown-prometheus", file: "components/gpu/inferenceservice.yaml",
            text: "prometheus-operated", replacement: "prometheus", noticedBy: "tests/test_manifests.py"),
        ModelBreak(
            id: "model-pipeline/image-by-tag", file: "pipeline/pipeline.py", text: "therapy-pipeline:set-by-submit",
            replacement: "therapy-pipeline:1.0.0", noticedBy: "tests/test_pipeline.py"),
        ModelBreak(
            id: "kind-cluster/no-port-mapping", file: "cluster/kind.yaml", text: "containerPort: 30443",
            replacement: "containerPort: 8443", noticedBy: "tests/test_manifests.py"),
    ]
}

@Suite("A broken model platform is noticed:", .timeLimit(.minutes(60)))
struct BrokenModelTests {
    @Test(arguments: ModelBreak.all)
    func isNoticed(_ change: ModelBreak) async throws {
        let environment = try await ModelEnvironment(root: Project.root, home: Project.home) { print($0) }
        let kubectl = try await Toolbox(home: Project.home) { print($0) }.path(of: .kubectl).parentPath
        try await withScratch { folder in
            // The tests look for the repository's root above them.
            let platform = "\(folder)/\(ModelPlatform.source)"
            // They render overlays that use components of the applications and the gateway.
            try FileManager.default.copyItem(atPath: "\(Project.root)/k8s", toPath: "\(folder)/k8s")
            let file = "\(platform)/\(change.file)"
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.components(separatedBy: change.text).count == 2, "one place to break")
            // In place: a script stays executable.
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.truncate(atOffset: 0)
            try handle.write(
                contentsOf: Data(text.replacingOccurrences(of: change.text, with: change.replacement).utf8))
            try handle.close()
            let output = try await Command(
                environment.python,
                ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", "--basetemp", "\(folder)/pytest"]
                    + [change.noticedBy],
                environment: environment.variables.merging(["PATH": "\(kubectl):/usr/bin:/bin"]) { $1 },
                folder: platform
            ).run()
            // 1: tests ran and some failed. "error" would be one that could not run.
            let isNoticed =
                output.exitCode == 1 && output.stdout.contains(/\n1 failed/) && !output.stdout.contains(" error")
            expectNoticed(id: change.id, isNoticed, "\(output.stdout.suffix(2000))\(output.stderr)")
        }
    }
}
