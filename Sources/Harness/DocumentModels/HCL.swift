import Foundation

/// The blocks and attributes of an HCL text, with expressions kept as written.
///
/// It reads the structure that rules across artifacts need (variables, outputs and modules) and
/// evaluates nothing. Grammar: the HCL native syntax specification, github.com/hashicorp/hcl, hclsyntax/spec.md.
public struct HCLBody: Sendable {
    public var attributes: [HCLAttribute] = []
    public var blocks: [HCLBlock] = []

    /// - Throws: `HCLError` at the first syntax error.
    public init(parsing text: String) throws {
        var parser = HCLParser(text)
        self = try parser.body(openedAt: nil, depth: 0)
    }

    /// Terraform's parser recurses for every bracket.
    package static let deepest = 1_000

    /// The maximum number of open brackets; brackets in quotes count too.
    package static func depth(of text: [UInt8]) -> Int {
        var (depth, most) = (0, 0)
        for byte in text {
            switch byte {
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                depth += 1
                most = max(most, depth)
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"): depth = max(0, depth - 1)
            default: break
            }
        }
        return most
    }

    init() {}

    package func blocks(_ type: String) -> [HCLBlock] { blocks.filter { $0.type == type } }

    package func expression(_ name: String) -> String? { attributes.first { $0.name == name }?.expression }

    /// The value of an attribute that is a plain string.
    package func string(_ name: String) -> String? { expression(name).flatMap(Self.unquoted) }

    package static func unquoted(_ expression: String) -> String? {
        guard expression.count >= 2, expression.hasPrefix("\""), expression.hasSuffix("\"") else { return nil }
        let inner = expression.dropFirst().dropLast()
        guard !inner.contains("${") else { return nil }
        return inner.replacingOccurrences(of: "\\\"", with: "\"").replacingOccurrences(of: "\\\\", with: "\\")
    }
}

public struct HCLAttribute: Sendable {
    public let name: String
    /// The source text without surrounding white space.
    public let expression: String
    public let line: Int
}

public struct HCLBlock: Sendable {
    public let type: String
    public let labels: [String]
    public let body: HCLBody
    public let line: Int
}

public struct HCLError: Error, Hashable, Sendable {
    public let line: Int
    public let message: String
}

private struct HCLParser {
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    /// The nesting depth of templates.
    private var templates = 0

    init(_ text: String) { bytes = Array(text.utf8) }

    /// - Parameter openedAt: the line of the enclosing block; `nil` for a whole text.
    mutating func body(openedAt opened: Int?, depth: Int) throws -> HCLBody {
        guard depth < 100 else { throw error("blocks nested more than 100 deep") }
        var body = HCLBody()
        while true {
            try skipBlank(newlines: true)
            guard let next = peek else {
                if let opened { throw HCLError(line: opened, message: "the block that begins here is not closed") }
                return body
            }
            if next == UInt8(ascii: "}") {
                guard opened != nil else { throw error("closing brace without a block") }
                advance()
                return body
            }
            guard let name = identifier() else { throw error("expected the name of a block or an attribute") }
            let start = line
            try skipBlank(newlines: false)
            if peek == UInt8(ascii: "="), peek(1) != UInt8(ascii: "=") {
                advance()
                try skipBlank(newlines: false)
                body.attributes.append(HCLAttribute(name: name, expression: try expression(), line: start))
            } else {
                let labels = try labels()
                guard peek == UInt8(ascii: "{") else { throw error("expected `=` or a block after \(name)") }
                advance()
                let inner = try self.body(openedAt: start, depth: depth + 1)
                body.blocks.append(HCLBlock(type: name, labels: labels, body: inner, line: start))
            }
        }
    }

    private mutating func labels() throws -> [String] {
        var labels: [String] = []
        while let next = peek, next != UInt8(ascii: "{") {
            if next == UInt8(ascii: "\"") {
                let start = position
                try skipString()
                labels.append(HCLBody.unquoted(text(start, position)) ?? text(start, position))
            } else if let word = identifier() {
                labels.append(word)
            } else {
                break
            }
            try skipBlank(newlines: false)
        }
        return labels
    }

    /// An expression ends with its line, unless a bracket is open.
    private mutating func expression() throws -> String {
        let start = position
        // After the last token that is neither blank nor comment.
        var end = position
        var open: [(bracket: UInt8, line: Int)] = []
        loop: while let next = peek {
            switch next {
            case UInt8(ascii: "\n") where open.isEmpty: break loop
            case 0x20, 0x09, 0x0D, 0x0A:
                advance()
                continue
            case _ where isComment:
                try skipComment()
                continue
            case UInt8(ascii: "\""): try skipString()
            case UInt8(ascii: "("), UInt8(ascii: "["), UInt8(ascii: "{"):
                open.append((next, line))
                advance()
            case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
                if open.isEmpty { break loop }
                let pairs: [UInt8: UInt8] = [0x28: 0x29, 0x5B: 0x5D, 0x7B: 0x7D]
                guard pairs[open.removeLast().bracket] == next else { throw error("unmatched brackets") }
                advance()
            case UInt8(ascii: "<") where peek(1) == UInt8(ascii: "<"): try skipHeredoc()
            default: advance()
            }
            end = position
        }
        if let unclosed = open.last {
            throw HCLError(line: unclosed.line, message: "the bracket that opens here is not closed")
        }
        guard end > start else { throw error("expected a value") }
        return text(start, end)
    }

    private mutating func skipString() throws {
        let start = line
        advance()
        while let next = peek {
            switch next {
            case UInt8(ascii: "\\"):
                advance()
                advance()
            case UInt8(ascii: "\""):
                advance()
                return
            case UInt8(ascii: "\n"): throw HCLError(line: start, message: "a string is not closed")
            case UInt8(ascii: "$"), UInt8(ascii: "%"):
                let isEscaped = peek(1) == next
                let isTemplate = peek(1) == UInt8(ascii: "{")
                advance()
                if isEscaped { advance() }
                if isTemplate {
                    advance()
                    try skipTemplate()
                }
            default: advance()
            }
        }
        throw HCLError(line: start, message: "a string is not closed")
    }

    private mutating func skipTemplate() throws {
        let start = line
        // Strings and templates can nest; the limit prevents a stack overflow.
        templates += 1
        defer { templates -= 1 }
        guard templates < 100 else { throw error("templates nested more than 100 deep") }
        var depth = 1
        while let next = peek {
            switch next {
            case UInt8(ascii: "{"):
                depth += 1
                advance()
            case UInt8(ascii: "}"):
                depth -= 1
                advance()
                if depth == 0 { return }
            case UInt8(ascii: "\""): try skipString()
            default: advance()
            }
        }
        throw HCLError(line: start, message: "a template is not closed")
    }

    private mutating func skipHeredoc() throws {
        let start = line
        let from = position
        advance()
        advance()
        if peek == UInt8(ascii: "-") { advance() }
        guard let mark = identifier() else {
            position = from + 1
            return
        }
        while peek != nil {
            while let next = peek, next != UInt8(ascii: "\n") { advance() }
            advance()
            let lineStart = position
            while let next = peek, next == 0x20 || next == 0x09 { advance() }
            if identifier() == mark, peek == nil || peek == UInt8(ascii: "\n") || peek == 0x0D { return }
            position = lineStart
        }
        throw HCLError(line: start, message: "the text that begins with <<\(mark) is not closed")
    }

    private var isComment: Bool {
        peek == UInt8(ascii: "#")
            || peek == UInt8(ascii: "/") && (peek(1) == UInt8(ascii: "/") || peek(1) == UInt8(ascii: "*"))
    }

    private mutating func skipComment() throws {
        let start = line
        if peek == UInt8(ascii: "/"), peek(1) == UInt8(ascii: "*") {
            while peek != nil, !(peek == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) { advance() }
            guard peek != nil else { throw HCLError(line: start, message: "a comment is not closed") }
            advance()
            advance()
        } else {
            while let next = peek, next != UInt8(ascii: "\n") { advance() }
        }
    }

    private mutating func skipBlank(newlines: Bool) throws {
        while let next = peek {
            if next == 0x20 || next == 0x09 || next == 0x0D || (newlines && next == 0x0A) {
                advance()
            } else if isComment {
                try skipComment()
            } else {
                return
            }
        }
    }

    private mutating func identifier() -> String? {
        let start = position
        while let next = peek {
            let isLetter = next >= 0x41 && next <= 0x5A || next >= 0x61 && next <= 0x7A || next == 0x5F || next >= 0x80
            let isInner = next >= 0x30 && next <= 0x39 || next == 0x2D
            guard isLetter || (isInner && position > start) else { break }
            advance()
        }
        return position > start ? text(start, position) : nil
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }
    private func peek(_ offset: Int) -> UInt8? {
        position + offset < bytes.count ? bytes[position + offset] : nil
    }

    private mutating func advance() {
        guard position < bytes.count else { return }
        if bytes[position] == 0x0A { line += 1 }
        position += 1
    }

    private func text(_ start: Int, _ end: Int) -> String { String(decoding: bytes[start..<end], as: UTF8.self) }

    private func error(_ message: String) -> HCLError { HCLError(line: line, message: message) }
}
