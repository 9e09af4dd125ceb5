import CheckCore
import CheckEngine
import Foundation
import MutationTesting
import Submission
import TestSupport
import Testing
import Tooling

/// Scheduling's breaks, each in a copy of its own: the rules look at whole clusters, and many copies in one repository
/// would make each look at all of them.
@Suite("A broken cluster is noticed:", .heavy)
struct BrokenClusterTests {
    @Test(arguments: TestDepth.cases(Break.scheduling, few: 3))
    func isNoticed(_ change: Break) async throws {
        let rules = try await Self.rules(of: change, isBroken: true)
        expectNoticed(id: change.id, rules.contains(change.notices), "\(rules.sorted())")
    }

    @Test("and the unbroken ones are sound", arguments: Set(Break.scheduling.map(\.scope)).sorted())
    func baselineHolds(_ scope: String) async throws {
        let change = try #require(Break.scheduling.first { $0.scope == scope })
        #expect(try await Self.rules(of: change, isBroken: false) == [])
    }

    private static func rules(of change: Break, isBroken: Bool) async throws -> Set<String> {
        try await withScratch { folder in
            let target = URL(fileURLWithPath: "\(folder)/\(change.needs)")
            try FileManager.default.copyItem(at: URL(fileURLWithPath: "\(Project.root)/\(change.needs)"), to: target)
            if isBroken {
                let file = URL(fileURLWithPath: "\(folder)/\(change.file)")
                let text = try String(contentsOf: file, encoding: .utf8)
                try #require(text.components(separatedBy: change.text).count == 2, "one place to break")
                try Data(text.replacingOccurrences(of: change.text, with: change.replacement).utf8).write(to: file)
            }
            let toolbox = Toolbox(home: Project.home)
            let names: Set = ["kubernetes-schema", "k8s-schedulable", "k8s-queues", "k8s-costs"]
            let report = try await Runner(
                repository: try await Discovery.repository(at: folder), toolbox: toolbox,
                checks: Checks.all.filter { names.contains($0.name) }
            ).run(scope: [change.scope])
            await toolbox.shutDown()
            if let reason = report.outcomes.lazy.compactMap(\.skipped).first { try skip(reason) }
            return Set(report.findings.map(\.rule))
        }
    }
}
