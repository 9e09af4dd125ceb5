/// The metrics and label matchers of an expression. promtool checks the syntax.
package enum PromQL {
    package struct Selector: Hashable, Sendable {
        package let metric: String
        package let labels: [String]
    }

    private static let aggregations: Set = [
        "sum", "min", "max", "avg", "group", "stddev", "stdvar", "count", "count_values", "bottomk", "topk", "quantile",
    ]
    private static let words: Set = ["and", "or", "unless", "bool", "offset", "atan2", "inf", "nan"]
    /// Each is followed by a list of labels.
    private static let lists: Set = ["by", "without", "on", "ignoring", "group_left", "group_right"]

    package static func selectors(in expression: String) -> [Selector] {
        // Compiled once here, not for every name in the loop.
        let term = /([A-Za-z_:][\w:]*)\s*(\{[^}]{0,2000}\}|\([^)]{0,500}\)?)?/
        let label = /(\w+)\s*(?:=~|!~|!=|=)/
        var rest = withoutStrings(expression)[...]
        var found: [Selector] = []
        while let first = rest.first {
            if first == "[" {
                rest = rest.drop { $0 != "]" }
            } else if first.isNumber {
                // With its unit: 5m, 1e3.
                rest = rest.drop { $0.isLetter || $0.isNumber || $0 == "." }
            } else if let match = rest.prefixMatch(of: term) {
                let (name, after) = (String(match.1), match.2 ?? "")
                let isCall = after.hasPrefix("(")
                if isCall && lists.contains(name.lowercased()) {
                    rest = rest[match.range.upperBound...]
                    continue
                }
                if isCall || words.contains(name.lowercased()) || lists.contains(name.lowercased())
                    || aggregations.contains(name.lowercased())
                {
                    rest = rest[match.1.endIndex...]
                    continue
                }
                found.append(Selector(metric: name, labels: after.matches(of: label).map { String($0.1) }))
                rest = rest[match.range.upperBound...]
            } else {
                rest = rest.dropFirst()
            }
        }
        return found
    }

    /// Removes quoted text, which can look like code.
    private static func withoutStrings(_ expression: String) -> String {
        expression.replacing(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`/, with: "\"\"").replacing(/#[^\n]*/, with: "")
    }
}
