import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// What the checks let pass is asked of the tests that the catalogue names, here of a bundle that is a script.
@Suite("The suites that prove a file")
struct ProvingSuitesTests {
    private static let catalogue = """
        asks:
          - {id: B8, ask: a, artifacts: [scripts/a.sh], ran: [{test: a.sh}, {test: The stack}]}
          - {id: B9, ask: b, artifacts: [scripts], ran: [{test: all scripts}], refused: [{test: a.sh, says: refuses}]}
        """
    private static let tests = """
        @Suite("a.sh")
        struct ATests {}
        @Suite("all scripts", .serialized)
        struct AllTests {}
        """
    /// A suite's tests may be in another file than its type.
    private static let refusals = """
        extension ATests {
            @Test(
                "refuses", arguments: [1])
            func refusals() {}
        }
        """

    /// Ends as a run of `a.sh`'s suite does: failed where the artifact lacks its line.
    private static func bundle(_ failing: String) -> String {
        func record(_ payload: String, _ kind: String) -> String {
            #"echo '{"kind":"\#(kind)","version":"6.3.0","payload":\#(payload)}'"#
        }
        return """
            #!/usr/bin/env bash
            while [[ "$1" != --event-stream-output-path ]]; do shift; done
            exec >"$2"
            \(record(#"{"kind":"suite","id":"T.ATests","displayName":"a.sh","name":"ATests"}"#, "test"))
            \(record(#"{"kind":"function","id":"T.ATests/refusals()","displayName":"refuses","name":"r"}"#, "test"))
            if \(failing); then
            \(record(#"{"kind":"issueRecorded","testID":"T.ATests/refusals()","messages":[{"text":"no"}]}"#, "event"))
            fi
            \(record(#"{"kind":"testEnded","testID":"T.ATests/refusals()"}"#, "event"))
            ! \(failing)

            """
    }

    private static func run(
        failing: String, _ body: (ProvingSuites, MutantTree, Mutant) async throws -> Void
    ) async throws {
        try await withScratch { folder in
            let project = folder + "/project"
            try write(
                [
                    Catalogue.file: catalogue, "Tests/SmokeTests/T.swift": tests,
                    "Tests/SmokeTests/T+Refusals.swift": refusals, "scripts/a.sh": "exit 1\n",
                    "scripts/b.sh": "exit 1\n",
                ], to: project)
            let repository = try await Discovery.repository(at: project)
            try write([".build/debug/T.xctest": bundle(failing)], to: project)
            let suites = try ProvingSuites(
                try #require(TestBundle(of: repository)), home: HarnessHome(path: folder + "/home"),
                sound: MutantTree(of: repository, at: folder + "/sound"))
            let mutant = Mutant(
                kind: .shell, mutation: "exit-code-lost", path: "scripts/a.sh", line: 1, before: "exit 1",
                after: "exit 0")
            try await body(suites, MutantTree(of: repository, at: folder + "/copy"), mutant)
        }
    }

    @Test("are those of the nearest artifact with tests")
    func nearest() async throws {
        try await Self.run(failing: "false") { suites, _, _ in
            #expect(suites.proofs(of: "scripts/a.sh") == [.test(suite: "a.sh", sentence: nil)])
            #expect(
                suites.proofs(of: "scripts/b.sh") == [
                    .test(suite: "a.sh", sentence: "refuses"), .test(suite: "all scripts", sentence: nil),
                ])
            #expect(suites.proofs(of: "k8s/a.yaml") == [])
        }
    }

    @Test("kill a mutant if a test fails on it but passes on the unmodified copy")
    func kills() async throws {
        try await Self.run(failing: #"grep -q 'exit 0' "$HARNESS_ARTIFACTS/scripts/a.sh""#) { suites, tree, mutant in
            let verdict = try await tree.with(mutant) { _ in
                try await suites.verdict(on: mutant, after: .survived, in: tree)
            }
            guard case .killed("a.sh: refuses: no") = verdict else {
                Issue.record("\(verdict)")
                return
            }
        }
    }

    @Test("keep the mutant alive if they pass, with the verdict of the checks")
    func survives() async throws {
        try await Self.run(failing: "false") { suites, tree, mutant in
            let verdict = try await tree.with(mutant) { _ in
                try await suites.verdict(on: mutant, after: .skipped("no tool"), in: tree)
            }
            guard case .skipped("no tool") = verdict else {
                Issue.record("\(verdict)")
                return
            }
        }
    }

    @Test("are rejected if one fails on the unmodified copy")
    func baseline() async throws {
        try await Self.run(failing: "true") { suites, tree, mutant in
            let error = await #expect(throws: HarnessError.self) {
                try await suites.verdict(on: mutant, after: .survived, in: tree)
            }
            #expect(error?.description.contains("on the unbroken copy this test fails: a.sh: refuses: no") == true)
        }
    }

    @Test("report that they ended without a result, which is not a kill")
    func crash() async throws {
        try await Self.run(failing: "exit 9") { suites, tree, mutant in
            let verdict = try await suites.verdict(on: mutant, after: .survived, in: tree)
            guard case .skipped(let reason) = verdict, reason.contains("without a result") else {
                Issue.record("\(verdict)")
                return
            }
        }
    }
}
