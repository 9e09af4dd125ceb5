import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import CheckEngine
@testable import Submission
@testable import Tooling

/// This repository's own artifacts: every check of every subject is one test, and advice counts.
@Suite("Every artifact")
struct ArtifactTests {
    /// One run of the checks, which all tests here look at.
    private static let report = Task {
        let toolbox = Toolbox(home: Project.home) { print($0) }
        let repository = try await Discovery.repository(at: Project.root)
        let report = try await AsyncSemaphore.heavy.hold {
            try await Runner(
                repository: repository, toolbox: toolbox, checks: Checks.all(for: repository), isStrict: true
            ).run()
        }
        await toolbox.shutDown()
        return report
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let outcome: Outcome
        var testDescription: String { "\(outcome.check) \(outcome.subject)" }
    }

    @Test("passes its checks", arguments: try await report.value.outcomes.map(Case.init))
    func passes(_ testCase: Case) throws {
        if let reason = testCase.outcome.skipped {
            try skip("\(testCase.outcome.check) \(testCase.outcome.subject): \(reason)")
        }
        for finding in testCase.outcome.findings {
            let place = [finding.path, finding.line.map(String.init)].compactMap(\.self).joined(separator: ":")
            Issue.record("\(place): \(finding.message) [\(finding.rule)] \(finding.remedy ?? "")")
        }
    }

    @Test("has a check")
    func hasACheck() async throws {
        let report = try await Self.report.value
        #expect(report.outcomes.count > 100)
        #expect(Set(report.outcomes.map(\.check)).count >= 12)
    }

    @Test("that is committed is in submission.zip, which passes the same checks unpacked in an empty folder")
    func archive() async throws {
        let outcomes = try await Self.report.value.outcomes  // From here on, results of the same files are cached.
        try await withScratch { folder in
            let pack = try await HarnessProcess(
                ["--out", folder], executable: "\(Project.root)/scripts/submission.sh"
            ).run()
            if pack.stderr.contains("nothing is committed here") { try skip("this is not a git repository") }
            try #require(pack.code == 0, "\(pack.stderr)")
            // `unzip` may not be here, and Python's own unpacking forgets who may be run.
            let unpack = try await Command(
                "python3",
                [
                    "-c",
                    """
                    import os, sys, zipfile
                    with zipfile.ZipFile(sys.argv[1]) as archive:
                        for entry in archive.infolist():
                            path = archive.extract(entry, sys.argv[2])
                            if entry.external_attr >> 16:
                                os.chmod(path, entry.external_attr >> 16)
                    """, "\(folder)/submission.zip", "\(folder)/empty",
                ]
            ).run()
            try #require(unpack.isSuccess, "\(unpack.stderr)")
            let check = try await HarnessProcess(
                ["check", "--strict"], in: "\(folder)/empty/submission",
                environment: ["HARNESS_HOME": Project.home.path]
            ).run()
            #expect(check.code == 0, "\(check.stdout)")
            let passed = try #require(check.stdout.firstMatch(of: /(\d+) passed, 0 failed/))
            #expect(try #require(Int(passed.1)) > outcomes.count * 9 / 10)
        }
    }
}
