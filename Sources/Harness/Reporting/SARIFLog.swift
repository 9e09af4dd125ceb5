import CheckCore
import Foundation
import HarnessSupport

/// The report as SARIF 2.1.0, which code hosts show beside the lines.
///
/// Source: Static Analysis Results Interchange Format Version 2.1.0, OASIS standard: 3.13 (log), 3.14 (run),
/// 3.27 (result), 3.20 (invocation), 3.58 (notification).
struct SARIFLog: Encodable {
    struct Run: Encodable {
        struct Tool: Encodable { let driver: Driver }
        struct Driver: Encodable {
            let name: String
            let rules: [Rule]
        }
        struct Rule: Encodable {
            let id: String
            let shortDescription: Message?
            let help: Help?
            let helpUri: String?
            let defaultConfiguration: Configuration?
        }
        struct Help: Encodable { let text, markdown: String }
        struct Configuration: Encodable { let level: String }
        let tool: Tool
        let columnKind = "unicodeCodePoints"
        let originalUriBaseIds: [String: Artifact]
        let invocations: [Invocation]
        let results: [Result]
    }
    struct Invocation: Encodable {
        let executionSuccessful: Bool
        /// Skipped checks with their reasons, so that readers of the log do not count them as passed.
        let toolExecutionNotifications: [Notification]
    }
    struct Notification: Encodable {
        let level = "warning"
        let message: Message
    }
    struct Result: Encodable {
        let ruleId: String
        let ruleIndex: Int
        let level: String
        let message: Message
        let locations: [Location]
    }
    struct Message: Encodable { let text: String }
    struct Location: Encodable { let physicalLocation: PhysicalLocation }
    struct PhysicalLocation: Encodable {
        let artifactLocation: Artifact
        let region: Region?
    }
    struct Artifact: Encodable {
        let uri: String
        var uriBaseId: String?
    }
    struct Region: Encodable {
        let startLine: Int
        let startColumn: Int?
    }

    let version = "2.1.0"
    let schema = "https://json.schemastore.org/sarif-2.1.0.json"
    let runs: [Run]

    enum CodingKeys: String, CodingKey {
        case version, runs
        case schema = "$schema"
    }

    init(_ report: Report) {
        let findings = report.findings
        let rules = Set(findings.map(\.rule)).sorted()
        let skipped = report.outcomes.filter { $0.verdict == .skipped }.map {
            Notification(message: Message(text: "\($0.check) skipped \($0.subject.shownPath): \($0.skipped ?? "")"))
        }
        let results = findings.map { finding in
            Result(
                ruleId: finding.rule, ruleIndex: rules.firstIndex(of: finding.rule) ?? 0,
                level: finding.severity.rawValue,
                message: Message(text: finding.message + (finding.remedy.map { "\nTo fix it: \($0)" } ?? "")),
                locations: [
                    Location(
                        physicalLocation: PhysicalLocation(
                            artifactLocation: Artifact(uri: Self.encoded(finding.path), uriBaseId: "ROOT"),
                            region: finding.line.map { Region(startLine: $0, startColumn: finding.column) }))
                ])
        }
        runs = [
            Run(
                tool: .init(driver: .init(name: "harness", rules: rules.map { Self.rule($0, report) })),
                originalUriBaseIds: ["ROOT": Artifact(uri: "file://\(Self.encoded(report.root))/")],
                invocations: [Invocation(executionSuccessful: true, toolExecutionNotifications: skipped)],
                results: results)
        ]
    }

    /// The text of `harness explain`.
    ///
    /// `helpUri` is the tool's page. For a rule of the checker it is the page in the repository that `$HARNESS_RULE_PAGES`
    /// names, which the GitHub Action sets.
    private static func rule(_ id: String, _ report: Report) -> Run.Rule {
        guard let check = RuleCatalogue(report.checks).check(of: id) else {
            return Run.Rule(id: id, shortDescription: nil, help: nil, helpUri: nil, defaultConfiguration: nil)
        }
        let explanation = RuleExplanation(id, of: check)
        let pages = ProcessInfo.processInfo.environment["HARNESS_RULE_PAGES"].flatMap { $0.isEmpty ? nil : $0 }
        return Run.Rule(
            id: id, shortDescription: Message(text: explanation.text),
            help: Run.Help(text: explanation.markdown, markdown: explanation.markdown),
            helpUri: explanation.page ?? pages.map { "\($0)/\(check.name).md#\(id.lastPathPart)" },
            defaultConfiguration: Run.Configuration(level: explanation.severity.rawValue))
    }

    func render() throws -> String { try jsonText(self) }

    /// A path as a relative URI reference (RFC 3986).
    private static func encoded(_ path: String) -> String {
        let kept = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)
        return path.utf8.map { kept.contains($0) ? String(UnicodeScalar($0)) : "%" + hex($0) }.joined()
    }

    private static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return digits.count == 1 ? "0" + digits : digits
    }
}
