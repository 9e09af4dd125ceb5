/// Counts of amounts in buckets whose width grows with the amount, so that a quantile is known to within 1/256 of
/// its value: 0.4 %.
///
/// Integers below 256 have a bucket each; above, each power of two is divided into 128 buckets. Only integers are
/// involved, so that every machine and every order of rows gives the same answer.
struct QuantileSketch {
    static let relativeError = 1.0 / 256

    /// How many buckets amounts up to `largest` need.
    static func bucketCount(upTo largest: Int64) -> Int { bucket(of: largest) + 1 }

    @inline(__always)
    static func bucket(of amount: Int64) -> Int {
        if amount < 256 { return Int(amount) }
        let exponent = 63 - amount.leadingZeroBitCount
        return 256 + (exponent - 8) * 128 + Int(amount >> Int64(exponent - 7)) & 127
    }

    /// The middle of a bucket.
    static func amount(of bucket: Int) -> Int64 {
        if bucket < 256 { return Int64(bucket) }
        let (octave, part) = (bucket - 256).quotientAndRemainder(dividingBy: 128)
        let width = Int64(1) << Int64(octave + 1)
        return Int64(128 + part) * width + width / 2
    }

    /// The nearest-rank quantile: the smallest amount that at least `permille` thousandths of all do not exceed.
    static func quantile(_ permille: Int64, of counts: UnsafePointer<Int64>, buckets: Int, total: Int64) -> Int64 {
        let rank = (permille * total + 999) / 1000
        var seen: Int64 = 0
        for bucket in 0..<buckets {
            seen += counts[bucket]
            if seen >= rank { return amount(of: bucket) }
        }
        return 0
    }
}
