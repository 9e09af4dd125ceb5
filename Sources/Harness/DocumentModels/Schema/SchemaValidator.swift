import Foundation
import HarnessSupport

/// Applies schemas to values.
package struct SchemaValidator {
    /// Loads a definition on demand.
    package typealias Loader = (String) -> YAMLNode?

    package var compiler = SchemaCompiler()
    package let load: Loader

    /// The root for paths in messages.
    private var root: YAMLNode?

    package init(load: @escaping Loader) { self.load = load }

    package mutating func violations(_ node: YAMLNode, _ index: Schema.Index) -> [SchemaViolation] {
        root = node
        var found: [SchemaViolation] = []
        check(node, index, &found)
        return found
    }

    private mutating func box(_ index: Schema.Index) -> SchemaBox {
        var index = index
        while true {
            if let name = compiler[index].schema.unread { compiler.define(index, as: load(name)) }
            guard let next = compiler[index].schema.reference else { return compiler[index] }
            index = next
        }
    }

    private func place(_ node: YAMLNode) -> String {
        let path = root?.path(to: node) ?? ""
        return path.isEmpty ? "it" : path
    }

    private func refuse(
        _ rule: SchemaViolation.Rule, _ node: YAMLNode, _ message: String, remedy: String? = nil,
        _ found: inout [SchemaViolation]
    ) {
        found.append(
            SchemaViolation(rule: rule, place: node, message: "\(place(node)) \(message)", remedy: remedy))
    }

    private mutating func check(_ node: YAMLNode, _ index: Schema.Index, _ found: inout [SchemaViolation]) {
        let box = box(index)
        let type = node.type
        let types = box.schema.types
        if !types.isEmpty, !types.contains(Schema.Types(type)), !Self.counts(node, type, as: types) {
            let wanted = types.names.filter { $0 != "null" }.joined(separator: " or ")
            let isText = types.contains(Schema.Types(.string)) && node.isScalar && type != .null
            refuse(
                .type, node, "is \(Self.article("\(type)")) but must be \(Self.article(wanted))",
                remedy: isText ? "put it in quotes" : nil, &found)
            return
        }
        if let choices = box.schema.choices, node.isScalar, type != .null, !choices.contains(node.text) {
            refuse(.value, node, "is `\(node.text)` but must be \(Self.list(choices))", &found)
        }
        switch type {
        case .object: checkFields(node, box, &found)
        case .array:
            let elements = node.elements
            if let least = box.schema.bounds.minItems, elements.count < least {
                refuse(.value, node, "must have at least \(least) elements", &found)
            }
            if let most = box.schema.bounds.maxItems, elements.count > most {
                refuse(.value, node, "must have at most \(most) elements", &found)
            }
            if let items = box.schema.items { for element in elements { check(element, items, &found) } }
        case .string:
            if let problem = Self.textProblem(node, box.schema) { refuse(.value, node, problem, &found) }
        case .integer, .number:
            if let problem = Self.numberProblem(node, box.schema) { refuse(.value, node, problem, &found) }
        default: break
        }
        for index in box.schema.all { check(node, index, &found) }
        if !box.schema.any.isEmpty, !box.schema.any.contains(where: { holds(node, $0) }) {
            refuse(.value, node, "matches none of the \(box.schema.any.count) allowed forms", &found)
        }
        if !box.schema.one.isEmpty {
            let count = box.schema.one.count { holds(node, $0) }
            // A null that every form allows is valid.
            if count == 0 || count > 1 && type != .null {
                refuse(
                    .value, node, "must match exactly one of \(box.schema.one.count) forms but matches \(count)", &found
                )
            }
        }
        if let not = box.schema.not, holds(node, not) { refuse(.value, node, "matches a forbidden form", &found) }
    }

    private mutating func holds(_ node: YAMLNode, _ index: Schema.Index) -> Bool {
        var found: [SchemaViolation] = []
        check(node, index, &found)
        return found.isEmpty
    }

    private mutating func checkFields(_ node: YAMLNode, _ box: SchemaBox, _ found: inout [SchemaViolation]) {
        let entries = node.entries
        if let least = box.schema.bounds.minProperties, entries.count < least {
            refuse(.value, node, "must have at least \(least) fields", &found)
        }
        if let most = box.schema.bounds.maxProperties, entries.count > most {
            refuse(.value, node, "must have at most \(most) fields", &found)
        }
        for (key, value) in entries {
            if let field = box.schema.properties[key.text] {
                check(value, field, &found)
                continue
            }
            switch box.schema.additional {
            case .any: break
            case .schema(let index): check(value, index, &found)
            case .refused:
                let near = key.text.nearest(among: box.schema.properties.keys)
                refuse(
                    .unknownField, key, "is not a field",
                    remedy: near.map { "write `\($0)`" } ?? "remove the field or move it to its place", &found)
            }
        }
        for name in box.schema.required where node[name] == nil {
            refuse(.missing, node, "lacks `\(name)`", remedy: "add `\(name)`", &found)
        }
    }

    private static func counts(_ node: YAMLNode, _ type: YAMLNode.ValueType, as types: Schema.Types) -> Bool {
        switch type {
        case .integer: types.contains(Schema.Types(.number))
        case .number: types.contains(Schema.Types(.integer)) && isWhole(node.text)
        default: false
        }
    }

    // MARK: Scalars

    private static func textProblem(_ node: YAMLNode, _ schema: Schema) -> String? {
        guard schema.pattern != nil || schema.format != nil || !schema.bounds.areNone else { return nil }
        let text = node.text
        if let least = schema.bounds.minLength, text.count < least { return "is shorter than \(least)" }
        if let most = schema.bounds.maxLength, text.count > most { return "is longer than \(most)" }
        if let pattern = schema.pattern,
            pattern.firstMatch(in: text, range: NSRange(text.startIndex..., in: text)) == nil
        {
            return "is `\(text.prefix(60))`, which does not match \(pattern.pattern)"
        }
        switch schema.format {
        case "date-time":
            let isTime =
                text.wholeMatch(
                    of: /\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)/) != nil
            return isTime ? nil : "is `\(text)` but must be an RFC 3339 time"
        case "byte":
            let compact = text.filter { !$0.isWhitespace }
            return Data(base64Encoded: compact) == nil ? "is not base64" : nil
        default: return nil
        }
    }

    private static func numberProblem(_ node: YAMLNode, _ schema: Schema) -> String? {
        guard schema.format != nil || !schema.bounds.areNone else { return nil }
        let text = node.text
        guard let number = YAMLScalar.integer(text).map(Double.init) ?? Double(text) else { return nil }
        if let least = schema.bounds.minimum, number < least || schema.bounds.isAboveMinimum && number == least {
            return "is \(text) but must be \(schema.bounds.isAboveMinimum ? "above" : "at least") \(least.plain)"
        }
        if let most = schema.bounds.maximum, number > most || schema.bounds.isBelowMaximum && number == most {
            return "is \(text) but must be \(schema.bounds.isBelowMaximum ? "below" : "at most") \(most.plain)"
        }
        if schema.format == "int32", abs(number) > 2_147_483_648 {
            return "is \(text), which does not fit into 32 bits"
        }
        return nil
    }

    private static func isWhole(_ text: String) -> Bool { Double(text).map { $0 == $0.rounded() } ?? false }

    private static func list(_ choices: [String]) -> String {
        choices.count == 1 ? "`\(choices[0])`" : "one of " + choices.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func article(_ word: String) -> String {
        word == "null" ? "empty" : ("aeiou".contains(word.first ?? "b") ? "an " : "a ") + word
    }
}

extension Double {
    /// Without `.0`.
    fileprivate var plain: String { Int(exactly: self).map(String.init) ?? "\(self)" }
}
