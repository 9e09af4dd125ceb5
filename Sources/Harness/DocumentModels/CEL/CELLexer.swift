import Foundation

/// Splits the text of an expression into tokens.
struct CELLexer {
    enum Token: Hashable {
        case name(String)
        /// A field in backticks, not a variable name.
        case quotedName(String)
        case int(UInt64)
        case uint(UInt64)
        case double(Double)
        case string(String)
        case bytes([UInt8])
        case sign(String)
        case end
    }

    private let text: [Unicode.Scalar]
    private var position = 0

    static func tokens(of text: String) throws(CELFailure) -> [Token] {
        var lexer = CELLexer(text: Array(text.unicodeScalars))
        var tokens: [Token] = []
        while let token = try lexer.next() { tokens.append(token) }
        return tokens + [.end]
    }

    private func peek(_ offset: Int = 0) -> Unicode.Scalar? {
        position + offset < text.count ? text[position + offset] : nil
    }

    private func starts(with sign: String) -> Bool {
        sign.unicodeScalars.enumerated().allSatisfy { peek($0.offset) == $0.element }
    }

    private mutating func next() throws(CELFailure) -> Token? {
        while let scalar = peek() {
            if scalar.properties.isWhitespace {
                position += 1
            } else if starts(with: "//") {
                while let scalar = peek(), scalar != "\n" { position += 1 }
            } else {
                break
            }
        }
        guard let scalar = peek() else { return nil }
        if let text = try quoted() { return text }
        if Self.isDigit(scalar) || scalar == "." && peek(1).map(Self.isDigit) == true { return try number() }
        if Self.isLetter(scalar) {
            let start = position
            while let scalar = peek(), Self.isLetter(scalar) || Self.isDigit(scalar) { position += 1 }
            return .name(slice(start, position))
        }
        if scalar == "`" {
            let start = position + 1
            position = start
            while let scalar = peek(), scalar != "`" { position += 1 }
            position += 1
            return .quotedName(slice(start, min(position - 1, text.count)))
        }
        let signs = [
            "==", "!=", "<=", ">=", "&&", "||", "<", ">", "+", "-", "*", "/", "%", "!", "?", ":", ".", ",", "(", ")",
            "[", "]", "{", "}",
        ]
        guard let sign = signs.first(where: starts) else {
            throw .syntax("unexpected character `\(scalar)`")
        }
        position += sign.unicodeScalars.count
        return .sign(sign)
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_"
    }

    private func slice(_ start: Int, _ end: Int) -> String {
        String(String.UnicodeScalarView(text[start..<end]))
    }

    private mutating func number() throws(CELFailure) -> Token {
        let start = position
        if starts(with: "0x") || starts(with: "0X") {
            position += 2
            while peek()?.properties.isASCIIHexDigit == true { position += 1 }
            return try integer(UInt64(slice(start + 2, position), radix: 16))
        }
        while peek().map(Self.isDigit) == true { position += 1 }
        var isDouble = false
        if peek() == ".", peek(1).map(Self.isDigit) == true {
            isDouble = true
            position += 1
            while peek().map(Self.isDigit) == true { position += 1 }
        }
        if peek() == "e" || peek() == "E" {
            isDouble = true
            position += 1
            if peek() == "+" || peek() == "-" { position += 1 }
            while peek().map(Self.isDigit) == true { position += 1 }
        }
        if isDouble {
            guard let value = Double(slice(start, position)) else { throw .syntax("not a number") }
            return .double(value)
        }
        return try integer(UInt64(slice(start, position)))
    }

    private mutating func integer(_ value: UInt64?) throws(CELFailure) -> Token {
        guard let value else { throw .syntax("integer out of range") }
        guard peek() == "u" || peek() == "U" else { return .int(value) }
        position += 1
        return .uint(value)
    }

    /// A string or bytes, with the prefixes `r` and `b`.
    private mutating func quoted() throws(CELFailure) -> Token? {
        var start = position
        var (isRaw, isBytes) = (false, false)
        while let scalar = peek(start - position), "rRbB".unicodeScalars.contains(scalar), start - position < 2 {
            if scalar == "r" || scalar == "R" { isRaw = true } else { isBytes = true }
            start += 1
        }
        guard start < text.count, text[start] == "\"" || text[start] == "'" else { return nil }
        position = start
        let quote = String(text[start])
        let delimiter = starts(with: quote + quote + quote) ? quote + quote + quote : quote
        position += delimiter.unicodeScalars.count
        var scalars = String.UnicodeScalarView()
        var bytes: [UInt8] = []
        while !starts(with: delimiter) {
            guard let scalar = peek(), delimiter.count == 3 || scalar != "\n" else {
                throw .syntax("a string is not closed")
            }
            if scalar == "\\", !isRaw {
                let escaped = try escape(isBytes)
                scalars.append(escaped.scalar)
                bytes += escaped.bytes
            } else {
                position += 1
                scalars.append(scalar)
                bytes += Array(String(scalar).utf8)
                if scalar == "\\", let next = peek() {
                    // A raw string keeps the backslash and the next character.
                    position += 1
                    scalars.append(next)
                    bytes += Array(String(next).utf8)
                }
            }
        }
        position += delimiter.unicodeScalars.count
        return isBytes ? .bytes(bytes) : .string(String(scalars))
    }

    private mutating func escape(_ isBytes: Bool) throws(CELFailure) -> (scalar: Unicode.Scalar, bytes: [UInt8]) {
        guard let letter = peek(1) else { throw .syntax("a string is not closed") }
        position += 2
        let simple: [Unicode.Scalar: Unicode.Scalar] = [
            "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}", "\\": "\\",
            "'": "'", "\"": "\"", "`": "`", "?": "?",
        ]
        if let scalar = simple[letter] { return (scalar, Array(String(scalar).utf8)) }
        let (radix, length): (Int, Int) =
            switch letter {
            case "x", "X": (16, 2)
            case "u": (16, 4)
            case "U": (16, 8)
            default: (8, 3)
            }
        if radix == 8 { position -= 1 }
        guard position + length <= text.count,
            let value = UInt32(slice(position, position + length), radix: radix), let scalar = Unicode.Scalar(value)
        else { throw .syntax("`\\\(letter)` is not a valid escape sequence") }
        position += length
        let isOneByte = isBytes && length < 4 && value < 256
        return (scalar, isOneByte ? [UInt8(value)] : Array(String(scalar).utf8))
    }
}
