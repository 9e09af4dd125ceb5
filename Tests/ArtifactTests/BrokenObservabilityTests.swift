import CheckCore
import CheckEngine
import Foundation
import MutationTesting
import Submission
import TestSupport
import Testing
import Tooling

/// Each break in a repository of its own: these checks look across all of it.
@Suite("Broken observability is noticed:", .heavy)
struct BrokenObservabilityTests {
    /// Everything that the checks compare.
    static let parts = [
        "k8s/observability", "k8s/mlops-platform-demo/monitoring", "k8s/mlops-platform-demo/pipeline/therapy",
        "sagemaker/claims-model/claims_model/serving",
    ]

    @Test(arguments: TestDepth.cases(Break.observability, few: 3))
    func isNoticed(_ change: Break) async throws {
        try await Self.withCopy { folder in
            let file = URL(fileURLWithPath: "\(folder)/\(change.file)")
            let text = try String(contentsOf: file, encoding: .utf8)
            try #require(text.components(separatedBy: change.text).count == 2, "\(change.file) has one place to break")
            try Data(text.replacingOccurrences(of: change.text, with: change.replacement).utf8).write(to: file)
            let noticed = try await Self.noticed(folder, [change.scope])
            expectNoticed(id: change.id, noticed.contains(change.notices), "\(noticed.sorted())")
        }
    }

    /// What is noticed in the unbroken copy as well would prove nothing.
    @Test("and nothing in the unbroken copy")
    func baselineHolds() async throws {
        try await Self.withCopy { folder in
            let noticed = try await Self.noticed(folder, [])
            #expect(noticed == [])
        }
    }

    private static func withCopy(_ body: (String) async throws -> Void) async throws {
        try await withScratch { folder in
            for part in parts {
                let target = URL(fileURLWithPath: "\(folder)/\(part)")
                try FileManager.default.createDirectory(
                    at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.copyItem(at: URL(fileURLWithPath: "\(Project.root)/\(part)"), to: target)
            }
            try await body(folder)
        }
    }

    private static func noticed(_ folder: String, _ scope: [String]) async throws -> Set<String> {
        let names = ["prometheus-rules", "alerts", "alert-routes", "dashboard-queries", "metric-names"]
        let report = try await Runner(
            repository: try await Discovery.repository(at: folder), toolbox: Toolbox(home: Project.home),
            checks: Checks.all.filter { names.contains($0.name) }
        ).run(scope: scope)
        if let reason = report.outcomes.lazy.compactMap(\.skipped).first { try skip(reason) }
        return Set(report.outcomes.flatMap(\.findings).map(\.rule))
    }
}
