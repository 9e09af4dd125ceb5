import Foundation
import HarnessSupport

/// How YAML's scalars are read: types of plain ones, line folding, escapes.
///
/// Source: YAML 1.1, sections 5.7, 9.1 to 9.3, 10.3; types as in PyYAML and Kubernetes' own reader.
package enum YAMLScalar {
    package static func type(of raw: ArraySlice<UInt8>) -> YAMLNode.ValueType {
        guard let first = raw.first else { return .null }
        switch first {
        case 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."): return numberType(raw)
        case UInt8(ascii: "~"): return raw.count == 1 ? .null : .string
        case UInt8(ascii: "n"), UInt8(ascii: "N"), UInt8(ascii: "t"), UInt8(ascii: "T"), UInt8(ascii: "f"),
            UInt8(ascii: "F"), UInt8(ascii: "y"), UInt8(ascii: "Y"), UInt8(ascii: "o"), UInt8(ascii: "O"):
            guard raw.count <= 5 else { return .string }
            switch String(decoding: raw, as: UTF8.self) {
            case "null", "Null", "NULL": return .null
            case "true", "True", "TRUE", "false", "False", "FALSE", "yes", "Yes", "YES", "no", "No", "NO", "on", "On",
                "ON", "off", "Off", "OFF":
                return .boolean
            default: return .string
            }
        default: return .string
        }
    }

    private static func numberType(_ raw: ArraySlice<UInt8>) -> YAMLNode.ValueType {
        let text = String(decoding: raw, as: UTF8.self)
        if integer(text) != nil { return .integer }
        let digits = text.drop { $0 == "-" || $0 == "+" }
        if [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"].contains(String(digits)) { return .number }
        guard digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || "._eE+-".utf8.contains($0) }),
            digits.utf8.contains(where: { (0x30...0x39).contains($0) }),
            digits.contains(".") || digits.contains("e") || digits.contains("E")
        else { return .string }
        return Double(digits.replacing("_", with: "")) == nil ? .string : .number
    }

    package static func integer(_ text: String) -> Int? {
        let sign = text.hasPrefix("-") ? -1 : 1
        let digits = text.drop { $0 == "-" || $0 == "+" }.replacing("_", with: "")
        guard text.count - digits.count <= 1 || text.contains("_"), let first = digits.utf8.first,
            (0x30...0x39).contains(first)
        else { return nil }
        let magnitude: Int? =
            if digits.hasPrefix("0x") { Int(digits.dropFirst(2), radix: 16) } else if digits.hasPrefix("0b") {
                Int(digits.dropFirst(2), radix: 2)
            } else if digits.hasPrefix("0o") {
                Int(digits.dropFirst(2), radix: 8)
            } else if digits.count > 1 && first == 0x30 { Int(digits, radix: 8) } else { Int(digits) }
        return magnitude.map { $0 * sign }
    }

    /// Folds the lines of a plain or quoted scalar: the first break becomes a blank, each further break stays.
    static func folded(_ raw: some Collection<UInt8>) -> String {
        let lines = String(decoding: raw, as: UTF8.self).lines
        var text = ""
        var breaks = 0
        for (index, line) in lines.enumerated() {
            let isLast = index == lines.count - 1
            var part = index == 0 ? line : line.drop { $0 == " " || $0 == "\t" }
            if !isLast { while part.last == " " || part.last == "\t" { part.removeLast() } }
            if index > 0 {
                if part.isEmpty && !isLast {
                    breaks += 1
                    continue
                }
                text += breaks == 0 ? " " : String(repeating: "\n", count: breaks)
                breaks = 0
            }
            text += part
        }
        return text
    }

    static func singleQuoted(_ raw: ArraySlice<UInt8>) -> String {
        folded(raw).replacing("''", with: "'")
    }

    static func doubleQuoted(_ raw: ArraySlice<UInt8>) -> String {
        guard raw.contains(UInt8(ascii: "\\")) else { return folded(raw) }
        // A backslash at a line's end joins the lines without a blank.
        let joined = String(decoding: raw, as: UTF8.self).replacing(/\\\r?\n[ \t]*/, with: "")
        var text = ""
        var rest = folded(joined.utf8)[...]
        while let slash = rest.firstIndex(of: "\\") {
            text += rest[..<slash]
            rest = rest[slash...].dropFirst()
            guard let code = rest.popFirst() else { break }
            text += escape(code, &rest)
        }
        return text + rest
    }

    private static func escape(_ code: Character, _ rest: inout Substring) -> String {
        switch code {
        case "n": return "\n"
        case "t": return "\t"
        case "r": return "\r"
        case "0": return "\0"
        case "a": return "\u{7}"
        case "b": return "\u{8}"
        case "v": return "\u{B}"
        case "f": return "\u{C}"
        case "e": return "\u{1B}"
        case "N": return "\u{85}"
        case "_": return "\u{A0}"
        case "L": return "\u{2028}"
        case "P": return "\u{2029}"
        case "x": return scalar(2, &rest)
        case "U": return scalar(8, &rest)
        case "u":
            let high = hex(4, &rest)
            guard (0xD800...0xDBFF).contains(high), rest.hasPrefix("\\u") else { return Self.text(high) }
            rest = rest.dropFirst(2)
            return Self.text(0x10000 + (high - 0xD800) << 10 + hex(4, &rest) - 0xDC00)
        default: return String(code)
        }
    }

    private static func scalar(_ digits: Int, _ rest: inout Substring) -> String { text(hex(digits, &rest)) }

    private static func hex(_ digits: Int, _ rest: inout Substring) -> UInt32 {
        let value = UInt32(rest.prefix(digits), radix: 16) ?? 0xFFFD
        rest = rest.dropFirst(digits)
        return value
    }

    private static func text(_ code: UInt32) -> String { String(Character(Unicode.Scalar(code) ?? "\u{FFFD}")) }

    /// - Parameter raw: from the indicator to the last line.
    static func block(_ raw: ArraySlice<UInt8>, indent: Int, isFolded: Bool) -> String {
        let lines = String(decoding: raw, as: UTF8.self).lines
        let header = lines[0].prefix { $0 != "#" && $0 != " " }
        var content = lines.dropFirst().map { line in
            line.dropFirst(min(indent, line.prefix { $0 == " " }.count))
        }
        // The rest after the last break is not a line.
        if content.last?.isEmpty == true { content.removeLast() }
        var trailing = 0
        while content.last?.isEmpty == true {
            content.removeLast()
            trailing += 1
        }
        let text = isFolded ? foldedBlock(content) : content.joined(separator: "\n")
        if header.contains("-") { return text }
        if header.contains("+") { return text + String(repeating: "\n", count: trailing + (content.isEmpty ? 0 : 1)) }
        return content.isEmpty ? "" : text + "\n"
    }

    /// Lines that begin with a blank, and their neighbours, keep their breaks.
    private static func foldedBlock(_ lines: [Substring]) -> String {
        var text = ""
        var breaks = 0
        var before: Substring?
        for line in lines {
            if line.isEmpty {
                breaks += 1
                continue
            }
            let isSpaced = line.first == " " || line.first == "\t"
            if let before {
                let wasSpaced = before.first == " " || before.first == "\t"
                if isSpaced || wasSpaced { breaks += 1 }
                text += breaks == 0 ? " " : String(repeating: "\n", count: breaks)
            } else {
                text += String(repeating: "\n", count: breaks)
            }
            breaks = 0
            text += line
            before = line
        }
        return text
    }
}
