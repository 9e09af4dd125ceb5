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

    static let checks = Checks.all + Checks.submission
    static let cases = checks.flatMap { check in check.examples.map { Case(check: check, example: $0) } }

    @Test("trigger exactly the rules that they name", arguments: cases)
    func triggers(_ testCase: Case) async throws {
        let toolbox = Toolbox(home: Project.home)
        let verdict = try await SelfTest(testCase.check, toolbox: toolbox).run(testCase.example)
        await toolbox.shutDown()
        switch verdict {
        case .passed: break
        case .failed(let reason): Issue.record("\(testCase): \(reason)")
        case .skipped(let reason): try skip("\(testCase.check.name): \(reason)")
        }
    }

    @Test("include a broken and a sound one for every check", arguments: checks.map(\.name))
    func areComplete(_ name: String) throws {
        let check = try #require(Self.checks.first { $0.name == name })
        #expect(check.examples.contains { !$0.triggers.isEmpty }, "\(name) has never been shown to fail")
        #expect(check.examples.contains { $0.triggers.isEmpty }, "\(name) has never been shown to pass")
    }

    @Test("trigger every rule that is advice, so that no misspelt name turns advice into an error")
    func adviceIsShown() {
        for check in Checks.rules {
            guard case .some(let names) = check.advice else { continue }
            let shown = check.examples.reduce(into: Set<String>()) { $0.formUnion($1.triggers) }
            #expect(names.subtracting(shown).isEmpty, "\(check.name): no example triggers these")
        }
    }

    @Test("belong to checks with unique names")
    func namesAreUnique() {
        #expect(Set(Self.checks.map(\.name)).count == Self.checks.count)
    }
}
