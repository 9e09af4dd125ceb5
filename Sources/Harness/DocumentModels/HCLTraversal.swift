/// A traversal in an expression, for example `module.a.id`, without indexes.
package struct HCLTraversal {
    package let names: [String]
    /// Lines below the expression's first.
    package let line: Int

    package static func all(in expression: String) -> [HCLTraversal] {
        let code = withoutText(Array(expression.utf8))
        var found: [HCLTraversal] = []
        var (index, line) = (0, 0)
        while index < code.count {
            if code[index] == 0x0A { line += 1 }
            guard isStart(code[index]), index == 0 || !isPart(code[index - 1]) && code[index - 1] != 0x2E else {
                index += 1
                continue
            }
            var (names, end) = ([String](), index)
            while end < code.count, isStart(code[end]) {
                let start = end
                while end < code.count, isPart(code[end]) { end += 1 }
                names.append(String(decoding: code[start..<end], as: UTF8.self))
                // An index is parsed separately.
                if end < code.count, code[end] == UInt8(ascii: "["),
                    let close = code[end...].firstIndex(of: UInt8(ascii: "]"))
                {
                    end = close + 1
                }
                guard end < code.count, code[end] == 0x2E else { break }
                end += 1
            }
            found.append(HCLTraversal(names: names, line: line))
            while index < code.count, isPart(code[index]) { index += 1 }
        }
        return found
    }

    private static func isStart(_ byte: UInt8) -> Bool {
        byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A || byte == 0x5F
    }

    private static func isPart(_ byte: UInt8) -> Bool {
        isStart(byte) || byte >= 0x30 && byte <= 0x39 || byte == 0x2D
    }

    private enum Level {
        case code(braces: Int)
        case string
        case heredoc(marker: [UInt8])
    }

    /// The expression with comments and quoted text outside `${ }` replaced by blanks.
    private static func withoutText(_ text: [UInt8]) -> [UInt8] {
        var code: [UInt8] = []
        var levels: [Level] = [.code(braces: 0)]
        var index = 0
        func at(_ word: String, _ place: Int) -> Bool { text[min(place, text.count)...].starts(with: word.utf8) }
        func blank(_ count: Int) {
            for byte in text[min(index, text.count)..<min(index + count, text.count)] {
                code.append(byte == 0x0A ? byte : 0x20)
            }
            index += count
        }
        func line(from place: Int) -> ArraySlice<UInt8> { text[min(place, text.count)...].prefix { $0 != 0x0A } }
        while index < text.count, let level = levels.last {
            switch level {
            case .code(let braces):
                if at("#", index) || at("//", index) {
                    blank(line(from: index).count)
                } else if at("\"", index) {
                    levels.append(.string)
                    blank(1)
                } else if at("<<", index) {
                    let marker = line(from: index).drop { $0 == 0x3C || $0 == 0x2D }.filter { $0 > 0x20 }
                    blank(line(from: index).count)
                    if !marker.isEmpty { levels.append(.heredoc(marker: marker)) }
                } else {
                    switch text[index] {
                    case UInt8(ascii: "{"): levels[levels.count - 1] = .code(braces: braces + 1)
                    case UInt8(ascii: "}") where braces == 0 && levels.count > 1: levels.removeLast()
                    case UInt8(ascii: "}"): levels[levels.count - 1] = .code(braces: max(0, braces - 1))
                    default: break
                    }
                    code.append(text[index])
                    index += 1
                }
            case .string where at("\\", index): blank(2)
            case .string where at("\"", index):
                levels.removeLast()
                blank(1)
            case .heredoc(let marker) where at("\n", index) && line(from: index + 1).filter { $0 > 0x20 } == marker:
                levels.removeLast()
                blank(1 + line(from: index + 1).count)
            case _ where at("$${", index) || at("%%{", index): blank(3)
            case _ where at("${", index) || at("%{", index):
                levels.append(.code(braces: 0))
                blank(2)
            default: blank(1)
            }
        }
        return code
    }
}
