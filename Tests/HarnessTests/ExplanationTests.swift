import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import CheckEngine
@testable import Reporting

@Suite("The explanation of a rule")
struct ExplanationTests {
    @Test("exists for each rule of the checker", arguments: Checks.all.map(\.name))
    func exists(_ name: String) throws {
        let check = try #require(Checks.all.first { $0.name == name })
        let unexplained = check.ruleNames.filter { rule in
            check.explanations[rule.lastPathPart] == nil && check.rulePages == nil
        }
        #expect(unexplained == [], "add them to `explanations`")
        #expect(check.explanations.values.allSatisfy { $0.hasSuffix(".") || $0.contains("Source: ") })
    }

    @Test("has a page in docs/rules that is current")
    func pages() throws {
        let folder = Project.root + "/docs/rules"
        let there = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        let pages = RulePages(Checks.all).files
        #expect(there == pages.keys.sorted(), "run `swift run harness explain --write docs/rules`")
        for (name, text) in pages {
            let current = try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            #expect(current == text, "\(name) is out of date: run `swift run harness explain --write docs/rules`")
        }
    }

    @Test("shows why, a broken and a sound example, and how to suppress the rule")
    func content() async throws {
        try await CommandLineTests.withProject([:]) { folder in
            let result = try await CommandLineTests.harness(["explain", "json/duplicate-key"], folder)
            #expect(result.code == 0)
            for words in ["RFC 8259", "Broken, ", "Sound, ", "harness:ignore json/duplicate-key", "severity: error"] {
                #expect(result.stdout.contains(words), "\(words): \(result.stdout)")
            }
            let tool = try await CommandLineTests.harness(["explain", "shellcheck/SC9999"], folder)
            #expect(tool.stdout.contains("https://www.shellcheck.net/wiki/SC9999"))
            let trivy = try await CommandLineTests.harness(["explain", "trivy-config/AWS-0089"], folder)
            #expect(trivy.stdout.contains("https://avd.aquasec.com/misconfig/aws-0089"))
        }
    }

    @Test("is refused for an unknown rule, with the nearest name")
    func unknown() async throws {
        try await CommandLineTests.withProject([:]) { folder in
            let result = try await CommandLineTests.harness(["explain", "k8s-probe"], folder)
            #expect(result.code == 2 && result.stderr.contains("did you mean `k8s-probes`?"), "\(result.stderr)")
        }
    }

    @Test("is in a SARIF report: help, default level and address")
    func sarif() throws {
        let findings = [
            Finding(rule: "k8s-probes/missing", path: "a", message: "m"),
            Finding(rule: "shellcheck/SC2086", path: "a", message: "m"),
            Finding(rule: "own/x", path: "a", message: "m"),
        ]
        let outcome = Outcome(check: "c", subject: "a", findings: findings, skipped: nil, seconds: 0, cached: false)
        var report = Report(root: "/a", outcomes: [outcome], suppressed: 0, seconds: 0)
        report.checks = Checks.all
        let rules = SARIFLog(report).runs[0].tool.driver.rules
        #expect(rules.map(\.defaultConfiguration?.level) == ["warning", nil, "error"])
        #expect(rules.map(\.id) == ["k8s-probes/missing", "own/x", "shellcheck/SC2086"])
        #expect(rules[2].helpUri == "https://www.shellcheck.net/wiki/SC2086")
        #expect(rules[0].help?.markdown.contains("harness:ignore k8s-probes/missing") == true)
    }

    @Test("shows a change of lines with their neighbours")
    func difference() {
        let old = (1...20).map { "\($0)" }.joined(separator: "\n")
        let new = old.replacing("\n10\n", with: "\nten\n")
        #expect(
            LineDifference(from: old, to: new).hunks == ["@@", " 7", " 8", " 9", "-10", "+ten", " 11", " 12", " 13"])
        #expect(LineDifference(from: "a", to: "a").hunks == [])
    }
}
