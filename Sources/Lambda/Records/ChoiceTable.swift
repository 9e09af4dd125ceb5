/// Finds a value among few short ones: one probe of an open-addressed table, without a `String`.
struct ChoiceTable {
    private struct Slot {
        var low: UInt64 = 0
        var high: UInt64 = 0
        var index: Int64 = -1
    }

    private let slots: UnsafeMutablePointer<Slot>
    private let mask: Int

    /// - Parameter values: different ones of 1 to 16 bytes.
    init(_ values: [String]) {
        var size = 64
        while size < values.count * 4 { size *= 2 }
        slots = .allocate(capacity: size)
        slots.initialize(repeating: Slot(), count: size)
        mask = size - 1
        for (index, value) in values.enumerated() {
            precondition((1...16).contains(value.utf8.count), "a choice has 1 to 16 bytes")
            let padded = Array(value.utf8) + [UInt8](repeating: 0, count: 16)
            let (low, high) = padded.withUnsafeBufferPointer { Self.words($0.baseAddress!, value.utf8.count) }
            var place = hash(low, high, value.utf8.count)
            while slots[place].index >= 0 { place = (place + 1) & mask }
            slots[place] = Slot(low: low, high: high, index: Int64(index))
        }
    }

    func deallocate() { slots.deallocate() }

    /// - Parameter bytes: 16 may be read, whatever `count` says.
    @inline(__always)
    func index(_ bytes: UnsafePointer<UInt8>, count: Int) -> Int64? {
        guard count >= 1, count <= 16 else { return nil }
        let (low, high) = Self.words(bytes, count)
        var place = hash(low, high, count)
        while slots[place].index >= 0 {
            if slots[place].low == low, slots[place].high == high { return slots[place].index }
            place = (place + 1) & mask
        }
        return nil
    }

    @inline(__always)
    private static func words(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> (UInt64, UInt64) {
        let raw = UnsafeRawPointer(bytes)
        var low = raw.loadUnaligned(as: UInt64.self)
        var high = raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
        if count <= 8 {
            high = 0
            low &= ~0 >> UInt64(64 - 8 * count)
        } else {
            high &= ~0 >> UInt64(128 - 8 * count)
        }
        return (low, high)
    }

    @inline(__always)
    private func hash(_ low: UInt64, _ high: UInt64, _ count: Int) -> Int {
        let mixed = (low ^ (high &* 0x9E37_79B9_7F4A_7C15) ^ UInt64(count)) &* 0x9E37_79B9_7F4A_7C15
        return Int(truncatingIfNeeded: mixed >> 40) & mask
    }
}
