import CheckCore
import CheckEngine
import Foundation
import HarnessSupport
import MutationTesting
import Submission
import TestSupport
import Testing
import Tooling

/// Rules on delivery look from the repository's root, so each copy is a repository of its own.
@Suite("A broken delivery is noticed:", .heavy)
struct BrokenDeliveryTests {
    @Test(arguments: TestDepth.cases(DeliveryBreak.all, few: 4))
    func isNoticed(_ change: DeliveryBreak) async throws {
        let noticed = try await Self.noticed(in: change)
        expectNoticed(id: change.id, noticed.contains(change.notices), "\(noticed.sorted())")
    }

    @Test("and nothing in the unbroken copy")
    func baselineHolds() async throws {
        #expect(try await Self.noticed(in: nil).isEmpty)
    }

    private static func noticed(in change: DeliveryBreak?) async throws -> Set<String> {
        try await withScratch { folder in
            for part in [".github", ".ci", "k8s", "terraform/modules/golden-image"] {
                try FileManager.default.createDirectory(
                    atPath: "\(folder)/\(part)".parentPath, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: "\(Project.root)/\(part)", toPath: "\(folder)/\(part)")
            }
            if let change {
                let file = "\(folder)/\(change.file)"
                let text = try String(contentsOfFile: file, encoding: .utf8)
                try #require(text.components(separatedBy: change.text).count == 2, "one place to break")
                try text.replacingOccurrences(of: change.text, with: change.replacement)
                    .write(toFile: file, atomically: true, encoding: .utf8)
            }
            let names: Set = ["workflow", "workflow-schema", "act", "zizmor", "jenkinsfile", "gitops"]
            let toolbox = Toolbox(home: Project.home)
            let report = try await Runner(
                repository: try await Discovery.repository(at: folder), toolbox: toolbox,
                checks: Checks.all.filter { names.contains($0.name) }
            ).run(scope: change.map { [scope($0.file)] } ?? [])
            await toolbox.shutDown()
            if let reason = report.outcomes.lazy.compactMap(\.skipped).first { try skip(reason) }
            return Set(report.findings.map(\.rule))
        }
    }

    /// Argo CD's two overlays are judged one at a time.
    private static func scope(_ file: String) -> String {
        file.hasPrefix("k8s/gitops/overlays/")
            ? String(file.split(separator: "/").prefix(4).joined(separator: "/")) : file
    }
}
