/// Parses expressions; macros become nodes of their own.
package struct CELParser {
    private let tokens: [CELLexer.Token]
    private var position = 0

    /// - Throws: `.syntax`.
    package static func parse(_ text: String) throws(CELFailure) -> CELNode {
        var parser = CELParser(tokens: try CELLexer.tokens(of: text))
        let node = try parser.expression()
        guard parser.token == .end else { throw .syntax("unexpected \(parser.shown)") }
        return node
    }

    private init(tokens: [CELLexer.Token]) { self.tokens = tokens }

    private var token: CELLexer.Token { tokens[position] }

    private var shown: String {
        switch token {
        case .name(let text), .sign(let text), .quotedName(let text), .string(let text): "`\(text)`"
        case .end: "end"
        default: "number"
        }
    }

    private mutating func accept(_ sign: String) -> Bool {
        guard token == .sign(sign) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ sign: String) throws(CELFailure) {
        guard accept(sign) else { throw .syntax("`\(sign)` expected before \(shown)") }
    }

    private mutating func expression() throws(CELFailure) -> CELNode {
        let condition = try disjunction()
        guard accept("?") else { return condition }
        let left = try disjunction()
        try expect(":")
        return .choice(condition, left, try expression())
    }

    private mutating func disjunction() throws(CELFailure) -> CELNode {
        var left = try conjunction()
        while accept("||") { left = .or(left, try conjunction()) }
        return left
    }

    private mutating func conjunction() throws(CELFailure) -> CELNode {
        var left = try relation()
        while accept("&&") { left = .and(left, try relation()) }
        return left
    }

    private mutating func relation() throws(CELFailure) -> CELNode {
        var left = try sum()
        while true {
            let sign: String
            switch token {
            case .sign(let text) where ["==", "!=", "<", "<=", ">", ">="].contains(text): sign = text
            case .name("in"): sign = "in"
            default: return left
            }
            position += 1
            left = .binary(sign, left, try sum())
        }
    }

    private mutating func sum() throws(CELFailure) -> CELNode {
        var left = try product()
        while case .sign(let sign) = token, ["+", "-"].contains(sign) {
            position += 1
            left = .binary(sign, left, try product())
        }
        return left
    }

    private mutating func product() throws(CELFailure) -> CELNode {
        var left = try unary()
        while case .sign(let sign) = token, ["*", "/", "%"].contains(sign) {
            position += 1
            left = .binary(sign, left, try unary())
        }
        return left
    }

    private mutating func unary() throws(CELFailure) -> CELNode {
        if accept("!") { return .not(try unary()) }
        guard accept("-") else { return try member() }
        if case .int(let value) = token, value == 1 << 63 {
            position += 1
            return .literal(.int(.min))
        }
        return .negate(try unary())
    }

    private mutating func member() throws(CELFailure) -> CELNode {
        var node = try primary()
        while true {
            if accept(".") {
                let isOptional = accept("?")
                let field: String
                switch token {
                case .name(let text), .quotedName(let text): field = text
                default: throw .syntax("a field's name expected before \(shown)")
                }
                position += 1
                if !isOptional, accept("(") {
                    node = try method(node, field)
                } else {
                    node = .select(node, field, isOptional: isOptional)
                }
            } else if accept("[") {
                let isOptional = accept("?")
                node = .index(node, try expression(), isOptional: isOptional)
                try expect("]")
            } else {
                return node
            }
        }
    }

    private mutating func arguments(until end: String) throws(CELFailure) -> [CELNode] {
        var arguments: [CELNode] = []
        while !accept(end) {
            arguments.append(try expression())
            if !accept(",") {
                try expect(end)
                break
            }
        }
        return arguments
    }

    /// A call of a method, or a macro.
    private mutating func method(_ target: CELNode, _ name: String) throws(CELFailure) -> CELNode {
        let arguments = try arguments(until: ")")
        func variable(_ node: CELNode) throws(CELFailure) -> String {
            guard case .name(let name) = node else { throw .syntax("`\(name)` needs a variable's name") }
            return name
        }
        func comprehension(_ macro: String, _ count: Int, filtered: Bool = false) throws(CELFailure) -> CELNode {
            var variables: [String] = []
            for argument in arguments.prefix(count) { variables.append(try variable(argument)) }
            return .comprehension(
                .init(
                    macro: macro, range: target, variables: variables, filter: filtered ? arguments[count] : nil,
                    body: arguments[arguments.count - 1]))
        }
        return switch (name, arguments.count) {
        case ("all", 2), ("exists", 2), ("filter", 2), ("map", 2), ("optMap", 2), ("optFlatMap", 2):
            try comprehension(name, 1)
        case ("exists_one", 2), ("existsOne", 2): try comprehension("exists_one", 1)
        case ("map", 3): try comprehension(name, 1, filtered: true)
        case ("all", 3), ("exists", 3), ("transformList", 3), ("transformMap", 3): try comprehension(name, 2)
        case ("exists_one", 3), ("existsOne", 3): try comprehension("exists_one", 2)
        case ("transformList", 4), ("transformMap", 4): try comprehension(name, 2, filtered: true)
        case ("sortBy", 2): try comprehension(name, 1)
        default: .call(target: target, name, arguments)
        }
    }

    private mutating func primary() throws(CELFailure) -> CELNode {
        let token = token
        position += 1
        switch token {
        case .int(let value):
            guard let value = Int(exactly: value) else { throw .syntax("integer out of range") }
            return .literal(.int(value))
        case .uint(let value): return .literal(.uint(value))
        case .double(let value): return .literal(.double(value))
        case .string(let value): return .literal(.string(value))
        case .bytes(let value): return .literal(.bytes(value))
        case .name("true"): return .literal(.bool(true))
        case .name("false"): return .literal(.bool(false))
        case .name("null"): return .literal(.null)
        case .sign("."):
            // A name from the root.
            guard case .name(let name) = self.token else { throw .syntax("a name expected before \(shown)") }
            position += 1
            return .name(name)
        case .name(let name):
            guard accept("(") else { return .name(name) }
            let arguments = try arguments(until: ")")
            if name == "has" {
                guard arguments.count == 1, case .select(let operand, let field, _) = arguments[0] else {
                    throw .syntax("has() needs a field")
                }
                return .presence(operand, field)
            }
            return .call(target: nil, name, arguments)
        case .sign("("):
            let node = try expression()
            try expect(")")
            return node
        case .sign("["):
            var elements: [(value: CELNode, isOptional: Bool)] = []
            while !accept("]") {
                let isOptional = accept("?")
                elements.append((try expression(), isOptional))
                if !accept(",") {
                    try expect("]")
                    break
                }
            }
            return .list(elements)
        case .sign("{"):
            var entries: [(key: CELNode, value: CELNode, isOptional: Bool)] = []
            while !accept("}") {
                let isOptional = accept("?")
                let key = try expression()
                try expect(":")
                entries.append((key, try expression(), isOptional))
                if !accept(",") {
                    try expect("}")
                    break
                }
            }
            return .map(entries)
        default:
            position -= 1
            throw .syntax("unexpected \(shown)")
        }
    }
}

extension CELNode {
    /// Whether the expression names this variable.
    package func mentions(_ variable: String) -> Bool {
        switch self {
        case .literal: false
        case .name(let name): name == variable
        case .select(let node, _, _), .presence(let node, _), .not(let node), .negate(let node):
            node.mentions(variable)
        case .index(let left, let right, _), .binary(_, let left, let right), .and(let left, let right),
            .or(let left, let right):
            left.mentions(variable) || right.mentions(variable)
        case .call(let target, _, let arguments):
            target?.mentions(variable) == true || arguments.contains { $0.mentions(variable) }
        case .list(let elements): elements.contains { $0.value.mentions(variable) }
        case .map(let entries): entries.contains { $0.key.mentions(variable) || $0.value.mentions(variable) }
        case .choice(let first, let second, let third):
            first.mentions(variable) || second.mentions(variable) || third.mentions(variable)
        case .comprehension(let part):
            part.range.mentions(variable) || part.body.mentions(variable) || part.filter?.mentions(variable) == true
        }
    }
}
