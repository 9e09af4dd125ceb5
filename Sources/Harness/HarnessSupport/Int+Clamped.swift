extension Int {
    /// Towards zero; what is not a number is none, and what is infinite or beyond 2^62 is that.
    package init(clamped value: Double) {
        let most = 0x1p62
        self = value.isNaN ? 0 : Int(Swift.min(Swift.max(value, -most), most))
    }
}
