import CheckCore
import HarnessSupport

/// The pages in `docs/rules`: one for each check, with a section for each of its rules.
package struct RulePages {
    /// Text by file name.
    package let files: [String: String]

    package init(_ checks: [any Check]) {
        let checks = checks.sorted { $0.name < $1.name }
        var files = Dictionary(uniqueKeysWithValues: checks.map { ("\($0.name).md", Self.page($0)) })
        files["README.md"] = Self.index(checks)
        self.files = files
    }

    private static let note = "Written by `harness explain --write docs/rules` from the rules themselves."

    private static func page(_ check: any Check) -> String {
        let examples = check.examples
        let sections = check.explainedRules.map { rule in
            "## \(rule.split(separator: "/").last ?? "")\n\n"
                + RuleExplanation(rule, of: check, examples: examples).markdown
        }
        let pages = check.rulePages.map {
            "\nThe rules of the tool are explained on its own page: <\($0.replacing(/[#\/]?(RULE|rule)\/?$/, with: ""))>.\n"
        }
        return """
            # Check \(check.name)

            Passes where \(check.summary). [All rules](README.md). \(note)
            \(pages ?? "")
            \(sections.joined(separator: "\n"))
            """
    }

    private static func index(_ checks: [any Check]) -> String {
        let rows = checks.map { check in
            let rules = check.explainedRules.map { "`\($0.split(separator: "/").last ?? "")`" }.joined(separator: ", ")
            let names = check.rulePages == nil ? rules : (rules.isEmpty ? "" : rules + ", ") + "those of the tool"
            return "| [\(check.name)](\(check.name).md) | \(check.summary) | \(names) |"
        }
        return """
            # Rules

            \(note) A finding names its check and its rule: `k8s-probes/missing`. `harness explain RULE` prints a section.

            | Check | Passes where | Rules |
            |---|---|---|
            \(rows.joined(separator: "\n"))

            """
    }
}

extension Check {
    /// Excludes the rules that the tool itself explains.
    fileprivate var explainedRules: [String] {
        ruleNames.filter { rulePages == nil || explanations[$0.lastPathPart] != nil }
    }
}
