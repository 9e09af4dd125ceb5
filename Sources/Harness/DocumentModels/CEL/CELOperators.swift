import Foundation

/// Operators and the order of values.
enum CELOperators {
    static func apply(_ sign: String, _ left: CELValue, _ right: CELValue) throws(CELFailure) -> CELValue {
        switch sign {
        case "==": return .bool(equal(left, right))
        case "!=": return .bool(!equal(left, right))
        case "in":
            switch right {
            case .list(let elements): return .bool(elements.contains { equal($0, left) })
            case .map(let map): return .bool(CELMap.Key(left).map { map[$0] != nil } ?? false)
            default: throw .overload("no such overload: \(left.typeName) in \(right.typeName)")
            }
        case "<": return .bool(try order(left, right) == .orderedAscending)
        case "<=": return .bool(try order(left, right) != .orderedDescending)
        case ">": return .bool(try order(left, right) == .orderedDescending)
        case ">=": return .bool(try order(left, right) != .orderedAscending)
        default: return try arithmetic(sign, left, right)
        }
    }

    static func negated(_ value: CELValue) throws(CELFailure) -> CELValue {
        switch value {
        case .int(let value):
            guard value != .min else { throw .error("integer overflow") }
            return .int(-value)
        case .double(let value): return .double(-value)
        default: throw .overload("no such overload: -\(value.typeName)")
        }
    }

    /// Numbers are equal across their types; values of other types that differ are unequal.
    static func equal(_ left: CELValue, _ right: CELValue) -> Bool {
        switch (left, right) {
        case (.null, .null): return true
        case (.bool(let left), .bool(let right)): return left == right
        case (.string(let left), .string(let right)): return left.unicodeScalars.elementsEqual(right.unicodeScalars)
        case (.bytes(let left), .bytes(let right)): return left == right
        case (.duration(let left), .duration(let right)), (.timestamp(let left), .timestamp(let right)):
            return left == right
        case (.type(let left), .type(let right)): return left == right
        case (.opaque(let left), .opaque(let right)): return left == right
        case (.optional(let left), .optional(let right)):
            guard let left, let right else { return left == nil && right == nil }
            return equal(left, right)
        case (.list(let left), .list(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { equal($0, $1) }
        case (.map(let left), .map(let right)):
            return left.keys.count == right.keys.count
                && left.keys.allSatisfy { key in
                    guard let one = left[key], let other = right[key] else { return false }
                    return equal(one, other)
                }
        default: return numericOrder(left, right) == .orderedSame
        }
    }

    /// - Throws: `.overload` if the two types have no order.
    static func order(_ left: CELValue, _ right: CELValue) throws(CELFailure) -> ComparisonResult {
        switch (left, right) {
        case (.bool(let left), .bool(let right)): return compare(left ? 1 : 0, right ? 1 : 0)
        case (.string(let left), .string(let right)):
            if equal(.string(left), .string(right)) { return .orderedSame }
            return left.unicodeScalars.lexicographicallyPrecedes(right.unicodeScalars)
                ? .orderedAscending : .orderedDescending
        case (.bytes(let left), .bytes(let right)):
            if left == right { return .orderedSame }
            return left.lexicographicallyPrecedes(right) ? .orderedAscending : .orderedDescending
        case (.duration(let left), .duration(let right)), (.timestamp(let left), .timestamp(let right)):
            return compare(left, right)
        default:
            guard let order = numericOrder(left, right) else {
                if case .double = left, case .double = right { throw .error("NaN values cannot be ordered") }
                throw .overload("no such overload: \(left.typeName) < \(right.typeName)")
            }
            return order
        }
    }

    static func compare<Value: Comparable>(_ left: Value, _ right: Value) -> ComparisonResult {
        left < right ? .orderedAscending : left > right ? .orderedDescending : .orderedSame
    }

    private static func numericOrder(_ left: CELValue, _ right: CELValue) -> ComparisonResult? {
        switch (left, right) {
        case (.int(let left), .int(let right)): compare(left, right)
        case (.uint(let left), .uint(let right)): compare(left, right)
        case (.int(let left), .uint(let right)): left < 0 ? .orderedAscending : compare(UInt64(left), right)
        case (.uint(let left), .int(let right)): right < 0 ? .orderedDescending : compare(left, UInt64(right))
        default:
            if let left = number(left), let right = number(right), !left.isNaN, !right.isNaN {
                compare(left, right)
            } else {
                nil
            }
        }
    }

    private static func number(_ value: CELValue) -> Double? {
        switch value {
        case .int(let value): Double(value)
        case .uint(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }

    private static func arithmetic(
        _ sign: String, _ left: CELValue, _ right: CELValue
    ) throws(CELFailure) -> CELValue {
        switch (sign, left, right) {
        case (_, .int(let left), .int(let right)): return .int(try whole(sign, left, right))
        case (_, .uint(let left), .uint(let right)): return .uint(try whole(sign, left, right))
        case ("+", .double(let left), .double(let right)): return .double(left + right)
        case ("-", .double(let left), .double(let right)): return .double(left - right)
        case ("*", .double(let left), .double(let right)): return .double(left * right)
        case ("/", .double(let left), .double(let right)): return .double(left / right)
        case ("+", .string(let left), .string(let right)): return .string(left + right)
        case ("+", .bytes(let left), .bytes(let right)): return .bytes(left + right)
        case ("+", .list(let left), .list(let right)): return .list(left + right)
        case ("+", .duration(let left), .duration(let right)): return .duration(try whole("+", left, right))
        case ("-", .duration(let left), .duration(let right)), ("-", .timestamp(let left), .timestamp(let right)):
            return .duration(try whole("-", left, right))
        case ("+", .timestamp(let left), .duration(let right)), ("+", .duration(let right), .timestamp(let left)):
            return .timestamp(try whole("+", left, right))
        case ("-", .timestamp(let left), .duration(let right)): return .timestamp(try whole("-", left, right))
        default: throw .overload("no such overload: \(left.typeName) \(sign) \(right.typeName)")
        }
    }

    private static func whole<Value: FixedWidthInteger>(
        _ sign: String, _ left: Value, _ right: Value
    ) throws(CELFailure) -> Value {
        if right == 0, sign == "/" { throw .error("division by zero") }
        if right == 0, sign == "%" { throw .error("modulus by zero") }
        let (value, hasOverflowed) =
            switch sign {
            case "+": left.addingReportingOverflow(right)
            case "-": left.subtractingReportingOverflow(right)
            case "*": left.multipliedReportingOverflow(by: right)
            case "/": left.dividedReportingOverflow(by: right)
            default: left.remainderReportingOverflow(dividingBy: right)
            }
        if hasOverflowed { throw .error("integer overflow") }
        return value
    }
}
