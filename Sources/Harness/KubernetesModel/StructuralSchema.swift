import DocumentModels
import Foundation

/// What a custom resource definition says beyond the shape of values: defaults, and rules in CEL.
///
/// Defaults are applied before rules run, as the API server does. Source: k8s.io/apiextensions-apiserver@v0.36.0,
/// pkg/apiserver/schema/defaulting/algorithm.go and pkg/apiserver/schema/cel/validation.go.
package final class StructuralSchema: Sendable {
    package struct Rule: Sendable {
        package let place: YAMLNode
        let node: Result<CELNode, CELFailure>
        let message: String
        let messageNode: CELNode?
        let fieldPath: String?
        /// A rule that compares with the former value runs on creation only where it takes an optional one.
        let runsOnCreate: Bool

        init(_ rule: YAMLNode) {
            place = rule["rule"] ?? rule
            let text = rule["rule"]?.text ?? ""
            node = Result { () throws(CELFailure) in try CELParser.parse(text) }
            message = rule["message"]?.text ?? "failed rule: \(text.trimmingCharacters(in: .whitespacesAndNewlines))"
            messageNode = rule["messageExpression"].flatMap { try? CELParser.parse($0.text) }
            fieldPath = rule["fieldPath"]?.text
            let isTransition = (try? node.get())?.mentions("oldSelf") == true
            runsOnCreate = !isTransition || rule["optionalOldSelf"]?.bool == true
        }

        package var syntaxError: String? {
            if case .failure(let failure) = node { return failure.message }
            return nil
        }
    }

    private let type: String
    private let format: String?
    private let isNullable: Bool
    private let filling: YAMLNode?
    private let properties: [String: StructuralSchema]
    private let items: StructuralSchema?
    private let additional: StructuralSchema?
    private let rules: [Rule]
    /// Every rule, those of the parts included.
    package let allRules: [Rule]
    private let hasDefaults: Bool

    package init(_ node: YAMLNode) {
        var properties: [String: StructuralSchema] = [:]
        var (items, additional): (StructuralSchema?, StructuralSchema?)
        var (type, format, filling, isNullable, rules) = ("", String?.none, YAMLNode?.none, false, [Rule]())
        for (key, value) in node.entries {
            switch key.text {
            case "type": type = value.text
            case "format": format = value.text
            case "nullable": isNullable = value.bool == true
            case "default": filling = value
            case "properties":
                for (name, field) in value.entries { properties[name.text] = StructuralSchema(field) }
            case "items": items = StructuralSchema(value)
            case "additionalProperties": if value.isMapping { additional = StructuralSchema(value) }
            case "x-kubernetes-validations": rules = value.elements.map(Rule.init)
            default: break
            }
        }
        (self.type, self.format, self.filling, self.isNullable) = (type, format, filling, isNullable)
        (self.properties, self.items, self.additional, self.rules) = (properties, items, additional, rules)
        let parts = properties.values + [items, additional].compactMap(\.self)
        allRules = rules + parts.flatMap(\.allRules)
        hasDefaults = filling != nil || parts.contains(where: \.hasDefaults)
    }

    // MARK: Values

    private struct Judged {
        let schema: StructuralSchema
        let value: CELValue
        let place: YAMLNode
    }

    /// The value of an object with the defaults filled in.
    package func value(of node: YAMLNode) -> CELValue {
        var judged: [Judged] = []
        return value(node, at: node, &judged)
    }

    /// - Parameter place: where a value stands; for a default, the object that lacks the field.
    private func value(_ node: YAMLNode, at place: YAMLNode, _ judged: inout [Judged]) -> CELValue {
        let value: CELValue
        switch node.type {
        case .object:
            var map = CELMap()
            for (key, field) in node.entries {
                let part = properties[key.text] ?? additional
                if field.isNull, let part, !part.isNullable { continue }
                let isDefault = node != place && !place.contains(field)
                let inner = part?.value(field, at: isDefault ? place : field, &judged) ?? CELValue(field)
                map[properties[key.text] == nil ? key.text : Self.escaped(key.text)] = inner
            }
            if hasDefaults {
                for (name, part) in properties {
                    guard let filling = part.filling, map[Self.escaped(name)] == nil else { continue }
                    map[Self.escaped(name)] = part.value(filling, at: place, &judged)
                }
            }
            value = .map(map)
        case .array:
            value = .list(
                node.elements.map { element in
                    let isDefault = node != place && !place.contains(element)
                    return items?.value(element, at: isDefault ? place : element, &judged) ?? CELValue(element)
                })
        default: value = scalar(node)
        }
        if !rules.isEmpty { judged.append(Judged(schema: self, value: value, place: place)) }
        return value
    }

    private func scalar(_ node: YAMLNode) -> CELValue {
        let value = CELValue(node)
        switch (type, format, value) {
        case ("number", _, .int(let whole)): return .double(Double(whole))
        case ("integer", _, .double(let number)): return Int(exactly: number).map(CELValue.int) ?? value
        case ("string", "date-time"?, .string), ("string", "date"?, .string):
            return converted(value, by: "timestamp")
        case ("string", "duration"?, .string): return converted(value, by: "duration")
        case ("string", "byte"?, .string(let text)):
            return Data(base64Encoded: text).map { .bytes([UInt8]($0)) } ?? value
        default: return value
        }
    }

    private func converted(_ value: CELValue, by function: String) -> CELValue {
        let call = CELNode.call(target: nil, function, [.name("self")])
        return (try? CELEvaluator(["self": value]).value(of: call)) ?? value
    }

    /// Names that CEL cannot spell are escaped. Source: kubernetes.io/docs, Validation rules, "escaped".
    private static func escaped(_ name: String) -> String {
        if reserved.contains(name) { return "__\(name)__" }
        guard name.contains(where: { ".-/".contains($0) }) || name.contains("__") else { return name }
        return name.replacing("__", with: "__underscores__").replacing(".", with: "__dot__")
            .replacing("-", with: "__dash__").replacing("/", with: "__slash__")
    }

    private static let reserved: Set = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import",
        "let", "loop", "package", "namespace", "return", "var", "void", "while",
    ]

    // MARK: Rules

    package struct Verdict: Sendable {
        package let place: YAMLNode
        /// Why the API server refuses the object; otherwise why the rule could not be evaluated.
        package let message: String
        package let isRefusal: Bool
    }

    /// Evaluates every rule as on creation.
    package func verdicts(on object: YAMLNode) -> [Verdict] {
        var judged: [Judged] = []
        _ = value(object, at: object, &judged)
        return judged.flatMap { part in
            part.schema.rules.filter(\.runsOnCreate).compactMap { rule in
                let scope = CELEvaluator(["self": part.value, "oldSelf": .optional(nil)])
                return Self.verdict(rule, scope, part.place)
            }
        }
    }

    private static func verdict(_ rule: Rule, _ scope: CELEvaluator, _ place: YAMLNode) -> Verdict? {
        do throws(CELFailure) {
            let node = try rule.node.get()
            guard case .bool(let holds) = try scope.value(of: node) else { throw .overload("a rule is not a bool") }
            if holds { return nil }
            let message = rule.messageNode.flatMap { try? scope.value(of: $0).text } ?? rule.message
            return Verdict(place: place.following(rule.fieldPath), message: message, isRefusal: true)
        } catch {
            // Reported where the definition stands.
            if case .syntax = error { return nil }
            if case .error(let text) = error {
                return Verdict(
                    place: place, message: "\(rule.message) (the rule fails on it: \(text))", isRefusal: true)
            }
            return Verdict(
                place: place, message: "the rule `\(rule.place.text.prefix(80))`: \(error.message)", isRefusal: false)
        }
    }
}

extension YAMLNode {
    /// Whether another value lies in this one.
    fileprivate func contains(_ other: YAMLNode) -> Bool { tree === other.tree && (index..<end).contains(other.index) }

    private var end: Int { Int(tree.records[index].end) }

    /// The value that a path such as `.spec.a['b-c']` leads to, or the last on the way that exists.
    fileprivate func following(_ path: String?) -> YAMLNode {
        let names = (path ?? "").matches(of: /\.([A-Za-z_]\w*)|\['([^']+)'\]/).compactMap { $0.1 ?? $0.2 }
        return names.reduce((self, true)) { here, name in
            guard here.1, let next = here.0[String(name)] else { return (here.0, false) }
            return (next, true)
        }.0
    }
}
