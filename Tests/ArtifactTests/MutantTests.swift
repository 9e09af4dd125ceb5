import CheckCore
import MutationTesting
import Submission
import TestSupport
import Testing
import Tooling

/// A few mutants of this repository's own artifacts, by the tools that judge them; `make mutate` tries hundreds.
@Suite("A mutant of an artifact", .timeLimit(.minutes(60)))
struct MutantTests {
    @Test(
        "is killed",
        arguments: TestDepth.cases(
            [
                (.shell, "errors-ignored", ["shell-options"]),
                (.cloudformation, "condition-dropped", ["template-test"]),
                (.containerfile, "base-unpinned", ["container-pins"]),
                (.alerts, "severity-changed", ["prometheus-rules"]),
            ] as [(MutationKind, String, Set<String>)], few: 2))
    func isKilled(_ kind: MutationKind, _ mutation: String, _ checks: Set<String>) async throws {
        let report = try await Self.run(kind, [mutation], limit: 2, checks)
        if let reason = report.survivors.lazy.compactMap(\.skipped).first { try skip(reason) }
        #expect(report.survivors.map(\.mutant) == [])
        #expect(report.killed == 2)
    }

    @Test("survives where no check knows what was meant")
    func survives() async throws {
        let report = try await Self.run(.cloudformation, ["alarm-inverted"], limit: 1, ["cfn-lint"])
        #expect(report.killed == 0 && report.survivors.map(\.mutant.mutation) == ["alarm-inverted"])
    }

    @Test("is given to single tools, too, which catch less")
    func alone() async throws {
        let report = try await Self.run(
            .containerfile, ["user-root", "base-unpinned"], limit: 4, ["container-pins"], alone: true)
        let tools = Dictionary(uniqueKeysWithValues: report.tools.map { ($0.tool, $0) })
        let trivy = try #require(tools["trivy"])
        #expect(trivy.total == 4 && trivy.byKind["containerfile"]?.total == 4)
        // It knows that root is not a user for a container, and nothing of digests.
        #expect((1...2).contains(trivy.caught), "\(trivy)")
        #expect(tools["hadolint"]?.total == 4 && tools["shellcheck"] == nil)
    }

    private static func run(
        _ kind: MutationKind, _ operators: Set<String>, limit: Int, _ checks: Set<String>, alone: Bool = false
    ) async throws -> MutationReport {
        let toolbox = Toolbox(home: Project.home)
        var sample = MutantSample()
        sample.kinds = [kind]
        sample.operators = operators
        sample.limit = limit
        let report = try await MutationRun(
            repository: try await Discovery.repository(at: Project.root), toolbox: toolbox,
            checks: Checks.all.filter { checks.contains($0.name) }
        ).run(sample, comparing: alone ? { _ in } : nil)
        await toolbox.shutDown()
        return report
    }
}
