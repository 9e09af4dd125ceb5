import Foundation
import TestSupport
import Testing

@testable import Harness

@Suite("Evidence")
struct EvidenceTests {
    @Test(
        "reaches a level only where all proofs up to it hold, and a skipped one holds nothing",
        arguments: [
            ([], 1),
            ([(.checked, .passed)], 2),
            ([(.checked, .skipped)], 1),
            ([(.checked, .passed), (.checked, .failed), (.ran, .passed)], 1),
            ([(.checked, .passed), (.ran, .skipped), (.refused, .passed)], 2),
            ([(.checked, .passed), (.ran, .passed), (.refused, .passed)], 4),
            ([(.checked, .passed), (.refused, .passed)], 4),
        ] as [([(Proof.Level, Verdict)], Int)])
    func levels(_ proofs: [(Proof.Level, Verdict)], _ level: Int) {
        #expect(Evidence.level(proofs, hasArtifacts: true) == level)
        #expect(Evidence.level(proofs, hasArtifacts: false) == 0)
    }

    /// What `swift test` wrote for a test that passed, one that failed, one that was skipped and one that did not run.
    private static let stream = """
        {"version":"6.3.0","kind":"test","payload":{"kind":"suite","id":"A.S","name":"S","displayName":"A script"}}
        {"version":"6.3.0","kind":"test","payload":{"kind":"function","id":"A.S/good()/a.swift:1:1","name":"good()","displayName":"ends"}}
        {"version":"6.3.0","kind":"test","payload":{"kind":"function","id":"A.S/bad()/a.swift:2:1","name":"bad()","displayName":"fails"}}
        {"version":"6.3.0","kind":"test","payload":{"kind":"function","id":"A.S/left()/a.swift:3:1","name":"left()","displayName":"waits"}}
        {"version":"6.3.0","kind":"test","payload":{"kind":"function","id":"A.S/none()/a.swift:4:1","name":"none()","displayName":"sleeps"}}
        {"version":"6.3.0","kind":"event","payload":{"kind":"testEnded","testID":"A.S/good()/a.swift:1:1","messages":[]}}
        {"version":"6.3.0","kind":"event","payload":{"kind":"issueRecorded","testID":"A.S/bad()/a.swift:2:1","issue":{"isKnown":false},"messages":[{"symbol":"fail","text":"1 is not 2"}]}}
        {"version":"6.3.0","kind":"event","payload":{"kind":"testEnded","testID":"A.S/bad()/a.swift:2:1","messages":[]}}
        {"version":"6.3.0","kind":"event","payload":{"kind":"issueRecorded","testID":"A.S/left()/a.swift:3:1","issue":{"isKnown":false,"severity":"warning"},"messages":[{"symbol":"warning","text":"skipped: no tool"}]}}
        {"version":"6.3.0","kind":"event","payload":{"kind":"testEnded","testID":"A.S/left()/a.swift:3:1","messages":[]}}
        """

    @Test("reads what a test run ended with")
    func testRun() async throws {
        try await withScratch { folder in
            try write(["tests.jsonl": Self.stream], to: folder)
            let run = try TestRun(eventStream: folder + "/tests.jsonl")
            #expect(run.verdict(suite: "A script", sentence: "ends")?.0 == .passed)
            #expect(run.verdict(suite: "A script", sentence: "fails")?.0 == .failed)
            #expect(run.verdict(suite: "A script", sentence: "waits")?.0 == .skipped)
            #expect(run.verdict(suite: "A script", sentence: "sleeps") == nil)
            #expect(run.verdict(suite: "A script", sentence: nil)?.0 == .failed)
            #expect(run.verdict(suite: "Another", sentence: nil) == nil)
            let old = Self.stream.replacing(#""version":"6.3.0""#, with: #""version":0"#)
            try write(["old.jsonl": old, "other.jsonl": "no record\n"], to: folder)
            for file in ["none", "old.jsonl", "other.jsonl"] {
                #expect(throws: HarnessError.self) { try TestRun(eventStream: folder + "/" + file) }
            }
        }
    }

    @Test("counts mutants of the ask's files only, and those that nobody tried prove nothing")
    func mutants() async throws {
        try await withScratch { folder in
            try write(
                [
                    "project/requirements.yaml":
                        "asks:\n  - {id: A1, ask: a, artifacts: [a.sh], refused: [mutants]}\n"
                        + "  - {id: A2, ask: b, artifacts: [b.sh], refused: [mutants]}\n",
                    "project/a.sh": "true\n", "project/b.sh": "true\n",
                ], to: folder)
            let home = HarnessHome(path: folder + "/home")
            try home.makeWritable()
            var mutants = MutationReport(seed: 1, possible: 1)
            mutants.byFile = ["a.sh": .init(total: 10, killed: 9)]
            try mutants.write(to: home)
            let repository = try await Discovery.repository(at: folder + "/project")
            let checks = try await Runner(repository: repository, toolbox: Toolbox(home: home), checks: []).run()
            let evidence = try EvidenceCollector(repository: repository, home: home, checks: checks, tests: nil)
                .collect()
            #expect(evidence.map(\.level) == [4, 1])
            #expect(evidence[1].unexpectedSkips == ["mutants"])
        }
    }
}
