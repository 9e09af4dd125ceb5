import Foundation

/// Scans a JSON text and reports problems with their places; Foundation's parser silently accepts duplicate names.
package struct JSONScanner {
    package struct Problem: Error, Equatable {
        package let rule: String
        package let line: Int
        package let column: Int
        package let message: String
    }

    private let bytes: [UInt8]
    private var position = 0
    private var duplicates: [Problem] = []

    package init(_ bytes: [UInt8]) {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        self.bytes = bytes.starts(with: mark) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// Duplicate names, and the first syntax error.
    package mutating func problems() -> [Problem] {
        do throws(Problem) {
            try value(depth: 0)
            skipBlank()
            if position < bytes.count { throw problem("expected the end of the text") }
            return duplicates
        } catch {
            return duplicates + [error]
        }
    }

    private mutating func value(depth: Int) throws(Problem) {
        guard depth < 512 else { throw problem("nested more than 512 deep") }
        skipBlank()
        switch peek {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try word("true")
        case UInt8(ascii: "f"): try word("false")
        case UInt8(ascii: "n"): try word("null")
        default: try number()
        }
    }

    private mutating func object(depth: Int) throws(Problem) {
        position += 1
        var names: Set<[UInt8]> = []
        skipBlank()
        if take("}") { return }
        while true {
            skipBlank()
            let start = position
            guard peek == UInt8(ascii: "\"") else { throw problem("expected a name in quotes") }
            let name = try string()
            // Bytes, because Swift strings with different accent composition are equal.
            if !names.insert(Array(Self.unescaped(name).utf8)).inserted {
                duplicates.append(
                    problem(
                        "duplicate name \"\(name)\" in one object", at: start,
                        rule: "duplicate-key"))
            }
            skipBlank()
            guard take(":") else { throw problem("expected `:` after the name") }
            try value(depth: depth + 1)
            skipBlank()
            if take("}") { return }
            guard take(",") else { throw problem("expected `,` or `}`") }
        }
    }

    private mutating func array(depth: Int) throws(Problem) {
        position += 1
        skipBlank()
        if take("]") { return }
        while true {
            try value(depth: depth + 1)
            skipBlank()
            if take("]") { return }
            guard take(",") else { throw problem("expected `,` or `]`") }
        }
    }

    /// The source text between the quotes.
    private mutating func string() throws(Problem) -> String {
        position += 1
        let start = position
        while let next = peek {
            switch next {
            case UInt8(ascii: "\""):
                position += 1
                guard let text = String(validating: bytes[start..<position - 1], as: UTF8.self) else {
                    throw problem("a string is not valid UTF-8", at: start)
                }
                return text
            case UInt8(ascii: "\\"):
                position += 1
                guard let escaped = peek, Array("\"\\/bfnrtu".utf8).contains(escaped) else {
                    throw problem("invalid escape sequence")
                }
                position += 1
                if escaped == UInt8(ascii: "u") {
                    for _ in 0..<4 {
                        guard let digit = peek, Character(UnicodeScalar(digit)).isHexDigit else {
                            throw problem("expected four hexadecimal digits")
                        }
                        position += 1
                    }
                }
            case 0..<0x20: throw problem("control character in a string")
            default: position += 1
            }
        }
        throw problem("a string is not closed")
    }

    /// The decoded name; the source text if it contains a lone surrogate.
    private static func unescaped(_ name: String) -> String {
        guard name.utf8.contains(UInt8(ascii: "\\")) else { return name }
        let value = try? JSONSerialization.jsonObject(with: Data("\"\(name)\"".utf8), options: .fragmentsAllowed)
        return value as? String ?? name
    }

    private mutating func number() throws(Problem) {
        let start = position
        _ = take("-")
        if !take("0") { try digits(start) }
        if take(".") { try digits(start) }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            try digits(start)
        }
    }

    private mutating func digits(_ start: Int) throws(Problem) {
        guard let first = peek, first >= 0x30, first <= 0x39 else { throw problem("expected a value", at: start) }
        while let next = peek, next >= 0x30, next <= 0x39 { position += 1 }
    }

    private mutating func word(_ word: String) throws(Problem) {
        guard bytes[position...].starts(with: Array(word.utf8)) else { throw problem("expected a value") }
        position += word.utf8.count
    }

    private mutating func skipBlank() {
        while let next = peek, [0x20, 0x09, 0x0A, 0x0D].contains(next) { position += 1 }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func problem(_ message: String, at place: Int? = nil, rule: String = "syntax") -> Problem {
        let before = bytes[..<min(place ?? position, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        // In code points, as documented for reports: counts all bytes except continuation bytes.
        let column = before[(before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0)...].count { $0 & 0xC0 != 0x80 } + 1
        return Problem(rule: rule, line: line, column: column, message: message)
    }
}
