import DocumentModels
import Foundation

/// An expression of Azure Pipelines: what is in `${{ … }}`, in `$[ … ]` and behind `condition:`.
///
/// A documented subset. An unsupported feature is an error and never counts as true.
///
/// Source: Microsoft, Azure Pipelines documentation, "Expressions".
package indirect enum PipelineExpression {
    case literal(String, YAMLNode.ValueType)
    case name(String)
    case member(PipelineExpression, PipelineExpression)
    case call(String, [PipelineExpression])

    struct Unknown: Error, CustomStringConvertible {
        let description: String
    }

    /// - Throws: `Unknown` for text that is not an expression.
    package init(_ text: some StringProtocol) throws {
        var parser = Parser(rest: String(text)[...])
        self = try parser.expression()
        parser.skipBlanks()
        guard parser.rest.isEmpty else {
            throw Unknown(description: "'\(text)' is not an expression at '\(parser.rest)'")
        }
    }

    /// - Parameters:
    ///   - lookUp: the value of a name, `nil` where there is none.
    ///   - call: functions in addition to the common ones.
    func value(
        at place: PipelineValue, lookUp: (String) -> PipelineValue?,
        call: (String, [PipelineValue]) throws -> PipelineValue? = { _, _ in nil }
    ) throws -> PipelineValue {
        switch self {
        case .literal(let text, let type): return PipelineValue(text, type, at: place)
        case .name(let name):
            guard let value = lookUp(name) else { throw Unknown(description: "there is nothing named '\(name)' here") }
            return value
        case .member(let base, let key):
            let base = try base.value(at: place, lookUp: lookUp, call: call)
            let key = try key.value(at: place, lookUp: lookUp, call: call).text ?? ""
            if let index = Int(key), base.elements.indices.contains(index) { return base.elements[index] }
            return base.entries.last { $0.key == key }?.value ?? PipelineValue("", .null, at: place)
        case .call(let name, let arguments):
            let values = try arguments.map { try $0.value(at: place, lookUp: lookUp, call: call) }
            if let value = try call(name, values) { return value }
            return try Functions(place: place).call(name, values)
        }
    }

    /// Every part of it, itself first.
    package var parts: [PipelineExpression] {
        switch self {
        case .literal, .name: [self]
        case .member(let base, let key): [self] + base.parts + key.parts
        case .call(_, let arguments): [self] + arguments.flatMap(\.parts)
        }
    }

    /// The names of `a.b['c']`, `nil` for what is no such way.
    package var way: [String]? {
        switch self {
        case .name(let name): [name]
        case .member(let base, .literal(let key, .string)): base.way.map { $0 + [key] }
        default: nil
        }
    }

    /// What counts as true.
    static func holds(_ value: PipelineValue) -> Bool {
        switch value.type {
        case .null: false
        case .boolean: value.text?.lowercased() == "true"
        case .integer, .number: Double(value.text ?? "") != 0
        case .string: value.text?.isEmpty == false
        case .array, .object: true
        }
    }
}

extension PipelineExpression {
    private struct Parser {
        var rest: Substring
        private var parts = 0

        init(rest: Substring) { self.rest = rest }

        /// Readers call themselves for each part.
        private mutating func count() throws {
            parts += 1
            guard parts <= 500 else { throw Unknown(description: "the expression has more than 500 parts") }
        }

        mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }

        mutating func take(_ character: Character) -> Bool {
            skipBlanks()
            guard rest.first == character else { return false }
            rest.removeFirst()
            return true
        }

        mutating func expression() throws -> PipelineExpression {
            skipBlanks()
            try count()
            var result = try primary()
            while true {
                if ".[".contains(rest.first ?? " ") { try count() }
                if rest.first == "." {
                    rest.removeFirst()
                    result = .member(result, .literal(word(), .string))
                } else if rest.first == "[" {
                    rest.removeFirst()
                    result = .member(result, try expression())
                    guard take("]") else { throw Unknown(description: "a ] is missing") }
                } else {
                    return result
                }
            }
        }

        private mutating func primary() throws -> PipelineExpression {
            guard let first = rest.first else { throw Unknown(description: "the expression ends too early") }
            if first == "'" { return .literal(try quoted(), .string) }
            if first.isNumber || first == "-" {
                let digits = rest.prefix { $0.isNumber || $0 == "-" || $0 == "." }
                rest = rest.dropFirst(digits.count)
                return .literal(String(digits), digits.contains(".") ? .number : .integer)
            }
            let name = word()
            guard !name.isEmpty else { throw Unknown(description: "'\(rest)' is not an expression") }
            if ["true", "false"].contains(name.lowercased()) { return .literal(name.lowercased(), .boolean) }
            if name == "null" { return .literal("", .null) }
            guard take("(") else { return .name(name) }
            var arguments: [PipelineExpression] = []
            if !take(")") {
                repeat { arguments.append(try expression()) } while take(",")
                guard take(")") else { throw Unknown(description: "a ) is missing") }
            }
            return .call(name, arguments)
        }

        private mutating func word() -> String {
            let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
            rest = rest.dropFirst(word.count)
            return String(word)
        }

        /// A quote in it is written twice.
        private mutating func quoted() throws -> String {
            var text = ""
            rest.removeFirst()
            while let character = rest.popFirst() {
                if character != "'" {
                    text.append(character)
                } else if rest.first == "'" {
                    text.append(rest.removeFirst())
                } else {
                    return text
                }
            }
            throw Unknown(description: "a text is not closed")
        }
    }

    private struct Functions {
        let place: PipelineValue

        func call(_ name: String, _ values: [PipelineValue]) throws -> PipelineValue {
            func bool(_ value: Bool) -> PipelineValue { PipelineValue("\(value)", .boolean, at: place) }
            func string(_ value: String) -> PipelineValue { PipelineValue(value, at: place) }
            let texts = values.map { $0.text ?? "" }
            func need(_ count: Int) throws {
                guard values.count >= count else {
                    throw Unknown(description: "\(name)() takes \(count) values and has \(values.count)")
                }
            }
            func same(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
            switch name {
            case "and": return bool(values.allSatisfy(PipelineExpression.holds))
            case "or": return bool(values.contains(where: PipelineExpression.holds))
            case "not":
                try need(1)
                return bool(!PipelineExpression.holds(values[0]))
            case "eq", "ne", "contains", "startsWith", "endsWith":
                try need(2)
                let (left, right) = (texts[0].lowercased(), texts[1].lowercased())
                switch name {
                case "eq": return bool(left == right)
                case "ne": return bool(left != right)
                case "contains": return bool(right.isEmpty || left.contains(right))
                case "startsWith": return bool(left.hasPrefix(right))
                default: return bool(left.hasSuffix(right))
                }
            case "in", "notIn":
                try need(2)
                let found = texts.dropFirst().contains { same($0, texts[0]) }
                return bool(found == (name == "in"))
            case "coalesce": return values.first { PipelineExpression.holds($0) } ?? string("")
            case "lower", "upper", "length":
                try need(1)
                if name == "length" {
                    let count = values[0].text?.count ?? max(values[0].elements.count, values[0].entries.count)
                    return PipelineValue("\(count)", .integer, at: place)
                }
                return string(name == "lower" ? texts[0].lowercased() : texts[0].uppercased())
            case "replace":
                try need(3)
                return string(texts[0].replacingOccurrences(of: texts[1], with: texts[2]))
            case "join":
                try need(2)
                return string(values[1].elements.compactMap(\.text).joined(separator: texts[0]))
            case "format":
                try need(1)
                return string(
                    texts.dropFirst().enumerated().reduce(texts[0]) {
                        $0.replacingOccurrences(of: "{\($1.offset)}", with: $1.element)
                    })
            default: throw Unknown(description: "the function \(name)() is not known to this check")
            }
        }
    }
}
