import TestSupport
import Testing

/// What it measures is tried by `make bench`; here is what it says when it cannot begin.
@Suite("scripts/check-by-hand.sh")
struct CheckByHandTests {
    @Test("says in one line what is not there, and calls no tool")
    func missing() async throws {
        try await withScratch { folder in
            let cases = [
                (["\(folder)/a b"], "check-by-hand: '\(folder)/a b' is no folder that can be entered"),
                ([folder, "none.sh"], "check-by-hand: there is no file 'none.sh' in '\(folder)'"),
            ]
            for (arguments, message) in cases {
                let output = try await HarnessProcess(
                    arguments, executable: "\(Project.root)/scripts/check-by-hand.sh"
                ).run()
                #expect(output.code == 2)
                #expect(output.stdout == "")
                #expect(output.stderr == message + "\n")
            }
        }
    }
}
