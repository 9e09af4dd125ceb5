import HarnessSupport

/// The names of all rules in a list of checks.
package struct RuleCatalogue: Sendable {
    package let checks: [any Check]

    package init(_ checks: [any Check]) { self.checks = checks }

    /// Sorted: `CHECK/RULE`, or `CHECK` for a check that is one rule.
    package var rules: [String] { (checks.flatMap(\.ruleNames) + Self.ofDiscovery).sorted() }

    /// The rules of `Discovery`.
    private static let ofDiscovery = ["binary", "broken-link", "name", "unreadable"].map { "discovery/\($0)" }

    /// The check that a rule belongs to.
    package func check(of rule: String) -> (any Check)? {
        checks.first { $0.name == rule } ?? checks.first { $0.name == rule.topFolder }
    }

    /// - Throws: `HarnessError` if no rule matches the pattern; the error names the nearest rule.
    package func require(_ pattern: RulePattern) throws {
        if rules.contains(where: { pattern.matches($0) })
            || checks.contains(where: { $0.mayHaveRule(matching: pattern) })
        {
            return
        }
        let names = Set(rules + checks.map(\.name) + rules.map(\.lastPathPart))
        let nearest = pattern.text.nearest(among: names)
        throw HarnessError(
            "no rule matches `\(pattern.text)`",
            remedy: nearest.map { "did you mean `\($0)`?" } ?? "`harness explain` lists every rule")
    }

    /// The checks that may have findings of rules that match.
    package func checks(matching pattern: RulePattern) -> Set<String> {
        Set(
            checks.filter { check in
                check.ruleNames.contains { pattern.matches($0) } || check.mayHaveRule(matching: pattern)
            }.map(\.name))
    }
}

extension Check {
    /// The check's own rules, as findings name them. Rules of an outside tool are more than these.
    package var ruleNames: [String] {
        let short = Set(examples.flatMap(\.triggers)).union(explanations.keys)
        return short.map { $0 == name ? name : "\(name)/\($0)" }.sorted()
    }

    /// Whether the pattern may match a rule of the check's tool, whose rule names only the tool knows.
    fileprivate func mayHaveRule(matching pattern: RulePattern) -> Bool {
        guard rulePages != nil else { return false }
        let check = pattern.text.contains("/") ? pattern.text.topFolder : pattern.text
        return RulePattern(check).matchesName(name)
    }
}
