import CByteMask

/// Output under construction: grows by doubling, and writes without a check where `reserve` made room before.
struct ByteWriter: ~Copyable {
    private(set) var start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private var capacity: Int
    /// Writers of whole words may touch so many bytes past the end.
    private static let slack = 64

    init(capacity: Int = 4096) {
        self.capacity = capacity
        start = .allocate(capacity: capacity + Self.slack)
    }

    deinit { start.deallocate() }

    var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: start, count: count) }

    mutating func removeAll() { count = 0 }

    /// Makes room for so many bytes: what is written next must not be more.
    @inline(__always)
    mutating func reserve(_ more: Int) {
        if count + more > capacity { grow(more) }
    }

    @inline(never)
    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let moved = UnsafeMutablePointer<UInt8>.allocate(capacity: larger + Self.slack)
        moved.update(from: start, count: count)
        start.deallocate()
        start = moved
        capacity = larger
    }

    /// Counts bytes that were written at the end from outside. Room must have been there.
    mutating func advance(_ written: Int) { count += written }

    /// Room must be there.
    @inline(__always)
    mutating func put(_ byte: UInt8) {
        start[count] = byte
        count += 1
    }

    /// Room must be there.
    @inline(__always)
    mutating func put(_ bytes: UnsafePointer<UInt8>, _ length: Int) {
        UnsafeMutableRawPointer(start + count).copyMemory(from: bytes, byteCount: length)
        count += length
    }

    /// Room must be there.
    @inline(__always)
    mutating func put(_ label: Label) {
        let from = UnsafeRawPointer(label.bytes)
        let to = UnsafeMutableRawPointer(start + count)
        to.storeBytes(of: from.loadUnaligned(as: SIMD32<UInt8>.self), as: SIMD32<UInt8>.self)
        if label.count > 32 {
            to.storeBytes(
                of: from.loadUnaligned(fromByteOffset: 32, as: SIMD32<UInt8>.self), toByteOffset: 32,
                as: SIMD32<UInt8>.self)
        }
        count += label.count
    }

    mutating func append(_ text: String) {
        var text = text
        text.withUTF8 {
            guard let base = $0.baseAddress else { return }
            reserve($0.count)
            put(base, $0.count)
        }
    }

    /// Room for 20 bytes must be there.
    @inline(__always)
    mutating func put(number: Int64) {
        if number < 0 { put(UInt8(ascii: "-")) }
        var rest = number.magnitude
        if rest < 10 {
            put(UInt8(truncatingIfNeeded: rest) + 0x30)
            return
        }
        var length = 0
        var probe = rest
        while probe > 0 {
            probe /= 10
            length += 1
        }
        var place = count + length
        while rest > 0 {
            place -= 1
            start[place] = UInt8(truncatingIfNeeded: rest % 10) + 0x30
            rest /= 10
        }
        count += length
    }

    /// Hundredths as an amount with two decimals. Room for 22 bytes must be there.
    @inline(__always)
    mutating func put(money: Int64) {
        if money < 0 { put(UInt8(ascii: "-")) }
        let (whole, cents) = money.magnitude.quotientAndRemainder(dividingBy: 100)
        put(number: Int64(whole))
        put(UInt8(ascii: "."))
        put(UInt8(truncatingIfNeeded: cents / 10) + 0x30)
        put(UInt8(truncatingIfNeeded: cents % 10) + 0x30)
    }

    /// UTF-8 as the inside of a JSON string, with no more escapes than RFC 8259 demands. Room for six times its bytes
    /// must be there.
    ///
    /// - Parameter bytes: 64 more may be read, whatever `length` says.
    @inline(__always)
    mutating func put(json bytes: UnsafePointer<UInt8>, _ length: Int) {
        var done = 0
        while done < length {
            let block = length - done < 64 ? length - done : 64
            let plain = min(json_string_stop(bytes + done).trailingZeroBitCount, block)
            (start + count).update(from: bytes + done, count: plain)
            count += plain
            done += plain
            if plain < block {
                putEscaped(bytes[done])
                done += 1
            }
        }
    }

    private mutating func putEscaped(_ byte: UInt8) {
        put(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: put(UInt8(ascii: "b"))
        case 0x09: put(UInt8(ascii: "t"))
        case 0x0A: put(UInt8(ascii: "n"))
        case 0x0C: put(UInt8(ascii: "f"))
        case 0x0D: put(UInt8(ascii: "r"))
        case 0x22, 0x5C: put(byte)
        default:
            for character in [0x75, 0x30, 0x30, 0x30 + byte >> 4] as [UInt8] { put(character) }
            let low = byte & 15
            put(low < 10 ? 0x30 + low : 0x61 + low - 10)
        }
    }
}

/// A short piece of output that never changes, such as `,"amount":`.
struct Label {
    let bytes: UnsafePointer<UInt8>
    let count: Int

    /// - Parameter text: at most 64 bytes of UTF-8.
    init(_ text: String) {
        precondition(text.utf8.count <= 64)
        let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 64)
        memory.initialize(repeating: 0, count: 64)
        for (index, byte) in text.utf8.enumerated() { memory[index] = byte }
        bytes = UnsafePointer(memory)
        count = text.utf8.count
    }

    func deallocate() { bytes.deallocate() }
}
