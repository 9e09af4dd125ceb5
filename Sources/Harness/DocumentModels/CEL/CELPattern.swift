import Foundation
import Synchronization

/// Regular expressions with the semantics of Go's RE2, run by ICU.
enum CELPattern {
    private static let compiled = Mutex<[String: NSRegularExpression]>([:])

    /// - Throws: `.error` for an invalid pattern.
    static func expression(_ pattern: String) throws(CELFailure) -> NSRegularExpression {
        if let known = compiled.withLock({ $0[pattern] }) { return known }
        guard let expression = try? NSRegularExpression(pattern: translated(pattern)) else {
            throw .error("`\(pattern)` is not a valid regular expression")
        }
        compiled.withLock { $0[pattern] = expression }
        return expression
    }

    /// Differences: `$` is the end of the text, classes such as `\d` are ASCII, and `[` and `&` are literal in a class.
    ///
    /// Source: github.com/google/re2, doc/syntax.txt; unicode-org.github.io/icu, userguide/strings/regexp.
    private static func translated(_ pattern: String) -> String {
        var result = ""
        var isClass = false
        var rest = Array(pattern)[...]
        while let next = rest.popFirst() {
            switch next {
            case "\\":
                guard let letter = rest.popFirst() else { return pattern }
                switch letter {
                case "d": result += isClass ? "0-9" : "[0-9]"
                case "w": result += isClass ? "0-9A-Za-z_" : "[0-9A-Za-z_]"
                case "s": result += isClass ? "\\t\\n\\f\\r " : "[\\t\\n\\f\\r ]"
                case "C": result += "."
                default: result += "\\\(letter)"
                }
            case "[" where isClass && rest.first == ":":
                let end = rest.firstIndex(of: "]") ?? rest.endIndex
                result += "[" + String(rest[..<end]) + "]"
                rest = rest[end...].dropFirst()
            case "[" where isClass: result += "\\["
            case "[":
                isClass = true
                result += "["
                if rest.first == "^" { result.append(rest.removeFirst()) }
                if rest.first == "]" { result += "\\" + String(rest.removeFirst()) }
            case "]":
                isClass = false
                result += "]"
            case "&" where isClass: result += "\\&"
            case "$" where !isClass && !pattern.contains("(?m") && !pattern.contains("(?sm"): result += "\\z"
            case "(" where !isClass && rest.starts(with: "?P<"):
                result += "(?<"
                rest = rest.dropFirst(3)
            default: result.append(next)
            }
        }
        return result
    }

    static func matches(_ text: String, _ pattern: String) throws(CELFailure) -> Bool {
        try expression(pattern).firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
    }

    static func all(_ pattern: String, in text: String) throws(CELFailure) -> [String] {
        try expression(pattern).matches(in: text, range: NSRange(text.startIndex..., in: text)).compactMap {
            Range($0.range, in: text).map { String(text[$0]) }
        }
    }
}
