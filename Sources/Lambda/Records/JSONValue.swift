/// A JSON document as a value: for events and other short documents, where speed does not matter.
enum JSONValue: Equatable {
    case null
    case bool(Bool)
    /// As it was written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    struct Malformed: Error {}

    /// - Throws: `Malformed` when it is not JSON as RFC 8259 defines it, or nested more than 64 deep.
    init(_ text: String) throws(Malformed) {
        var reader = Reader(bytes: Array(text.utf8))
        self = try reader.document()
    }

    subscript(name: String) -> JSONValue? {
        if case .object(let members) = self { return members[name] }
        return nil
    }

    var string: String? {
        if case .string(let text) = self { return text }
        return nil
    }

    var array: [JSONValue]? {
        if case .array(let elements) = self { return elements }
        return nil
    }

    var integer: Int64? {
        if case .number(let text) = self { return Int64(text) }
        return nil
    }

    private struct Reader {
        let bytes: [UInt8]
        var index = 0

        mutating func document() throws(Malformed) -> JSONValue {
            let result = try value(depth: 0)
            skipSpace()
            guard index == bytes.count else { throw Malformed() }
            return result
        }

        private mutating func value(depth: Int) throws(Malformed) -> JSONValue {
            skipSpace()
            guard index < bytes.count, depth < 64 else { throw Malformed() }
            switch bytes[index] {
            case UInt8(ascii: "{"):
                index += 1
                var members: [String: JSONValue] = [:]
                if take("}") { return .object(members) }
                repeat {
                    skipSpace()
                    let name = try text()
                    guard take(":") else { throw Malformed() }
                    members[name] = try value(depth: depth + 1)
                } while take(",")
                guard take("}") else { throw Malformed() }
                return .object(members)
            case UInt8(ascii: "["):
                index += 1
                var elements: [JSONValue] = []
                if take("]") { return .array(elements) }
                repeat { elements.append(try value(depth: depth + 1)) } while take(",")
                guard take("]") else { throw Malformed() }
                return .array(elements)
            case UInt8(ascii: "\""): return .string(try text())
            case UInt8(ascii: "t"): return try word("true", .bool(true))
            case UInt8(ascii: "f"): return try word("false", .bool(false))
            case UInt8(ascii: "n"): return try word("null", .null)
            default: return .number(try number())
            }
        }

        private mutating func skipSpace() {
            while index < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[index]) { index += 1 }
        }

        private mutating func take(_ character: Unicode.Scalar) -> Bool {
            skipSpace()
            guard index < bytes.count, bytes[index] == UInt8(ascii: character) else { return false }
            index += 1
            return true
        }

        private mutating func word(_ text: String, _ value: JSONValue) throws(Malformed) -> JSONValue {
            guard bytes[index...].starts(with: text.utf8) else { throw Malformed() }
            index += text.utf8.count
            return value
        }

        private mutating func number() throws(Malformed) -> String {
            let start = index
            func digits() throws(Malformed) {
                let first = index
                while index < bytes.count, bytes[index] &- 0x30 <= 9 { index += 1 }
                if index == first { throw Malformed() }
            }
            if bytes[index] == UInt8(ascii: "-") { index += 1 }
            let first = index
            try digits()
            if bytes[first] == 0x30, index - first > 1 { throw Malformed() }
            if index < bytes.count, bytes[index] == UInt8(ascii: ".") {
                index += 1
                try digits()
            }
            if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
                index += 1
                if index < bytes.count, [0x2B, 0x2D].contains(bytes[index]) { index += 1 }
                try digits()
            }
            return String(decoding: bytes[start..<index], as: UTF8.self)
        }

        private mutating func text() throws(Malformed) -> String {
            guard index < bytes.count, bytes[index] == UInt8(ascii: "\"") else { throw Malformed() }
            index += 1
            var result: [UInt8] = []
            while index < bytes.count {
                let byte = bytes[index]
                index += 1
                if byte == UInt8(ascii: "\"") { return String(decoding: result, as: UTF8.self) }
                if byte < 0x20 { throw Malformed() }
                guard byte == UInt8(ascii: "\\") else {
                    result.append(byte)
                    continue
                }
                guard index < bytes.count else { throw Malformed() }
                let escape = bytes[index]
                index += 1
                switch escape {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(escape)
                case UInt8(ascii: "b"): result.append(0x08)
                case UInt8(ascii: "f"): result.append(0x0C)
                case UInt8(ascii: "n"): result.append(0x0A)
                case UInt8(ascii: "r"): result.append(0x0D)
                case UInt8(ascii: "t"): result.append(0x09)
                case UInt8(ascii: "u"): result += Array(String(try escapedCharacter()).utf8)
                default: throw Malformed()
                }
            }
            throw Malformed()
        }

        private mutating func escapedCharacter() throws(Malformed) -> Character {
            let high = try hexadecimal()
            if (0xD800...0xDBFF).contains(high), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"),
                bytes[index + 1] == UInt8(ascii: "u")
            {
                index += 2
                let low = try hexadecimal()
                guard (0xDC00...0xDFFF).contains(low),
                    let scalar = Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
                else { throw Malformed() }
                return Character(scalar)
            }
            guard let scalar = Unicode.Scalar(high) else { throw Malformed() }
            return Character(scalar)
        }

        private mutating func hexadecimal() throws(Malformed) -> UInt32 {
            guard index + 4 <= bytes.count else { throw Malformed() }
            var code: UInt32 = 0
            for byte in bytes[index..<index + 4] {
                switch byte {
                case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
                case 0x41...0x46: code = code << 4 | UInt32(byte - 0x37)
                case 0x61...0x66: code = code << 4 | UInt32(byte - 0x57)
                default: throw Malformed()
                }
            }
            index += 4
            return code
        }
    }
}
