import BuiltInRules
import CheckCommands
import CheckCore
import CheckEngine
import Submission
import TestSupport
import Testing
import Tooling

/// Every check brings its own examples: what it accepts and what it refuses.
@Suite("A check's examples")
struct ExampleTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let check: any Check
        let example: Example
        var testDescription: String { "\(check.name): \(example.name)" }
    }

    static let cases = Checks.all.flatMap { check in check.examples.map { Case(check: check, example: $0) } }

    @Test("trigger exactly the rules that they name", arguments: cases)
    func triggers(_ testCase: Case) async throws {
        try await withScratch { folder in
            try write(testCase.example.files, to: folder)
            let repository = try await Discovery.repository(at: folder)
            let toolbox = Toolbox(home: Project.home)
            let report = try await Runner(repository: repository, toolbox: toolbox, checks: [testCase.check]).run()
            await toolbox.shutDown()
            if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped {
                try skip("\(testCase.check.name): \(reason)")
            }
            let rules = Set(report.findings.map { $0.rule.split(separator: "/").last.map(String.init) ?? $0.rule })
            if testCase.example.triggers.isEmpty {
                #expect(rules.isEmpty, "\(report.findings)")
            } else {
                #expect(testCase.example.triggers.isSubset(of: rules), "\(report.findings)")
            }
        }
    }

    @Test("include a broken and a sound one for every check", arguments: Checks.all.map(\.name))
    func areComplete(_ name: String) throws {
        let check = try #require(Checks.all.first { $0.name == name })
        #expect(check.examples.contains { !$0.triggers.isEmpty }, "\(name) has never been shown to fail")
        #expect(check.examples.contains { $0.triggers.isEmpty }, "\(name) has never been shown to pass")
    }

    @Test("belong to checks with names of their own")
    func namesAreUnique() {
        #expect(Set(Checks.all.map(\.name)).count == Checks.all.count)
    }
}
