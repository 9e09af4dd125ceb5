import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import Tooling

/// The check `kubernetes-schema` on the manifests of a large external tree, compared with kubernetes-validate and trivy.
///
/// `HARNESS_BENCH_MANIFESTS` names the tree, for example a clone of kubeflow/manifests. Ours judges by every version of
/// Kubernetes and the custom resources in addition, kubernetes-validate by one version and passes over what it does not know.
struct SchemaBenchmark: Benchmark {
    let name = "kubernetes-schema"

    func measure(in context: BenchContext) async throws -> [Measurement] {
        guard let tree = ProcessInfo.processInfo.environment["HARNESS_BENCH_MANIFESTS"], !tree.isEmpty else {
            context.say("kubernetes-schema: HARNESS_BENCH_MANIFESTS names no tree of manifests")
            return []
        }
        let outside = try await Discovery.repository(at: tree)
        let validate = try await context.toolbox.path(of: .kubernetesSchemas)
        let trivy = try await context.toolbox.path(of: .trivy)
        return try await context.toolbox.home.withScratch("bench") { scratch in
            let copy = scratch.appendingPath("manifests")
            let manifests = outside.artifacts(of: .kubernetes).filter { $0.syntax == .yaml }.map(\.path)
            try CheckContext(repository: outside, toolbox: context.toolbox).stage(manifests, in: copy)
            let repository = try await Discovery.repository(at: copy)

            let home = HarnessHome(path: scratch.appendingPath("home"))
            try context.toolbox.home.makeFolder(home.path)
            try FileManager.default.createSymbolicLink(
                atPath: home.tools, withDestinationPath: context.toolbox.home.tools)
            context.say("kubernetes-schema on \(manifests.count) files")
            let watch = Stopwatch()
            let report = try await Runner(
                repository: repository, toolbox: Toolbox(home: home), checks: Checks.named("kubernetes-schema")
            ).run()
            let ours = watch.seconds
            context.say("\(report.findings.count) findings, \(report.count(.skipped)) skipped")

            context.say("trivy")
            let trivyWatch = Stopwatch()
            _ = try await Command(
                trivy, ["config", "--quiet", "--format", "json", "--skip-check-update", copy],
                environment: ["TRIVY_CACHE_DIR": scratch.appendingPath("trivy")]
            ).run()
            let trivySeconds = trivyWatch.seconds

            context.say("kubernetes-validate, one version")
            let validateWatch = Stopwatch()
            _ = try await Command(validate, ["--strict", "--quiet"] + manifests, folder: copy).run()
            return [
                Measurement(name, seconds: ours, peer: "trivy config", seconds: trivySeconds),
                Measurement(
                    name, seconds: ours, peer: "kubernetes-validate, one version", seconds: validateWatch.seconds),
            ]
        }
    }
}
