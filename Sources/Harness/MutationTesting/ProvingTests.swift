/// Tests that are asked about a mutant which no check notices.
package protocol ProvingTests: Sendable {
    /// - Parameters:
    ///   - checks: their verdict, which holds where the tests notice nothing.
    ///   - tree: the copy that the mutant is in.
    /// - Throws: `HarnessError` where a test fails on the unbroken copy: it would prove nothing.
    func verdict(
        on mutant: Mutant, after checks: MutantJudge.Verdict, in tree: MutantTree
    ) async throws -> MutantJudge.Verdict
}
