import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import CheckEngine
@testable import HarnessSupport
@testable import KubernetesModel
@testable import MutationTesting
@testable import Submission
@testable import Tooling

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

    @Test("reads the results of a test run")
    func testRun() async throws {
        try await withScratch { folder in
            try write(["tests.jsonl": Self.stream], to: folder)
            let run = try TestRun(eventStream: folder + "/tests.jsonl")
            #expect(run.verdict(suite: "A script", sentence: "ends")?.verdict == .passed)
            #expect(run.verdict(suite: "A script", sentence: "fails")?.verdict == .failed)
            #expect(run.verdict(suite: "A script", sentence: "waits")?.verdict == .skipped)
            #expect(run.verdict(suite: "A script", sentence: "sleeps") == nil)
            #expect(run.verdict(suite: "A script", sentence: nil)?.verdict == .failed)
            #expect(run.verdict(suite: "Another", sentence: nil) == nil)
            let old = Self.stream.replacing(#""version":"6.3.0""#, with: #""version":0"#)
            try write(["old.jsonl": old, "other.jsonl": "no record\n"], to: folder)
            for file in ["none", "old.jsonl", "other.jsonl"] {
                #expect(throws: HarnessError.self) { try TestRun(eventStream: folder + "/" + file) }
            }
        }
    }

    @Test("counts a deliberate break by its own result, whatever became of its suite and of other breaks")
    func breaks() async throws {
        func attached(_ text: String) -> String {
            let message = #"{"symbol":"attachment","text":"Attached 'break \#(text).txt' to isNoticed(_:)."}"#
            let payload = #"{"kind":"valueAttached","testID":"A.S/bad()/a.swift:2:1","messages":[\#(message)]}"#
            return #"{"version":"6.3.0","kind":"event","payload":\#(payload)}"#
        }
        let stream = [
            Self.stream, attached("claims/root noticed"), attached("claims/no-limit missed"),
            attached("report/root noticed"), attached("report/twice noticed"), attached("report/twice missed"),
        ]
        let asks = [
            "{break: claims/root}", "{break: claims/no-limit}", "{break: claims/not-run}", "{break: claims}",
            "{break: mesh}", "{break: report/twice}",
        ]
        try await withScratch { folder in
            let entries = asks.enumerated().map {
                "  - {id: A\($0.offset + 1), ask: a, artifacts: [a.sh], refused: [\($0.element)]}\n"
            }
            try write(
                [
                    "project/requirements.yaml": "asks:\n" + entries.joined(), "project/a.sh": "true\n",
                    "project/Tests/ATests.swift": """
                    Break(id: "claims/root"), Break(id: "claims/no-limit"), Break(id: "claims/not-run")
                    Break(id: "mesh/plaintext"), Break(id: "report/twice")
                    """, "tests.jsonl": stream.joined(separator: "\n"),
                ], to: folder)
            let home = HarnessHome(path: folder + "/home")
            try home.makeWritable()
            let repository = try await Discovery.repository(at: folder + "/project")
            let checks = try await Runner(repository: repository, toolbox: Toolbox(home: home), checks: []).run()
            let evidence = try EvidenceCollector(
                repository: repository, home: home, checks: checks, tests: folder + "/tests.jsonl"
            ).collect()
            #expect(
                evidence.flatMap(\.proofs).map(\.verdict) == [.passed, .failed, .skipped, .failed, .skipped, .failed])
            #expect(evidence.map(\.level) == [4, 1, 1, 1, 1, 1])
            #expect(evidence[0].proofs[0].source == "Tests/ATests.swift" && evidence[0].proofs[0].line == 1)
            #expect(evidence[4].proofs[0].line == 2)
        }
    }

    @Test("counts only mutants of the requirement's files, and ignores mutants that were not tried")
    func mutants() async throws {
        try await withScratch { folder in
            try write(
                [
                    "project/requirements.yaml":
                        "asks:\n  - {id: A1, ask: a, artifacts: [a.sh], refused: [mutants]}\n"
                        + "  - {id: A2, ask: b, artifacts: [b.sh], refused: [mutants]}\n"
                        // The same proof, but a blocker kept it from running.
                        + "  - id: A3\n    ask: c\n    artifacts: [a.sh]\n    refused: [mutants]\n"
                        + "    blocker: {reason: no cluster, tried: nothing, around: a cluster}\n",
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
            #expect(evidence.map(\.level) == [4, 1, 2])
            #expect(evidence[1].unexpectedSkips == ["mutants"])
        }
    }

    /// The page of a project with one ask, whose text is hostile, and with these records in `.harness`.
    private func page(_ records: [String: String]) async throws -> (text: String, evidence: [Evidence]) {
        try await withScratch { folder in
            let catalogue = """
                asks:
                  - id: A1
                    ask: "a <b> & `c`"
                    artifacts: [a.sh]
                    checked: [shellcheck]
                    ran: [{assertion: platform}]
                    refused: [{test: A script, says: ends}]
                """
            try write(["project/requirements.yaml": catalogue, "project/a.sh": "true\n"], to: folder)
            let home = HarnessHome(path: folder + "/home")
            try home.makeWritable()
            try write(Dictionary(uniqueKeysWithValues: records.map { ("home/" + $0, $1) }), to: folder)
            let repository = try await Discovery.repository(at: folder + "/project")
            let report = Report(
                root: folder,
                outcomes: [
                    Outcome(check: "shellcheck", subject: "a.sh", findings: [], skipped: nil, seconds: 2, cached: false)
                ], suppressed: 0, seconds: 2)
            let collector = try EvidenceCollector(repository: repository, home: home, checks: report, tests: nil)
            let evidence = try collector.collect()
            let clusters = try await ClusterOverview(repository: repository, toolbox: Toolbox(home: home))
            let path = try collector.write(evidence, clusters: clusters)
            return (try String(contentsOfFile: path, encoding: .utf8), evidence)
        }
    }

    @Test("as a page names missing records and reasons for missing tables, and makes no requests")
    func absence() async throws {
        let (page, evidence) = try await page([:])
        #expect(evidence.map(\.level) == [2])
        #expect(page.contains("Levels are lower than they may be"))
        for verb in ["make test", "make up", "make mutate"] {
            #expect(page.contains("<code>\(verb)</code> writes a record"))
        }
        #expect(page.contains("<code>harness access</code><td data-label=\"Reason\">there is no access.yaml"))
        #expect(page.contains("a &lt;b&gt; &amp; <code>c</code>") && !page.contains("a <b>"))
        #expect(page.contains("href=\"#A1\"") && page.contains("id=\"A1\""))
        #expect(!page.contains("<script") && !page.contains("http") && !page.contains("style=\""))
    }

    @Test("as a page shows the last results with times and durations, and what each tool catches")
    func records() async throws {
        let up = """
            {"target": "local", "runs": {"platform": {"seconds": 12.5, "ended": "2026-01-31T12:00:00Z"}},
             "components": {"platform": [{"id": "there", "text": "it is there", "verdict": "passed", "seen": "3 machines"},
                                         {"id": "stays", "text": "it stays", "verdict": "failed", "seen": "it went"}]}}
            """
        let mutants = """
            {"seed": 7, "possible": 40, "total": 10, "killed": 9, "byOperator": {}, "byFile": {}, "byRule": {},
             "byKind": {"shell": {"total": 10, "killed": 9, "equivalent": 0, "skipped": 0, "seconds": 1}},
             "survivors": [], "seconds": 3, "killedAgain": 2,
             "tools": [{"tool": "lint", "total": 10, "caught": 2, "byKind": {"shell": {"total": 10, "caught": 2}}}]}
            """
        let (page, evidence) = try await page(
            ["last-up-local.json": up, "mutants.json": mutants, "tests.jsonl": Self.stream])
        #expect(evidence.map(\.level) == [2])
        #expect(page.contains("a run of <code>up</code> of workbench, cluster"))
        #expect(!page.contains("make test") && !page.contains("make mutate"))
        #expect(page.contains("<a href=\"#A1\">A1</a> platform: it stays: it went"))
        #expect(page.contains("12 s") && page.contains("2026-01-31 12:00 UTC"))
        #expect(
            page.contains("1 of 2 failed") && page.contains("9 of 10")
                && page.contains(">lint<td class=\"number\" data-label=\"Detected\">2 of 10"))
        #expect(page.contains("2 of them only when tried again"))
        #expect(page.contains("A script waits") && page.contains("skipped: no tool"))
    }

    @Test("draws every component once, to the right of its dependencies")
    func picture() throws {
        let components = Stack.local()
        let svg = StackPicture(components) { _ in (nil, "") }.svg
        var columns: [String: Int] = [:]
        for box in svg.matches(of: /<rect x="(\d+)".*?<text x="\d+" y="\d+">([^<]+)</) {
            #expect(columns.updateValue(Int(box.1) ?? 0, forKey: String(box.2)) == nil)
        }
        #expect(columns.keys.sorted() == components.map(\.name).sorted())
        for component in components {
            for name in component.dependencies {
                #expect(
                    try #require(columns[name]) < #require(columns[component.name]), "\(component.name) and \(name)")
            }
        }
    }
}
