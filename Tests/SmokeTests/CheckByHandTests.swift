import TestSupport
import Testing

/// What it measures is tried by `make bench`; here is what it says when it cannot begin.
@Suite("scripts/check-by-hand.sh")
struct CheckByHandTests {
    @Test("says in one line what is not there, and calls no tool")
    func missing() async throws {
        try await withScratch { folder in
            let cases = [
                (["\(folder)/a b"], "check-by-hand: '\(folder)/a b' is not a folder that can be entered"),
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

    private static let script = RecordedScript(
        path: "scripts/check-by-hand.sh", programs: ["shellcheck", "shfmt", "swift", "terraform", "trivy"])

    @Test("calls one tool after the other, and ends at the first that fails")
    func calls() async throws {
        try await withScratch { folder in
            try write(["a.sh": "", "terraform/modules/m/main.tf": "", "terraform/stacks/s/main.tf": ""], to: folder)
            let one = try await Self.script(folder, "a.sh")
            #expect(one.code == 0 && one.out.split(separator: "\n").count == 3, "\(one.err)")
            #expect(one.calls.map { $0.split(separator: " ")[0] } == ["shellcheck", "shfmt", "trivy"])
            let module = try await Self.script(folder, "terraform/modules/m/main.tf")
            #expect(module.calls.count { $0.hasPrefix("terraform ") } == 4 && module.calls.count == 6, "\(module.err)")
            let all = try await Self.script(folder)
            #expect(all.code == 0 && all.calls.count { $0.hasSuffix(" test") } == 2, "\(all.err)")
            let failed = try await Self.script.answering("[[ $0 != */shfmt ]] || exit 3")(folder, "a.sh")
            #expect(failed.code == 1 && failed.calls.count == 2)
            #expect(failed.err == "check-by-hand: failed: shfmt --list a.sh\n")
            let misused = try await Self.script()
            #expect(misused.code == 2 && misused.err.hasPrefix("Usage:") && misused.out == "")
            #expect(try await Self.script("--help").code == 0)
        }
    }
}
