import Foundation

/// Reads block and flow YAML, and with it JSON, in one pass over the bytes.
///
/// It reads the common features of configuration and gives up on the rest: anchors, aliases, tags, directives, explicit
/// keys and malformed text. libyaml then decides, so that one parser defines valid YAML.
struct YAMLTreeParser {
    enum Outcome { case whole, leftToLibYAML }
    private struct Unusual: Error {}

    private(set) var records: [YAMLTree.Record] = []
    private(set) var roots: [Int] = []

    private var text = UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private var at = 0
    private var line: UInt32 = 1
    private var lineStart = 0
    private var lineEnd = 0
    private var depth = 0

    private var column: Int { at - lineStart }

    mutating func parse(_ text: UnsafeBufferPointer<UInt8>) -> Outcome {
        self.text = text
        if text.starts(with: [0xEF, 0xBB, 0xBF]) {
            at = 3
            lineStart = 3
        }
        lineEnd = endOfLine(from: at)
        records.reserveCapacity(text.count / 12)
        do {
            try documents()
            return .whole
        } catch {
            return .leftToLibYAML
        }
    }

    private mutating func documents() throws {
        while true {
            try skipToContent()
            guard at < text.count else { return }
            if isMarker {
                at += 3
                skipBlanks()
                guard at == lineEnd || text[at] == UInt8(ascii: "#") || isEndOfLine else { throw Unusual() }
                continue
            }
            roots.append(records.count)
            try block(parent: -1)
            try skipToContent()
            guard at == text.count || isMarker else { throw Unusual() }
        }
    }

    // MARK: Block collections

    /// - Parameter parent: the column of the enclosing collection.
    private mutating func block(parent: Int) throws {
        switch text[at] {
        case UInt8(ascii: "-") where isBlank(at + 1): try sequence()
        case UInt8(ascii: "?") where isBlank(at + 1): throw Unusual()
        case UInt8(ascii: "["), UInt8(ascii: "{"): try flow()
        case UInt8(ascii: "|"), UInt8(ascii: ">"): try blockScalar(parent: parent)
        default:
            if let colon = try colonOfKey() { try mapping(colon) } else { try scalar(parent: parent) }
        }
    }

    private mutating func sequence() throws {
        let column = column
        let index = try open(.sequence)
        var count: UInt32 = 0
        repeat {
            at += 1
            skipBlanks()
            if isEndOfContent {
                let line = line
                try skipToContent()
                if at < text.count, self.column > column { try block(parent: column) } else { null(line) }
            } else {
                try block(parent: column)
            }
            count += 1
            try skipToContent()
        } while at < text.count && self.column == column && text[at] == UInt8(ascii: "-") && isBlank(at + 1)
        if at < text.count, self.column > column { throw Unusual() }
        close(index, count)
    }

    private mutating func mapping(_ first: Int) throws {
        let column = column
        let index = try open(.mapping)
        var count: UInt32 = 0
        var colon: Int? = first
        repeat {
            guard let end = colon else { throw Unusual() }
            try key(end)
            try value(parent: column)
            count += 1
            try skipToContent()
            guard at < text.count, self.column == column, !isMarker else { break }
            if text[at] == UInt8(ascii: "-"), isBlank(at + 1) { break }
            colon = try colonOfKey()
        } while true
        if at < text.count, self.column > column { throw Unusual() }
        close(index, count)
    }

    private mutating func key(_ colon: Int) throws {
        if text[at] == UInt8(ascii: "\"") || text[at] == UInt8(ascii: "'") {
            try quoted()
        } else {
            var end = colon
            while end > at, text[end - 1] == 0x20 { end -= 1 }
            records.append(.init(kind: .plain, line: line, start: UInt32(at), count: UInt32(end - at)))
            finish()
        }
        at = colon + 1
    }

    /// Parses the value after a key's colon.
    private mutating func value(parent column: Int) throws {
        skipBlanks()
        guard isEndOfContent else {
            switch text[at] {
            case UInt8(ascii: "["), UInt8(ascii: "{"): try flow()
            case UInt8(ascii: "|"), UInt8(ascii: ">"): try blockScalar(parent: column)
            case UInt8(ascii: "-") where isBlank(at + 1): throw Unusual()
            default: try scalar(parent: column)
            }
            return
        }
        let line = line
        try skipToContent()
        guard at < text.count, !isMarker else { return null(line) }
        if self.column > column {
            try block(parent: column)
        } else if self.column == column, text[at] == UInt8(ascii: "-"), isBlank(at + 1) {
            try sequence()
        } else {
            null(line)
        }
    }

    /// If the first word of the line is a key, returns the place of its colon.
    private func colonOfKey() throws -> Int? {
        var from = at
        switch text[at] {
        case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "@"),
            UInt8(ascii: "`"), UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw Unusual()
        case UInt8(ascii: "\""), UInt8(ascii: "'"):
            guard let end = endOfQuoted(from: at), end < lineEnd else { return nil }
            var next = end + 1
            while next < lineEnd, text[next] == 0x20 { next += 1 }
            return next < lineEnd && text[next] == UInt8(ascii: ":") && isBlank(next + 1) ? next : nil
        default: break
        }
        while let colon = find(UInt8(ascii: ":"), from: from, to: lineEnd) {
            if isBlank(colon + 1) {
                return comment(from: at, to: colon) == nil ? colon : nil
            }
            from = colon + 1
        }
        return nil
    }

    // MARK: Scalars

    private mutating func scalar(parent: Int) throws {
        switch text[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): try quoted()
        case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "%"), UInt8(ascii: "@"),
            UInt8(ascii: "`"), UInt8(ascii: ","), UInt8(ascii: "]"), UInt8(ascii: "}"):
            throw Unusual()
        case UInt8(ascii: "?") where isBlank(at + 1): throw Unusual()
        default: try plain(parent: parent)
        }
    }

    private mutating func plain(parent: Int) throws {
        let start = at
        var record = YAMLTree.Record(kind: .plain, line: line, start: UInt32(start), count: 0)
        var end = try plainLine()
        while at >= lineEnd, lineEnd < text.count {
            let here = (at, line, lineStart, lineEnd)
            while at >= lineEnd, lineEnd < text.count {
                nextLine()
                while at < lineEnd, text[at] == 0x20 || text[at] == 0x09 || text[at] == 0x0D { at += 1 }
            }
            guard at < lineEnd, column > parent, text[at] != UInt8(ascii: "#"), !isMarker else {
                (at, line, lineStart, lineEnd) = here
                break
            }
            record.kind = .plainLines
            end = try plainLine()
        }
        record.count = UInt32(end - start)
        records.append(record)
        finish()
    }

    /// - Returns: the end of this line's part of a plain scalar.
    private mutating func plainLine() throws -> Int {
        var from = at
        while let colon = find(UInt8(ascii: ":"), from: from, to: lineEnd) {
            if isBlank(colon + 1), comment(from: at, to: colon) == nil { throw Unusual() }
            from = colon + 1
        }
        let comment = comment(from: at, to: lineEnd)
        var end = comment ?? lineEnd
        while end > at, text[end - 1] == 0x20 || text[end - 1] == 0x09 || text[end - 1] == 0x0D { end -= 1 }
        at = comment ?? lineEnd
        return end
    }

    private mutating func quoted() throws {
        guard let end = endOfQuoted(from: at) else { throw Unusual() }
        let kind: YAMLTree.Kind = text[at] == UInt8(ascii: "'") ? .singleQuoted : .doubleQuoted
        records.append(.init(kind: kind, line: line, start: UInt32(at + 1), count: UInt32(end - at - 1)))
        finish()
        while lineEnd < end { nextLine() }
        at = end + 1
    }

    private func endOfQuoted(from start: Int) -> Int? {
        let quote = text[start]
        var from = start + 1
        while let end = find(quote, from: from, to: text.count) {
            if quote == UInt8(ascii: "'") {
                guard end + 1 < text.count, text[end + 1] == quote else { return end }
                from = end + 2
            } else {
                var slashes = 0
                while text[end - 1 - slashes] == UInt8(ascii: "\\") { slashes += 1 }
                guard slashes % 2 == 1 else { return end }
                from = end + 1
            }
        }
        return nil
    }

    private mutating func blockScalar(parent: Int) throws {
        var record = YAMLTree.Record(
            kind: text[at] == UInt8(ascii: "|") ? .literal : .folded, line: line, start: UInt32(at), count: 0)
        let start = at
        var indent: Int?
        at += 1
        while at < lineEnd, !isBlank(at) {
            switch text[at] {
            case UInt8(ascii: "+"), UInt8(ascii: "-"): break
            case 0x31...0x39 where parent >= 0: indent = parent + Int(text[at] - 0x30)
            default: throw Unusual()
            }
            at += 1
        }
        skipBlanks()
        guard isEndOfContent else { throw Unusual() }
        while lineEnd < text.count {
            let before = (line, lineStart, lineEnd)
            nextLine()
            while at < lineEnd, text[at] == 0x20 { at += 1 }
            if at == lineEnd || text[at] == 0x0D { continue }
            if let indent, column >= indent { continue }
            if indent == nil, column > parent, column > 0 {
                indent = column
                continue
            }
            // This line is no longer part of it.
            if indent == nil, column > parent { throw Unusual() }
            at = lineStart
            (line, lineStart, lineEnd) = before
            break
        }
        if lineEnd == text.count { at = text.count }
        record.indent = UInt16(clamping: indent ?? 0)
        record.count = UInt32(at - start)
        records.append(record)
        finish()
        // The next token begins at the previous line break, so that lines are counted once.
        if at < text.count { at = lineEnd }
    }

    // MARK: Flow collections

    private mutating func flow() throws {
        let isMapping = text[at] == UInt8(ascii: "{")
        let closing = isMapping ? UInt8(ascii: "}") : UInt8(ascii: "]")
        let index = try open(isMapping ? .mapping : .sequence)
        var count: UInt32 = 0
        at += 1
        while true {
            try skipInFlow()
            guard at < text.count else { throw Unusual() }
            if text[at] == closing { break }
            if isMapping {
                try flowScalar()
                try skipInFlow()
                guard at < text.count else { throw Unusual() }
                if text[at] == UInt8(ascii: ":") {
                    at += 1
                    try skipInFlow()
                    guard at < text.count else { throw Unusual() }
                    if text[at] == UInt8(ascii: ",") || text[at] == closing { null(line) } else { try flowValue() }
                } else {
                    null(line)
                }
            } else {
                try flowValue()
            }
            count += 1
            try skipInFlow()
            guard at < text.count else { throw Unusual() }
            if text[at] == UInt8(ascii: ",") { at += 1 } else if text[at] != closing { throw Unusual() }
        }
        at += 1
        close(index, count)
    }

    private mutating func flowValue() throws {
        if text[at] == UInt8(ascii: "[") || text[at] == UInt8(ascii: "{") { try flow() } else { try flowScalar() }
    }

    private mutating func flowScalar() throws {
        switch text[at] {
        case UInt8(ascii: "\""), UInt8(ascii: "'"): return try quoted()
        case UInt8(ascii: "&"), UInt8(ascii: "*"), UInt8(ascii: "!"), UInt8(ascii: "?"), UInt8(ascii: "|"),
            UInt8(ascii: ">"), UInt8(ascii: "%"), UInt8(ascii: "@"), UInt8(ascii: "`"), UInt8(ascii: ","):
            throw Unusual()
        default: break
        }
        let start = at
        scan: while at < lineEnd {
            switch text[at] {
            case UInt8(ascii: ","), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "{"), UInt8(ascii: "}"):
                break scan
            case UInt8(ascii: ":") where isBlank(at + 1) || ",[]{}".utf8.contains(text[at + 1]): break scan
            case UInt8(ascii: "#") where text[at - 1] == 0x20: break scan
            default: at += 1
            }
        }
        var end = at
        while end > start, text[end - 1] == 0x20 || text[end - 1] == 0x0D { end -= 1 }
        guard end > start else { throw Unusual() }
        records.append(.init(kind: .plain, line: line, start: UInt32(start), count: UInt32(end - start)))
        finish()
        // libyaml handles a scalar that continues on the next line.
        try skipInFlow()
        guard at < text.count, ",:]}".utf8.contains(text[at]) else { throw Unusual() }
    }

    private mutating func skipInFlow() throws {
        while at < text.count {
            if at >= lineEnd {
                guard lineEnd < text.count else {
                    at = text.count
                    return
                }
                nextLine()
            } else if text[at] == 0x20 || text[at] == 0x09 || text[at] == 0x0D {
                at += 1
            } else if text[at] == UInt8(ascii: "#") {
                at = lineEnd
            } else {
                return
            }
        }
    }

    // MARK: AsyncSemaphore

    /// Moves to the next token that is neither blank nor comment.
    private mutating func skipToContent() throws {
        var isTabbed = false
        while at < text.count {
            if at >= lineEnd {
                guard lineEnd < text.count else {
                    at = text.count
                    return
                }
                nextLine()
                isTabbed = false
                continue
            }
            switch text[at] {
            case 0x20, 0x0D: at += 1
            case 0x09:
                isTabbed = true
                at += 1
            case UInt8(ascii: "#"): at = lineEnd
            case UInt8(ascii: "%") where column == 0: throw Unusual()
            default:
                if isTabbed { throw Unusual() }
                return
            }
        }
    }

    private mutating func skipBlanks() {
        while at < lineEnd, text[at] == 0x20 || text[at] == 0x09 { at += 1 }
    }

    private mutating func nextLine() {
        lineStart = lineEnd + 1
        at = lineStart
        line += 1
        lineEnd = endOfLine(from: at)
    }

    private func endOfLine(from start: Int) -> Int { find(0x0A, from: start, to: text.count) ?? text.count }

    private var isEndOfLine: Bool { at >= lineEnd || text[at] == 0x0D && at + 1 == lineEnd }
    private var isEndOfContent: Bool { isEndOfLine || text[at] == UInt8(ascii: "#") && text[at - 1] == 0x20 }

    private func isBlank(_ place: Int) -> Bool {
        place >= lineEnd || text[place] == 0x20 || text[place] == 0x09 || text[place] == 0x0D
    }

    /// `---` or `...` at the left margin.
    private var isMarker: Bool {
        guard column == 0, at + 3 <= text.count, isBlank(at + 3) else { return false }
        let byte = text[at]
        return (byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")) && text[at + 1] == byte && text[at + 2] == byte
    }

    private func comment(from start: Int, to end: Int) -> Int? {
        var from = start
        while let mark = find(UInt8(ascii: "#"), from: from, to: end) {
            if mark > start, text[mark - 1] == 0x20 || text[mark - 1] == 0x09 { return mark }
            from = mark + 1
        }
        return nil
    }

    private func find(_ byte: UInt8, from start: Int, to end: Int) -> Int? {
        guard start < end, let base = text.baseAddress, let found = memchr(base + start, Int32(byte), end - start)
        else {
            return nil
        }
        return UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
    }

    // MARK: Records

    private mutating func open(_ kind: YAMLTree.Kind) throws -> Int {
        depth += 1
        guard depth < 200 else { throw Unusual() }
        records.append(.init(kind: kind, line: line, start: UInt32(at), count: 0))
        return records.count - 1
    }

    private mutating func close(_ index: Int, _ count: UInt32) {
        depth -= 1
        records[index].count = count
        records[index].end = UInt32(records.count)
    }

    private mutating func finish() { records[records.count - 1].end = UInt32(records.count) }

    private mutating func null(_ line: UInt32) {
        records.append(.init(kind: .plain, line: line, start: 0, count: 0))
        finish()
    }
}
