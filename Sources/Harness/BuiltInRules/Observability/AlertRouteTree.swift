import DocumentModels
import Foundation

/// Routes that no alert reaches, and inhibition rules without effect, in Alertmanager's configuration.
///
/// Source: github.com/prometheus/alertmanager@v0.28.1, dispatch/route.go (Match: the first sibling that matches ends the
/// search unless it continues) and inhibit/inhibit.go (an alert that matches both sides is not inhibited by such).
struct AlertRouteTree {
    struct Problem {
        let rule: String
        let place: YAMLNode
        let message: String
    }

    private struct Matcher: Hashable {
        let label: String
        let sign: String
        let value: String
        private let pattern: NSRegularExpression?

        init(_ label: String, _ sign: String, _ value: String) {
            (self.label, self.sign, self.value) = (label, sign, value)
            pattern = sign.hasSuffix("~") ? try? NSRegularExpression(pattern: "^(?:\(value))\\z") : nil
        }

        /// As in `severity=~"page|warn"`.
        init?(_ text: String) {
            guard let match = text.wholeMatch(of: /\s*"?([^\s"=!~]+)"?\s*(=~|!~|!=|=)\s*(.*?)\s*/) else { return nil }
            var value = String(match.3)
            if value.count >= 2, value.hasPrefix("\""), value.hasSuffix("\"") {
                value = String(value.dropFirst().dropLast()).replacing("\\\"", with: "\"").replacing("\\\\", with: "\\")
            }
            self.init(String(match.1), String(match.2), value)
        }

        /// Every value that the matcher accepts, where it names them all.
        var values: Set<String>? {
            if sign == "=" { return [value] }
            guard sign == "=~", value.wholeMatch(of: /[\w-]+(\|[\w-]+)*/) != nil else { return nil }
            return Set(value.split(separator: "|").map(String.init))
        }

        /// `nil` where the pattern cannot be read.
        func accepts(_ text: String) -> Bool? {
            switch sign {
            case "=": return text == value
            case "!=": return text != value
            default:
                guard let pattern else { return nil }
                let matches = pattern.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) != nil
                return matches == (sign == "=~")
            }
        }
    }

    private static func matchers(_ node: YAMLNode?, _ prefix: String = "") -> [Matcher]? {
        let key = prefix.isEmpty ? "match" : "\(prefix)_match"
        var all = (node?[key]).labels.map { Matcher($0.key, "=", $0.value) }
        all += (node?["\(key)_re"]).labels.map { Matcher($0.key, "=~", $0.value) }
        for text in (node?[prefix.isEmpty ? "matchers" : "\(prefix)_matchers"]).elements {
            // One text may hold several, in braces.
            guard let matcher = Matcher(text.text), !text.text.contains("{"), !text.text.contains(",") else {
                return nil
            }
            all.append(matcher)
        }
        return all
    }

    /// The values that a label can have where all of these match; `nil` where they are not counted.
    private static func values(of label: String, _ matchers: [Matcher]) -> Set<String>? {
        let own = matchers.filter { $0.label == label }
        guard let first = own.compactMap(\.values).first else { return nil }
        return first.filter { value in own.allSatisfy { $0.accepts(value) != false } }
    }

    private static func contradiction(_ matchers: [Matcher]) -> String? {
        if let label = matchers.map(\.label).first(where: { values(of: $0, matchers)?.isEmpty == true }) {
            return label
        }
        return matchers.first { one in
            let other = one.sign == "=~" ? "!~" : "="
            return one.sign.hasPrefix("=")
                && matchers.contains {
                    $0.label == one.label && $0.value == one.value && $0.sign == (other == "=" ? "!=" : other)
                }
        }?.label
    }

    /// Whether every alert that the first set matches is matched by the second.
    private static func implies(_ some: [Matcher], _ others: [Matcher]) -> Bool {
        others.allSatisfy { other in
            some.contains(other)
                || values(of: other.label, some).map { values in
                    !values.isEmpty && values.allSatisfy { other.accepts($0) == true }
                } == true
        }
    }

    static func problems(in root: YAMLNode) -> [Problem] {
        routes(below: root["route"], []) + inhibitions(root)
    }

    private static func routes(below parent: YAMLNode?, _ inherited: [Matcher]) -> [Problem] {
        var problems: [Problem] = []
        var earlier: [(matchers: [Matcher], line: Int)] = []
        for route in (parent?["routes"]).elements {
            guard let own = matchers(route) else { continue }
            let all = inherited + own
            let place = route["matchers"] ?? route["match"] ?? route["match_re"] ?? route
            if let label = contradiction(all) {
                problems.append(
                    Problem(
                        rule: "never", place: place,
                        message: "no alert reaches the route: its matchers contradict each other on \(label)"))
                continue
            }
            if let blocking = earlier.first(where: { implies(all, $0.matchers) }) {
                problems.append(
                    Problem(
                        rule: "shadowed", place: place,
                        message:
                            "no alert reaches the route: the route in line \(blocking.line) matches all its alerts and does not continue"
                    ))
                continue
            }
            if route["continue"]?.bool != true { earlier.append((own, route.line)) }
            problems += routes(below: route, all)
        }
        return problems
    }

    private static func inhibitions(_ root: YAMLNode) -> [Problem] {
        root["inhibit_rules"].elements.compactMap { rule in
            guard let source = matchers(rule, "source"), let target = matchers(rule, "target") else { return nil }
            if let label = contradiction(source) ?? contradiction(target) {
                return Problem(
                    rule: "never", place: rule,
                    message: "the inhibition rule matches nothing: its matchers contradict each other on \(label)")
            }
            guard implies(source, target), implies(target, source) else { return nil }
            return Problem(
                rule: "inhibits-itself", place: rule,
                message:
                    "source and target match the same alerts, which Alertmanager does not inhibit: the rule has no effect"
            )
        }
    }
}
