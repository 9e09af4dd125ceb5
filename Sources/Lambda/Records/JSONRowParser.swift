import CByteMask

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Reads one JSON object into the schema's fields, without building anything in between.
///
/// Members usually come in the schema's order; each name is compared with the expected one first.
struct JSONRowParser {
    /// Objects and arrays within each other, the row itself among them.
    static let depthLimit = 32

    /// In the schema's order; valid until the next line.
    let fields: UnsafeMutablePointer<RawField>
    private let names: UnsafeMutablePointer<Label>
    private let fieldCount: Int
    private let scratch: UnsafeMutablePointer<UInt8>
    private var used = 0
    private var text = UnsafePointer<UInt8>(bitPattern: 1)!
    private var index = 0
    private var end = 0

    init(_ schema: Schema, rowLimit: Int) {
        fieldCount = schema.fields.count
        fields = .allocate(capacity: fieldCount)
        names = .allocate(capacity: fieldCount)
        scratch = allocateZeroed(rowLimit + Window.slack)
        for (index, field) in schema.fields.enumerated() { (names + index).initialize(to: Label(field.name)) }
    }

    func deallocate() {
        fields.deallocate()
        for index in 0..<fieldCount { names[index].deallocate() }
        names.deallocate()
        free(scratch)
    }

    static func isBlank(_ line: UnsafePointer<UInt8>, count: Int) -> Bool {
        var index = 0
        while index < count, line[index] == 0x20 || line[index] == 0x0D || line[index] == 0x09 { index += 1 }
        return index == count
    }

    /// - Parameter line: UTF-8 without a line feed; 64 bytes more may be read.
    /// - Returns: what is wrong with the row as a whole, syntax before content.
    mutating func parse(_ line: UnsafePointer<UInt8>, count: Int) -> Rejection? {
        let absent = RawField(start: line, count: 0, kind: .absent)
        for field in 0..<fieldCount { fields[field] = absent }
        (text, index, end, used) = (line, 0, count, 0)
        var problem: Rejection?
        var seen: UInt64 = 0
        var expected = 0
        skipSpace()
        guard take(UInt8(ascii: "{")) else { return failure() }
        skipSpace()
        if !take(UInt8(ascii: "}")) {
            while true {
                guard take(UInt8(ascii: "\"")) else { return failure() }
                let field: Int?
                if expected < fieldCount, isNext(names[expected]) {
                    field = expected
                    index += names[expected].count + 1
                } else {
                    guard let name = string() else { return failure() }
                    field = name.kind == .string ? find(name) : nil
                }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { return failure() }
                skipSpace()
                guard let value = value(depth: 1) else { return failure() }
                if let field {
                    if seen & (1 << UInt64(field)) != 0 {
                        problem = problem ?? Rejection(.repeatedField)
                    }
                    seen |= 1 << UInt64(field)
                    fields[field] = value
                    expected = field + 1
                } else {
                    problem = problem ?? Rejection(.unknownField)
                }
                skipSpace()
                if take(UInt8(ascii: ",")) {
                    skipSpace()
                    continue
                }
                guard take(UInt8(ascii: "}")) else { return failure() }
                break
            }
        }
        skipSpace()
        return index == end ? problem : failure()
    }

    private func failure() -> Rejection { Rejection(.notAnObject) }

    @inline(__always)
    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < end, text[index] == byte else { return false }
        index += 1
        return true
    }

    @inline(__always)
    private mutating func skipSpace() {
        while index < end, text[index] <= 0x20,
            text[index] == 0x20 || text[index] == 0x09 || text[index] == 0x0D || text[index] == 0x0A
        {
            index += 1
        }
    }

    /// Whether this name and its closing quotation mark come next.
    @inline(__always)
    private func isNext(_ name: Label) -> Bool {
        guard index + name.count < end, text[index + name.count] == UInt8(ascii: "\"") else { return false }
        return isSame(text + index, name)
    }

    /// A label's memory is padded to 64 bytes, a line's to more.
    @inline(__always)
    private func isSame(_ bytes: UnsafePointer<UInt8>, _ name: Label) -> Bool {
        var offset = 0
        while offset < name.count {
            let difference =
                UnsafeRawPointer(bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                ^ UnsafeRawPointer(name.bytes).loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let rest = name.count - offset
            let wanted: UInt64 = rest >= 8 ? ~0 : ~0 >> UInt64(64 - 8 * rest)
            if difference & wanted != 0 { return false }
            offset += 8
        }
        return true
    }

    private func find(_ name: RawField) -> Int? {
        for field in 0..<fieldCount where names[field].count == name.count && isSame(name.start, names[field]) {
            return field
        }
        return nil
    }

    /// - Returns: `nil` when what comes next is not a JSON value.
    @inline(__always)
    private mutating func value(depth: Int) -> RawField? {
        guard index < end else { return nil }
        let byte = text[index]
        if byte == UInt8(ascii: "\"") {
            index += 1
            return string()
        }
        if byte &- 0x30 <= 9 || byte == UInt8(ascii: "-") { return number() }
        return anything(depth: depth)
    }

    /// The rest of a string whose quotation mark is behind us.
    @inline(__always)
    private mutating func string() -> RawField? {
        let start = index
        while index < end {
            let stop = json_string_stop(text + index).trailingZeroBitCount
            index += stop
            if stop == 64 { continue }
            guard index < end else { return nil }
            if text[index] == UInt8(ascii: "\"") {
                index += 1
                return RawField(start: text + start, count: index - 1 - start, kind: .string)
            }
            return text[index] == UInt8(ascii: "\\") ? escapedString(from: start) : nil
        }
        return nil
    }

    /// A string with escapes, resolved into the scratch memory.
    @inline(never)
    private mutating func escapedString(from start: Int) -> RawField? {
        let scratchStart = used
        var kind = RawField.Kind.string
        index = start
        while index < end {
            let byte = text[index]
            index += 1
            if byte == UInt8(ascii: "\"") {
                return RawField(start: scratch + scratchStart, count: used - scratchStart, kind: kind)
            }
            if byte < 0x20 { return nil }
            guard byte == UInt8(ascii: "\\") else {
                put(byte)
                continue
            }
            guard index < end else { return nil }
            let escape = text[index]
            index += 1
            switch escape {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): put(escape)
            case UInt8(ascii: "b"): put(0x08)
            case UInt8(ascii: "f"): put(0x0C)
            case UInt8(ascii: "n"): put(0x0A)
            case UInt8(ascii: "r"): put(0x0D)
            case UInt8(ascii: "t"): put(0x09)
            case UInt8(ascii: "u"):
                guard var code = hexadecimal() else { return nil }
                if (0xD800...0xDBFF).contains(code), index + 1 < end, text[index] == UInt8(ascii: "\\"),
                    text[index + 1] == UInt8(ascii: "u")
                {
                    let mark = index
                    index += 2
                    guard let low = hexadecimal() else { return nil }
                    if (0xDC00...0xDFFF).contains(low) {
                        code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                    } else {
                        index = mark
                    }
                }
                if let scalar = Unicode.Scalar(code) {
                    for unit in UTF8.encode(scalar)! { put(unit) }
                } else {
                    kind = .brokenString
                }
            default: return nil
            }
        }
        return nil
    }

    /// What is resolved is never longer than its escape: the scratch memory holds a whole line.
    private mutating func put(_ byte: UInt8) {
        scratch[used] = byte
        used += 1
    }

    private mutating func hexadecimal() -> UInt32? {
        guard index + 4 <= end else { return nil }
        var code: UInt32 = 0
        for _ in 0..<4 {
            let byte = text[index]
            index += 1
            switch byte {
            case 0x30...0x39: code = code << 4 | UInt32(byte - 0x30)
            case 0x41...0x46: code = code << 4 | UInt32(byte - 0x37)
            case 0x61...0x66: code = code << 4 | UInt32(byte - 0x57)
            default: return nil
            }
        }
        return code
    }

    @inline(__always)
    private mutating func number() -> RawField? {
        let start = index
        if text[index] == UInt8(ascii: "-") { index += 1 }
        let first = index
        guard digits() else { return nil }
        if text[first] == 0x30, index - first > 1 { return nil }
        if index < end, text[index] == UInt8(ascii: ".") {
            index += 1
            guard digits() else { return nil }
        }
        if index < end, text[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            if index < end, text[index] == UInt8(ascii: "+") || text[index] == UInt8(ascii: "-") { index += 1 }
            guard digits() else { return nil }
        }
        return RawField(start: text + start, count: index - start, kind: .number)
    }

    @inline(__always)
    private mutating func digits() -> Bool {
        let start = index
        while index < end, text[index] &- 0x30 <= 9 { index += 1 }
        return index > start
    }

    /// Literals, objects and arrays.
    @inline(never)
    private mutating func anything(depth: Int) -> RawField? {
        let start = index
        switch text[index] {
        case UInt8(ascii: "t"): return literal("true") ? RawField(start: text + start, count: 4, kind: .other) : nil
        case UInt8(ascii: "f"): return literal("false") ? RawField(start: text + start, count: 5, kind: .other) : nil
        case UInt8(ascii: "n"): return literal("null") ? RawField(start: text + start, count: 0, kind: .absent) : nil
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            guard depth < Self.depthLimit, container(isObject: text[index] == UInt8(ascii: "{"), depth: depth + 1)
            else { return nil }
            return RawField(start: text + start, count: index - start, kind: .other)
        default: return nil
        }
    }

    private mutating func container(isObject: Bool, depth: Int) -> Bool {
        let close = isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")
        index += 1
        skipSpace()
        if take(close) { return true }
        while true {
            if isObject {
                guard take(UInt8(ascii: "\"")), string() != nil else { return false }
                skipSpace()
                guard take(UInt8(ascii: ":")) else { return false }
                skipSpace()
            }
            guard value(depth: depth) != nil else { return false }
            skipSpace()
            if take(close) { return true }
            guard take(UInt8(ascii: ",")) else { return false }
            skipSpace()
        }
    }

    private mutating func literal(_ word: StaticString) -> Bool {
        guard index + word.utf8CodeUnitCount <= end else { return false }
        for offset in 0..<word.utf8CodeUnitCount where text[index + offset] != word.utf8Start[offset] { return false }
        index += word.utf8CodeUnitCount
        return true
    }
}
