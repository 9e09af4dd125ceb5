/// Evaluates expressions over variables.
package struct CELEvaluator: Sendable {
    private var variables: [String: CELValue]

    package init(_ variables: [String: CELValue]) { self.variables = variables }

    package subscript(_ name: String) -> CELValue? {
        get { variables[name] }
        set { variables[name] = newValue }
    }

    /// - Throws: the error of the part that decides the value.
    package func value(of node: CELNode) throws(CELFailure) -> CELValue {
        let value = try evaluated(node)
        if case .failure(let failure) = value { throw failure }
        return value
    }

    private func evaluated(_ node: CELNode) throws(CELFailure) -> CELValue {
        switch node {
        case .literal(let value): return value
        case .name(let name):
            if let value = variables[name] { return value }
            if CELValue.typeNames.contains(name) { return .type(name) }
            throw .error("undeclared reference to `\(name)`")
        case .select(let operand, let field, let isOptional):
            return try self.field(field, of: try value(of: operand), isOptional)
        case .presence(let operand, let field): return .bool(try hasField(field, try value(of: operand)))
        case .index(let operand, let key, let isOptional):
            return try element(try value(of: key), of: try value(of: operand), isOptional)
        case .call(let target, let name, let arguments): return try call(target, name, arguments)
        case .list(let parts):
            var elements: [CELValue] = []
            for part in parts {
                let value = try value(of: part.value)
                if part.isOptional, case .optional(let held) = value {
                    if let held { elements.append(held) }
                } else {
                    elements.append(value)
                }
            }
            return .list(elements)
        case .map(let entries):
            var map = CELMap()
            for entry in entries {
                guard let key = CELMap.Key(try value(of: entry.key)) else { throw .overload("unsupported key type") }
                let value = try value(of: entry.value)
                if entry.isOptional, case .optional(let held) = value {
                    if let held { map[key] = held }
                } else {
                    map[key] = value
                }
            }
            return .map(map)
        case .not(let operand):
            guard case .bool(let value) = try value(of: operand) else { throw .overload("no such overload: `!`") }
            return .bool(!value)
        case .negate(let operand): return try CELOperators.negated(try value(of: operand))
        case .binary(let sign, let left, let right):
            return try CELOperators.apply(sign, try value(of: left), try value(of: right))
        case .and(let left, let right): return .bool(try decided(false, [left, right]))
        case .or(let left, let right): return .bool(try decided(true, [left, right]))
        case .choice(let condition, let left, let right):
            guard case .bool(let holds) = try value(of: condition) else { throw .overload("no such overload: `?:`") }
            return try value(of: holds ? left : right)
        case .comprehension(let part): return try comprehension(part)
        }
    }

    /// Whether one operand decides; an error counts only if none decides.
    private func decided(_ deciding: Bool, _ operands: [CELNode]) throws(CELFailure) -> Bool {
        var failure: CELFailure?
        for operand in operands {
            do throws(CELFailure) {
                guard case .bool(let value) = try value(of: operand) else {
                    throw .overload("no such overload: `\(deciding ? "||" : "&&")`")
                }
                if value == deciding { return deciding }
            } catch { failure = Self.first(failure, error) }
        }
        if let failure { throw failure }
        return !deciding
    }

    /// Unknown has priority: its value could decide.
    private static func first(_ left: CELFailure?, _ right: CELFailure) -> CELFailure {
        if case .unknown = right { return right }
        return left ?? right
    }

    // MARK: Fields

    private func field(_ name: String, of value: CELValue, _ isOptional: Bool) throws(CELFailure) -> CELValue {
        switch value {
        case .map(let map):
            let found = map[name]
            if isOptional { return .optional(found) }
            guard let found else { throw .error("no such key: \(name)") }
            return found
        case .optional(let held):
            // An optional chain stays optional.
            guard let held else { return .optional(nil) }
            let found = try field(name, of: held, true)
            return found
        default: throw .overload("type \(value.typeName) has no field `\(name)`")
        }
    }

    private func hasField(_ name: String, _ value: CELValue) throws(CELFailure) -> Bool {
        switch value {
        case .map(let map): return map[name] != nil
        case .optional(let held):
            guard let held else { return false }
            return try hasField(name, held)
        default: throw .overload("type \(value.typeName) has no field `\(name)`")
        }
    }

    private func element(_ key: CELValue, of value: CELValue, _ isOptional: Bool) throws(CELFailure) -> CELValue {
        switch value {
        case .map(let map):
            guard let name = CELMap.Key(key) else { throw .overload("unsupported key type \(key.typeName)") }
            if isOptional { return .optional(map[name]) }
            guard let found = map[name] else { throw .error("no such key: \(CELFunctions.text(key) ?? key.typeName)") }
            return found
        case .list(let elements):
            guard case .int(let number)? = CELMap.Key(key)?.value else {
                throw .overload("unsupported index type \(key.typeName)")
            }
            let found = elements.indices.contains(number) ? elements[number] : nil
            if isOptional { return .optional(found) }
            guard let found else { throw .error("index out of bounds: \(number)") }
            return found
        case .optional(let held):
            guard let held else { return .optional(nil) }
            return try element(key, of: held, true)
        default: throw .overload("type \(value.typeName) has no elements")
        }
    }

    // MARK: Calls

    private func call(_ target: CELNode?, _ name: String, _ arguments: [CELNode]) throws(CELFailure) -> CELValue {
        // `optional.of(x)`, `sets.contains(a, b)`: a function of a namespace, not a method.
        if case .name(let space)? = target, variables[space] == nil {
            return try CELFunctions.call("\(space).\(name)", try values(of: arguments))
        }
        guard let target else { return try CELFunctions.call(name, try values(of: arguments)) }
        let receiver = try value(of: target)
        if case .optional(let held) = receiver, arguments.count == 1, name == "orValue" || name == "or" {
            if let held { return name == "or" ? receiver : held }
            return try value(of: arguments[0])
        }
        return try CELFunctions.method(name, receiver, try values(of: arguments))
    }

    private func values(of nodes: [CELNode]) throws(CELFailure) -> [CELValue] {
        var values: [CELValue] = []
        for node in nodes { values.append(try value(of: node)) }
        return values
    }

    // MARK: Comprehensions

    private func comprehension(_ part: CELNode.Comprehension) throws(CELFailure) -> CELValue {
        let range = try value(of: part.range)
        if part.macro == "optMap" || part.macro == "optFlatMap" {
            guard case .optional(let held) = range else { throw .overload("no such overload: `\(part.macro)`") }
            guard let held else { return .optional(nil) }
            let mapped = try binding([held], part).value(of: part.body)
            return part.macro == "optMap" ? .optional(mapped) : mapped
        }
        let rounds: [[CELValue]]
        switch range {
        case .list(let elements):
            rounds = part.variables.count == 1 ? elements.map { [$0] } : elements.enumerated().map { [.int($0), $1] }
        case .map(let map):
            rounds = map.keys.map { key in
                part.variables.count == 1 ? [key.value] : [key.value, map[key] ?? .null]
            }
        default: throw .overload("type \(range.typeName) cannot be iterated over")
        }
        switch part.macro {
        case "all": return .bool(try decided(false, rounds, part))
        case "exists": return .bool(try decided(true, rounds, part))
        case "exists_one":
            var count = 0
            for round in rounds where try condition(part.body, binding(round, part)) { count += 1 }
            return .bool(count == 1)
        case "sortBy":
            var keyed: [(key: CELValue, value: CELValue)] = []
            for round in rounds { keyed.append((try binding(round, part).value(of: part.body), round[0])) }
            return .list(try CELFunctions.sorted(keyed))
        default: return try collected(rounds, part)
        }
    }

    private func collected(_ rounds: [[CELValue]], _ part: CELNode.Comprehension) throws(CELFailure) -> CELValue {
        var list: [CELValue] = []
        var map = CELMap()
        for round in rounds {
            let scope = binding(round, part)
            if let filter = part.filter, try !condition(filter, scope) { continue }
            switch part.macro {
            case "filter": if try condition(part.body, scope) { list.append(round[0]) }
            case "transformMap":
                guard let key = CELMap.Key(round[0]) else { throw .overload("unsupported key type") }
                map[key] = try scope.value(of: part.body)
            default: list.append(try scope.value(of: part.body))
            }
        }
        return part.macro == "transformMap" ? .map(map) : .list(list)
    }

    private func binding(_ round: [CELValue], _ part: CELNode.Comprehension) -> CELEvaluator {
        var scope = self
        for (name, value) in zip(part.variables, round) { scope.variables[name] = value }
        return scope
    }

    private func condition(_ node: CELNode, _ scope: CELEvaluator) throws(CELFailure) -> Bool {
        guard case .bool(let holds) = try scope.value(of: node) else { throw .overload("a condition is not a bool") }
        return holds
    }

    private func decided(
        _ deciding: Bool, _ rounds: [[CELValue]], _ part: CELNode.Comprehension
    ) throws(CELFailure) -> Bool {
        var failure: CELFailure?
        for round in rounds {
            do throws(CELFailure) {
                if try condition(part.body, binding(round, part)) == deciding { return deciding }
            } catch { failure = Self.first(failure, error) }
        }
        if let failure { throw failure }
        return !deciding
    }
}
