/// Runs the tests on a mutant that no check notices.
package protocol ProvingTests: Sendable {
    /// - Parameters:
    ///   - checks: the verdict of the checks, which is kept if the tests notice nothing.
    ///   - tree: the copy that contains the mutant.
    /// - Throws: `HarnessError` if a test fails on the unmodified copy, which would prove nothing.
    func verdict(
        on mutant: Mutant, after checks: MutantJudge.Verdict, in tree: MutantTree
    ) async throws -> MutantJudge.Verdict
}
