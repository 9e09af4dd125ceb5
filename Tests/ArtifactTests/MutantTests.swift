import Harness
import TestSupport
import Testing

/// A few mutants of this repository's own artifacts; `make mutate` tries all of them.
@Suite("A mutant of an artifact", .timeLimit(.minutes(60)))
struct MutantTests {
    @Test(
        "is killed",
        arguments: [
            (.shell, ["errors-ignored", "quotes-dropped"]), (.terraform, ["validation-dropped", "wildcard-action"]),
            (.cloudformation, ["key-misspelt", "deletion-policy-dropped"]),
        ] as [(MutationKind, Set<String>)])
    func isKilled(_ kind: MutationKind, _ operators: Set<String>) async throws {
        let toolbox = Toolbox(home: Project.home)
        let repository = try await Discovery.repository(at: Project.root)
        var sample = MutantSample()
        sample.kinds = [kind]
        sample.operators = operators
        sample.limit = 2
        let report = try await MutationRun(repository: repository, toolbox: toolbox).run(sample)
        await toolbox.shutDown()
        if let reason = report.survivors.lazy.compactMap(\.skipped).first { try skip(reason) }
        #expect(report.survivors.map(\.mutant) == [])
        #expect(report.killed == 2)
    }
}
