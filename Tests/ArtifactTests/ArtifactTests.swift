import Harness
import TestSupport
import Testing

/// This repository's own artifacts: every check of every subject is one test, and advice counts.
@Suite("Every artifact")
struct ArtifactTests {
    /// One run of the checks, which all tests here look at.
    private static let report = Task {
        let toolbox = Toolbox(home: Project.home) { print($0) }
        let repository = try await Discovery.repository(at: Project.root)
        let report = try await Places.heavy.hold {
            try await Runner(repository: repository, toolbox: toolbox, isStrict: true).run()
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

    @Test("can be read")
    func canBeRead() async throws {
        #expect(try await Self.report.value.problems == [])
    }

    @Test("has a check")
    func hasACheck() async throws {
        let report = try await Self.report.value
        #expect(report.outcomes.count > 100)
        #expect(Set(report.outcomes.map(\.check)).count >= 12)
    }
}
