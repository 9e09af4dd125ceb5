import CheckCore
import CheckEngine
import Foundation
import TestSupport
import Testing
import Tooling

/// The cluster's admission policies and the harness's rules are to refuse the same: the policy's own samples, judged by
/// the rules.
@Suite("The admission policies' samples")
struct AdmissionTests {
    private static let samples = "\(Project.root)/k8s/admission/tests"

    private static func files(_ folder: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(samples)/\(folder)")) ?? []
        return names.filter { $0.hasSuffix(".yaml") }.sorted()
    }

    @Test("that it accepts, the rules accept", arguments: files("accepted"))
    func accepted(_ file: String) async throws {
        #expect(try await findings("accepted/\(file)") == [])
    }

    @Test("that it refuses, the rules refuse", arguments: files("refused"))
    func refused(_ file: String) async throws {
        #expect(try await !findings("refused/\(file)").isEmpty)
    }

    @Test("are accepted and refused by the policies' own CEL", arguments: ["accepted", "refused"])
    func evaluated(_ folder: String) async throws {
        for file in Self.files(folder) {
            let findings = try await findings("\(folder)/\(file)", checks: ["k8s-admission"])
            #expect(findings.isEmpty == (folder == "accepted"), "\(file): \(findings)")
        }
    }

    @Test("are there")
    func areThere() throws {
        guard FileManager.default.fileExists(atPath: Self.samples) else { try skip("there is no \(Self.samples)") }
        #expect(!Self.files("accepted").isEmpty)
        #expect(Self.files("refused").count >= 5)
    }

    private func findings(
        _ sample: String, checks: [String] = ["k8s-images", "k8s-quantities", "k8s-pod-security"]
    ) async throws -> [String] {
        try await withScratch { folder in
            let base = URL(fileURLWithPath: "\(Project.root)/k8s/admission/base")
            let target = URL(fileURLWithPath: folder)
            for name in ["policy.yaml", "binding.yaml", "privileged.yaml"] {
                try FileManager.default.copyItem(
                    at: base.appendingPathComponent(name), to: target.appendingPathComponent(name))
            }
            try FileManager.default.copyItem(
                at: URL(fileURLWithPath: "\(Self.samples)/\(sample)"), to: target.appendingPathComponent("sample.yaml"))
            // The namespace of the samples, and what fills in limits there.
            for name in ["namespace.yaml", "limit-range.yaml"] {
                let text = try String(contentsOfFile: "\(Project.root)/k8s/apps/claims/base/\(name)", encoding: .utf8)
                let isNamed = name == "namespace.yaml" || text.contains("namespace:")
                try (isNamed ? text : text.replacing("metadata:\n", with: "metadata:\n  namespace: claims\n"))
                    .write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            let report = try await Runner(
                repository: try await Discovery.repository(at: folder), toolbox: Toolbox(home: Project.home),
                checks: Checks.all.filter { checks.contains($0.name) }
            ).run()
            return report.findings.map { "\($0.rule): \($0.message)" }
        }
    }
}
