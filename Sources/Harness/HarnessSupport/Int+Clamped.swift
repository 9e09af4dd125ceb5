extension Int {
    /// Rounds towards zero. Returns 0 for NaN, and the nearest bound for values beyond ±2^62.
    package init(clamped value: Double) {
        let most = 0x1p62
        self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -most), most))
    }
}
