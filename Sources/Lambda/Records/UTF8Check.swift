/// Whether bytes are UTF-8, quick for ASCII.
///
/// - Parameter bytes: 64 more may be read, whatever `count` says.
@inline(__always)
func isUTF8(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
    let raw = UnsafeRawPointer(bytes)
    var index = 0
    while index < count {
        let block = raw.loadUnaligned(fromByteOffset: index, as: SIMD32<UInt8>.self)
        let words = unsafeBitCast(block, to: SIMD4<UInt64>.self)
        var high = (words[0] | words[1] | words[2] | words[3]) & 0x8080_8080_8080_8080
        if high != 0, count - index < 32 {
            // The last block reaches past the end: look at its own bytes only.
            high = 0
            for position in index..<count where bytes[position] >= 0x80 { high = 1 }
        }
        if high != 0 { return isUTF8Slowly(bytes, count: count) }
        index += 32
    }
    return true
}

/// Unicode 16, table 3-7 "Well-Formed UTF-8 Byte Sequences".
@inline(never)
private func isUTF8Slowly(_ bytes: UnsafePointer<UInt8>, count: Int) -> Bool {
    var index = 0
    while index < count {
        let first = bytes[index]
        if first < 0x80 {
            index += 1
            continue
        }
        let length: Int
        var second: ClosedRange<UInt8> = 0x80...0xBF
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xE1...0xEF: length = 3
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: length = 4
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return false
        }
        guard index + length <= count, second.contains(bytes[index + 1]) else { return false }
        for offset in 2..<max(2, length) where !(0x80...0xBF).contains(bytes[index + offset]) { return false }
        index += length
    }
    return true
}
