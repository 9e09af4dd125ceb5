/// Decimal numbers as JSON writes them, read as whole multiples of a power of ten. No binary fraction is involved, so
/// that sums are exact.
enum DecimalNumber {
    enum Failure: Error {
        case malformed
        /// More decimals than the scale has room for.
        case tooFine
        /// Beyond 18 digits.
        case tooLarge
    }

    /// Reads `-?digits(.digits)?([eE][+-]?digits)?`.
    ///
    /// - Parameter scale: how many decimals count: 2 turns `12.5` into 1250.
    @inline(__always)
    static func parse(_ bytes: UnsafePointer<UInt8>, count: Int, scale: Int) throws(Failure) -> Int64 {
        // Nearly all numbers are short and plain: sign, up to 15 digits, at most `scale` decimals.
        var index = 0
        var value: Int64 = 0
        let isNegative = count > 0 && bytes[0] == UInt8(ascii: "-")
        if isNegative { index = 1 }
        let first = index
        while index < count, index - first < 15 {
            let digit = bytes[index] &- UInt8(ascii: "0")
            if digit > 9 { break }
            value = value &* 10 &+ Int64(digit)
            index += 1
        }
        if index > first {
            var decimals = 0
            if index < count - 1, bytes[index] == UInt8(ascii: ".") {
                index += 1
                while index < count, decimals < scale {
                    let digit = bytes[index] &- UInt8(ascii: "0")
                    if digit > 9 { break }
                    value = value &* 10 &+ Int64(digit)
                    decimals += 1
                    index += 1
                }
            }
            if index == count {
                while decimals < scale {
                    value &*= 10
                    decimals += 1
                }
                return isNegative ? -value : value
            }
        }
        return try parseAny(bytes, count: count, scale: scale)
    }

    /// Every form: any number of digits, exponents, zeros at either end.
    private static func parseAny(_ bytes: UnsafePointer<UInt8>, count: Int, scale: Int) throws(Failure) -> Int64 {
        var index = 0
        func digits() -> Range<Int> {
            let start = index
            while index < count, bytes[index] &- UInt8(ascii: "0") <= 9 { index += 1 }
            return start..<index
        }
        let isNegative = count > 0 && bytes[0] == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let whole = digits()
        guard !whole.isEmpty else { throw .malformed }
        var fraction = index..<index
        if index < count, bytes[index] == UInt8(ascii: ".") {
            index += 1
            fraction = digits()
            guard !fraction.isEmpty else { throw .malformed }
        }
        var exponent = 0
        if index < count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            index += 1
            var isBelow = false
            if index < count, bytes[index] == UInt8(ascii: "+") || bytes[index] == UInt8(ascii: "-") {
                isBelow = bytes[index] == UInt8(ascii: "-")
                index += 1
            }
            let power = digits()
            guard !power.isEmpty else { throw .malformed }
            for position in power { exponent = min(exponent * 10 + Int(bytes[position] - 0x30), 1_000_000) }
            if isBelow { exponent = -exponent }
        }
        guard index == count else { throw .malformed }

        // value = significant digits × 10^power
        var power = exponent - fraction.count
        var significant: [UInt8] = []
        for position in whole.lowerBound..<fraction.upperBound where bytes[position] != UInt8(ascii: ".") {
            if significant.isEmpty, bytes[position] == 0x30 { continue }
            significant.append(bytes[position] - 0x30)
        }
        while significant.last == 0 {
            significant.removeLast()
            power += 1
        }
        guard !significant.isEmpty else { return 0 }
        guard power + scale >= 0 else { throw .tooFine }
        guard significant.count + power + scale <= 18 else { throw .tooLarge }
        var value: Int64 = 0
        for digit in significant { value = value * 10 + Int64(digit) }
        for _ in 0..<(power + scale) { value *= 10 }
        return isNegative ? -value : value
    }
}
