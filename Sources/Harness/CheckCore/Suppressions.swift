import Foundation
import HarnessSupport

/// Comments that suppress one finding: `harness:ignore RULE reason`, on the finding's line or in the comment directly
/// above it. A comment without a reason suppresses nothing and is itself a finding.
package final class Suppressions {
    package static let marker = "harness:ignore"

    private let repository: Repository
    private var lines: [String: [Substring]] = [:]

    package init(repository: Repository) { self.repository = repository }

    package func cover(_ finding: Finding) -> Bool {
        guard let line = finding.line else { return false }
        let text = lines(of: finding.path)
        guard line >= 1, line <= text.count else { return false }
        if Self.rule(in: text[line - 1], matches: finding) { return true }
        var above = line - 2
        while above >= 0, Self.isComment(text[above]) {
            if Self.rule(in: text[above], matches: finding) { return true }
            above -= 1
        }
        return false
    }

    /// The rule that a line suppresses, and why. `nil` where the line has no marker.
    static func parse(_ line: Substring) -> (rule: Substring, reason: Substring)? {
        guard let marker = line.range(of: Self.marker) else { return nil }
        let words = line[marker.upperBound...].split(maxSplits: 1, whereSeparator: \.isWhitespace)
        let reason = (words.count > 1 ? words[1] : "").trimmingPrefix(while: \.isWhitespace)
        let end = reason.range(of: "-->")?.lowerBound ?? reason.range(of: "*/")?.lowerBound ?? reason.endIndex
        return (words.first ?? "", reason[..<end])
    }

    private static func rule(in line: Substring, matches finding: Finding) -> Bool {
        guard let (rule, reason) = parse(line), reason.contains(where: \.isLetter) else { return false }
        return rule == finding.rule || rule == finding.shortRule
    }

    private static func isComment(_ line: Substring) -> Bool {
        let text = line.drop { $0 == " " || $0 == "\t" }
        return ["#", "//", "/*", "*", "<!--", "--"].contains { text.hasPrefix($0) }
    }

    private func lines(of path: String) -> [Substring] {
        if let known = lines[path] { return known }
        let text = repository.text(of: path)?.lines ?? []
        lines[path] = text
        return text
    }
}
