import Foundation

/// The standard functions, and those of strings, lists and sets.
///
/// Source: github.com/google/cel-spec, doc/langdef.md; github.com/google/cel-go@v0.26, ext/strings.go, ext/lists.go,
/// ext/sets.go; k8s.io/apiserver@v0.36.0, pkg/cel/library/lists.go and regex.go.
enum CELFunctions {
    static func call(_ name: String, _ arguments: [CELValue]) throws(CELFailure) -> CELValue {
        let first = arguments.first ?? .null
        switch (name, arguments.count) {
        case ("size", 1): return try method("size", first, [])
        case ("matches", 2): return try method("matches", first, [arguments[1]])
        case ("dyn", 1): return first
        case ("type", 1): return .type(first.typeName)
        case ("optional.of", 1): return .optional(first)
        case ("optional.none", 0): return .optional(nil)
        case ("optional.ofNonZeroValue", 1): return .optional(isZero(first) ? nil : first)
        case ("int", 1), ("uint", 1), ("double", 1), ("string", 1), ("bool", 1), ("bytes", 1), ("duration", 1),
            ("timestamp", 1):
            return try converted(first, to: name)
        case ("sets.contains", 2), ("sets.intersects", 2), ("sets.equivalent", 2):
            guard case .list(let left) = first, case .list(let right) = arguments[1] else { break }
            func holds(_ outer: [CELValue], _ inner: [CELValue]) -> Bool {
                inner.allSatisfy { element in outer.contains { CELOperators.equal($0, element) } }
            }
            return switch name {
            case "sets.contains": .bool(holds(left, right))
            case "sets.equivalent": .bool(holds(left, right) && holds(right, left))
            default: .bool(right.contains { element in left.contains { CELOperators.equal($0, element) } })
            }
        case ("lists.range", 1):
            if case .int(let count) = first, (0...10_000).contains(count) { return .list((0..<count).map { .int($0) }) }
        case ("strings.quote", 1):
            if let text = first.text {
                return .string("\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"")
            }
        default:
            if let value = try CELKubernetes.call(name, arguments) { return value }
            throw .unknown("unsupported function \(name)()")
        }
        throw .overload("no such overload: \(name)(\(arguments.map(\.typeName).joined(separator: ", ")))")
    }

    static func method(_ name: String, _ value: CELValue, _ arguments: [CELValue]) throws(CELFailure) -> CELValue {
        let found: CELValue? =
            switch value {
            case .string(let text): try CELStrings.method(name, text, arguments)
            case .list(let elements): try list(name, elements, arguments)
            case .map(let map): name == "size" && arguments.isEmpty ? .int(map.keys.count) : nil
            case .bytes(let bytes): name == "size" && arguments.isEmpty ? .int(bytes.count) : nil
            case .duration(let value): CELTime.part(name, ofDuration: value)
            case .timestamp(let value): try CELTime.part(name, ofTimestamp: value, arguments)
            case .optional(let held): try optional(name, held)
            case .opaque(let held): try held.method(name, arguments)
            default: nil
            }
        if let found { return found }
        let isKnown = Self.methods.contains(name)
        throw isKnown
            ? .overload("no such overload: \(value.typeName).\(name)()")
            : .unknown("unsupported method \(name)()")
    }

    private static let methods: Set = [
        "size", "contains", "startsWith", "endsWith", "matches", "split", "join", "replace", "substring", "trim",
        "lowerAscii", "upperAscii", "charAt", "indexOf", "lastIndexOf", "find", "findAll", "format", "isSorted", "sum",
        "min", "max", "hasValue", "value", "getHours", "getMinutes", "getSeconds", "getMilliseconds", "getFullYear",
        "getMonth", "getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "isGreaterThan", "isLessThan",
        "compareTo", "add", "sub", "sign", "asInteger", "isInteger", "asApproximateFloat", "getScheme", "getHost",
        "getHostname", "getPort", "getEscapedPath", "getQuery", "family", "ip", "prefixLength", "masked", "containsIP",
        "containsCIDR",
    ]

    // MARK: Lists

    private static func list(
        _ name: String, _ elements: [CELValue], _ arguments: [CELValue]
    ) throws(CELFailure) -> CELValue? {
        switch (name, arguments.count) {
        case ("size", 0): return .int(elements.count)
        case ("isSorted", 0):
            for (left, right) in zip(elements, elements.dropFirst())
            where try CELOperators.order(left, right) == .orderedDescending { return .bool(false) }
            return .bool(true)
        case ("sum", 0):
            guard var sum = elements.first else { return .int(0) }
            for element in elements.dropFirst() { sum = try CELOperators.apply("+", sum, element) }
            return sum
        case ("min", 0), ("max", 0):
            guard var best = elements.first else { throw .error("\(name) called on an empty list") }
            let wanted: ComparisonResult = name == "min" ? .orderedAscending : .orderedDescending
            for element in elements.dropFirst() where try CELOperators.order(element, best) == wanted { best = element }
            return best
        case ("indexOf", 1): return .int(elements.firstIndex { CELOperators.equal($0, arguments[0]) } ?? -1)
        case ("lastIndexOf", 1): return .int(elements.lastIndex { CELOperators.equal($0, arguments[0]) } ?? -1)
        case ("join", 0), ("join", 1):
            var texts: [String] = []
            for element in elements {
                guard let text = element.text else { throw .overload("join() needs strings") }
                texts.append(text)
            }
            return .string(texts.joined(separator: arguments.first?.text ?? ""))
        case ("distinct", 0):
            return .list(
                elements.enumerated().filter { number, element in
                    !elements.prefix(number).contains { CELOperators.equal($0, element) }
                }.map(\.element))
        case ("reverse", 0): return .list(elements.reversed())
        case ("sort", 0): return .list(try sorted(elements.map { ($0, $0) }))
        case ("flatten", 0):
            return .list(
                elements.flatMap { element in
                    if case .list(let inner) = element { inner } else { [element] }
                })
        case ("slice", 2):
            guard case .int(let start) = arguments[0], case .int(let end) = arguments[1], 0 <= start, start <= end,
                end <= elements.count
            else { throw .error("slice out of bounds") }
            return .list(Array(elements[start..<end]))
        default: return nil
        }
    }

    static func sorted(_ keyed: [(key: CELValue, value: CELValue)]) throws(CELFailure) -> [CELValue] {
        var result: [(key: CELValue, value: CELValue)] = []
        for entry in keyed {
            var place = result.endIndex
            while place > 0, try CELOperators.order(result[place - 1].key, entry.key) == .orderedDescending {
                place -= 1
            }
            result.insert(entry, at: place)
        }
        return result.map(\.value)
    }

    private static func optional(_ name: String, _ held: CELValue?) throws(CELFailure) -> CELValue? {
        switch name {
        case "hasValue": return .bool(held != nil)
        case "value":
            guard let held else { throw .error("optional.none() dereference") }
            return held
        default: return nil
        }
    }

    // MARK: Conversions

    private static func isZero(_ value: CELValue) -> Bool {
        switch value {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        case .double(let value): value == 0
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .list(let value): value.isEmpty
        case .map(let value): value.keys.isEmpty
        default: false
        }
    }

    private static func converted(_ value: CELValue, to type: String) throws(CELFailure) -> CELValue {
        let found: CELValue?
        switch (type, value) {
        case ("int", .int), ("uint", .uint), ("double", .double), ("string", .string), ("bool", .bool),
            ("bytes", .bytes):
            found = value
        case ("duration", .duration), ("timestamp", .timestamp): found = value
        case ("int", .uint(let value)): found = Int(exactly: value).map(CELValue.int)
        case ("int", .double(let value)): found = Int(exactly: value.rounded(.towardZero)).map(CELValue.int)
        case ("int", .string(let text)): found = Int(text).map(CELValue.int)
        case ("int", .timestamp(let value)): found = .int(value / 1_000_000_000)
        case ("int", .duration(let value)): found = .int(value)
        case ("uint", .int(let value)): found = UInt64(exactly: value).map(CELValue.uint)
        case ("uint", .double(let value)): found = UInt64(exactly: value.rounded(.towardZero)).map(CELValue.uint)
        case ("uint", .string(let text)): found = UInt64(text).map(CELValue.uint)
        case ("double", .int(let value)): found = .double(Double(value))
        case ("double", .uint(let value)): found = .double(Double(value))
        case ("double", .string(let text)): found = Double(text).map(CELValue.double)
        case ("bool", .string(let text)):
            let (yes, no) = (["1", "t", "T", "true", "TRUE", "True"], ["0", "f", "F", "false", "FALSE", "False"])
            found = yes.contains(text) ? .bool(true) : no.contains(text) ? .bool(false) : nil
        case ("bytes", .string(let text)): found = .bytes(Array(text.utf8))
        case ("duration", .string(let text)): found = CELTime.duration(text).map(CELValue.duration)
        case ("timestamp", .string(let text)): found = try CELTime.timestamp(text).map(CELValue.timestamp)
        case ("timestamp", .int(let value)):
            let (nanoseconds, isTooLarge) = value.multipliedReportingOverflow(by: 1_000_000_000)
            found = isTooLarge ? nil : .timestamp(nanoseconds)
        case ("string", let value): found = text(value).map(CELValue.string)
        default: throw .overload("no such overload: \(type)(\(value.typeName))")
        }
        guard let found else { throw .error("\(text(value) ?? value.typeName) is not a valid \(type)") }
        return found
    }

    /// The text that `string()` and `%s` produce.
    static func text(_ value: CELValue) -> String? {
        switch value {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .int(let value): String(value)
        case .uint(let value): String(value)
        case .double(let value): value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
        case .string(let value): value
        case .bytes(let value): String(validating: value, as: UTF8.self)
        case .duration(let value): CELTime.text(ofDuration: value)
        case .timestamp(let value): CELTime.text(ofTimestamp: value)
        case .type(let value): value
        case .list(let elements): "[" + elements.map { text($0) ?? "?" }.joined(separator: ", ") + "]"
        case .map(let map):
            "{"
                + map.keys.map { "\(text($0.value) ?? ""): \(map[$0].flatMap(text) ?? "?")" }.sorted().joined(
                    separator: ", ")
                + "}"
        case .opaque(let value): value.text
        case .optional, .failure: nil
        }
    }
}
