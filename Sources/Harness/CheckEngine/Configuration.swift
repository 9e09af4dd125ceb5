import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// A repository's own settings: `.harness.yml` at its root.
///
/// `harness.schema.json` is the format; the file is compared with it before anything is checked.
public struct Configuration: Sendable {
    package static let file = ".harness.yml"

    struct Skip: Sendable {
        let rule: RulePattern
        /// Everywhere where empty.
        let paths: [RulePattern]

        func covers(_ finding: Finding) -> Bool {
            rule.matches(finding.rule) && (paths.isEmpty || paths.contains { $0.matchesName(finding.path) })
        }
    }

    /// Folders and files to check when the command line names none.
    package private(set) var paths: [String] = []
    private var excluded: [RulePattern] = []
    private var severities: [(rule: RulePattern, severity: Severity)] = []
    private var skips: [Skip] = []
    private var definitions: [RulePattern] = []

    /// What the command line selects.
    package var only: [RulePattern] = []
    package var skipped: [RulePattern] = []

    public init() {}

    /// Reads the file of the repository at `root`; the settings of a repository without the file are empty.
    ///
    /// - Throws: `HarnessError`, one line with the file's line, where the file is malformed or names an unknown rule.
    package init(of root: String, _ catalogue: RuleCatalogue) throws {
        guard let data = FileManager.default.contents(atPath: root.appendingPath(Self.file)) else { return }
        let documents: [YAMLNode]
        do {
            documents = try YAMLTree([UInt8](data)).documents
        } catch let malformed as YAMLTree.Malformed {
            throw Self.refusal(malformed.line, malformed.message)
        }
        guard let document = documents.first, !document.isNull else { return }
        if documents.count > 1 { throw Self.refusal(documents[1].line, "has more than one document") }
        if let violation = try Self.violations(document).min(by: { $0.place.line < $1.place.line }) {
            throw Self.refusal(
                violation.place.line, violation.message + (violation.remedy.map { "; \($0)" } ?? ""))
        }
        paths = document["paths"].elements.map(\.text)
        excluded = document["exclude"].elements.map { RulePattern($0.text) }
        definitions = document["definitions"].elements.map { RulePattern($0.text) }
        for (rule, severity) in document["severity"].entries {
            severities.append((try Self.rule(rule, catalogue), Severity(rawValue: severity.text) ?? .error))
        }
        for skip in document["skip"].elements {
            guard let rule = skip["rule"] else { continue }
            skips.append(
                Skip(
                    rule: try Self.rule(rule, catalogue), paths: skip["paths"].elements.map { RulePattern($0.text) }))
        }
    }

    private static func violations(_ document: YAMLNode) throws -> [SchemaViolation] {
        let path = try Resource.path("harness.schema", "json", in: "Schema", of: .module)
        let schema = FileManager.default.contents(atPath: path).flatMap { try? YAMLTree([UInt8]($0)) }?.documents.first
        var validator = SchemaValidator { _ in schema }
        let root = validator.compiler.reference("harness")
        return validator.violations(document, root)
    }

    private static func rule(_ node: YAMLNode, _ catalogue: RuleCatalogue) throws -> RulePattern {
        let pattern = RulePattern(node.text)
        do {
            try catalogue.require(pattern)
        } catch let error as HarnessError {
            throw refusal(node.line, error.description)
        }
        return pattern
    }

    private static func refusal(_ line: Int?, _ message: String) -> HarnessError {
        HarnessError("\(file)\(line.map { ":\($0)" } ?? ""): \(message)")
    }

    // MARK: What the settings do

    /// Whether the settings name files by patterns that the list of files under check does not cover.
    package var readsOtherFiles: Bool { !definitions.isEmpty }

    /// The repository without what is excluded, and with the custom resource definitions that the file names.
    func applied(to repository: Repository) -> Repository {
        let isExcluded = { (path: String) in excluded.contains { $0.matchesName(path) } }
        guard !excluded.isEmpty || !definitions.isEmpty else { return repository }
        return Repository(
            root: repository.root, artifacts: repository.artifacts.filter { !isExcluded($0.path) },
            problems: repository.problems.filter { !isExcluded($0.path) },
            definitions: definitions.flatMap { Self.files(matching: $0.text, in: repository.root) })
    }

    /// glob(3), which git's list of ignored files does not limit.
    private static func files(matching pattern: String, in root: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(root.appendingPath(pattern), 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0] }.map {
            String(String(cString: $0).dropFirst(root.count + 1))
        }
    }

    /// Those of the checks that may have findings to report.
    func selection(of checks: [any Check]) -> [any Check] {
        guard !only.isEmpty || !skipped.isEmpty else { return checks }
        let catalogue = RuleCatalogue(checks)
        let named = only.reduce(into: Set<String>()) { $0.formUnion(catalogue.checks(matching: $1)) }
        return checks.filter { check in
            (only.isEmpty || named.contains(check.name)) && !skipped.contains { $0.matchesName(check.name) }
        }
    }

    /// Whether the command line asks for the rule. What kept a check from its work is always reported.
    func selects(_ finding: Finding) -> Bool {
        finding.shortRule == "crash"
            || (only.isEmpty || only.contains { $0.matches(finding.rule) })
                && !skipped.contains { $0.matches(finding.rule) }
    }

    func suppresses(_ finding: Finding) -> Bool { skips.contains { $0.covers(finding) } }

    func severity(of finding: Finding) -> Severity? { severities.last { $0.rule.matches(finding.rule) }?.severity }
}
