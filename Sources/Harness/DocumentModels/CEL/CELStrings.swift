import Foundation

/// Methods of strings, which count Unicode code points.
enum CELStrings {
    static func method(_ name: String, _ text: String, _ arguments: [CELValue]) throws(CELFailure) -> CELValue? {
        let scalars = Array(text.unicodeScalars)
        let first = arguments.first?.text
        switch (name, arguments.count) {
        case ("size", 0): return .int(scalars.count)
        case ("contains", 1): return first.map { .bool(find($0, in: scalars, from: 0) != nil) }
        case ("startsWith", 1): return first.map { .bool(scalars.starts(with: $0.unicodeScalars)) }
        case ("endsWith", 1): return first.map { .bool(scalars.reversed().starts(with: $0.unicodeScalars.reversed())) }
        case ("matches", 1):
            guard let first else { return nil }
            return .bool(try CELPattern.matches(text, first))
        case ("find", 1):
            guard let first else { return nil }
            return .string(try CELPattern.all(first, in: text).first ?? "")
        case ("findAll", 1), ("findAll", 2):
            guard let first else { return nil }
            let all = try CELPattern.all(first, in: text).map(CELValue.string)
            guard case .int(let most)? = arguments.dropFirst().first, most >= 0 else { return .list(all) }
            return .list(Array(all.prefix(most)))
        case ("lowerAscii", 0), ("upperAscii", 0):
            let isLower = name == "lowerAscii"
            return .string(
                String(
                    String.UnicodeScalarView(
                        scalars.map { scalar in
                            guard scalar.isASCII else { return scalar }
                            let changed = isLower ? String(scalar).lowercased() : String(scalar).uppercased()
                            return changed.unicodeScalars.first ?? scalar
                        })))
        case ("trim", 0): return .string(text.trimmingCharacters(in: .whitespacesAndNewlines))
        case ("reverse", 0): return .string(string(scalars.reversed()))
        case ("charAt", 1):
            guard case .int(let number) = arguments[0] else { return nil }
            guard (0...scalars.count).contains(number) else { throw .error("index out of range: \(number)") }
            return .string(number == scalars.count ? "" : String(scalars[number]))
        case ("substring", 1), ("substring", 2):
            guard case .int(let start) = arguments[0] else { return nil }
            var end = scalars.count
            if arguments.count == 2 {
                guard case .int(let given) = arguments[1] else { return nil }
                end = given
            }
            guard 0 <= start, start <= end, end <= scalars.count else {
                throw .error("index out of range: \(start)")
            }
            return .string(string(scalars[start..<end]))
        case ("split", 1), ("split", 2):
            guard let first else { return nil }
            var most = Int.max
            if arguments.count == 2, case .int(let given) = arguments[1], given >= 0 { most = given }
            return .list(split(scalars, first, most).map(CELValue.string))
        case ("replace", 2), ("replace", 3):
            guard let first, let replacement = arguments[1].text else { return nil }
            var most = Int.max
            if arguments.count == 3, case .int(let given) = arguments[2], given >= 0 { most = given }
            let parts = split(scalars, first, most == .max ? most : most + 1)
            return .string(parts.joined(separator: replacement))
        case ("indexOf", 1), ("indexOf", 2):
            guard let first else { return nil }
            var start = 0
            if arguments.count == 2, case .int(let given) = arguments[1] { start = given }
            guard (0...scalars.count).contains(start) else { throw .error("index out of range: \(start)") }
            return .int(find(first, in: scalars, from: start) ?? -1)
        case ("lastIndexOf", 1), ("lastIndexOf", 2):
            guard let first else { return nil }
            let wanted = Array(first.unicodeScalars)
            var start = max(scalars.count - wanted.count, -1)
            if arguments.count == 2, case .int(let given) = arguments[1] { start = min(start, given) }
            while start >= 0, !scalars[start...].starts(with: wanted) { start -= 1 }
            return .int(start)
        case ("format", 1):
            guard case .list(let values) = arguments[0] else { return nil }
            return .string(try formatted(scalars, values))
        default: return nil
        }
    }

    private static func string(_ scalars: some Sequence<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func find(_ wanted: String, in scalars: [Unicode.Scalar], from start: Int) -> Int? {
        let wanted = Array(wanted.unicodeScalars)
        guard scalars.count - wanted.count >= start else { return nil }
        return (start...(scalars.count - wanted.count)).first { scalars[$0...].starts(with: wanted) }
    }

    private static func split(_ scalars: [Unicode.Scalar], _ separator: String, _ most: Int) -> [String] {
        if most == 0 { return [] }
        if separator.isEmpty { return scalars.map { String($0) } }
        var parts: [String] = []
        var start = 0
        while parts.count < most - 1, let found = find(separator, in: scalars, from: start) {
            parts.append(string(scalars[start..<found]))
            start = found + separator.unicodeScalars.count
        }
        return parts + [string(scalars[start...])]
    }

    private static func formatted(_ scalars: [Unicode.Scalar], _ values: [CELValue]) throws(CELFailure) -> String {
        var result = ""
        var values = values[...]
        var rest = scalars[...]
        while let next = rest.popFirst() {
            guard next == "%" else {
                result.unicodeScalars.append(next)
                continue
            }
            guard var verb = rest.popFirst() else { throw .error("a format ends with %") }
            if verb == "%" {
                result += "%"
                continue
            }
            var precision = 6
            if verb == "." {
                let digits = string(rest.prefix { ("0"..."9").contains($0) })
                precision = Int(digits) ?? 6
                rest = rest.dropFirst(digits.count)
                guard let letter = rest.popFirst() else { throw .error("a format ends with a precision") }
                verb = letter
            }
            guard let value = values.popFirst() else { throw .error("index \(values.count) out of range") }
            switch (verb, value) {
            case ("d", .int), ("d", .uint), ("s", _): result += CELFunctions.text(value) ?? ""
            case ("f", .double(let value)): result += String(format: "%.\(precision)f", value)
            case ("f", .int(let value)): result += String(format: "%.\(precision)f", Double(value))
            case ("e", .double(let value)): result += String(format: "%.\(precision)e", value)
            case ("x", .int(let value)): result += String(value, radix: 16)
            case ("X", .int(let value)): result += String(value, radix: 16, uppercase: true)
            case ("o", .int(let value)): result += String(value, radix: 8)
            case ("b", .int(let value)): result += String(value, radix: 2)
            case ("b", .bool(let value)): result += value ? "1" : "0"
            case ("x", .string(let text)): result += text.utf8.map { String(format: "%02x", $0) }.joined()
            default: throw .error("%\(verb) cannot format \(value.typeName)")
            }
        }
        return result
    }
}
