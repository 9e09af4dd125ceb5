/// A quantity of Kubernetes: `100m`, `1.5Gi`, `2e3`.
package struct Quantity: Sendable {
    /// Values above 2^63 - 1 are clamped.
    package let value: Double

    private static let units: [Substring: Double] = [
        "": 1, "n": 1e-9, "u": 1e-6, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18,
        "Ki": 1_024, "Mi": 1_048_576, "Gi": 1_073_741_824, "Ti": 1_099_511_627_776, "Pi": 1_125_899_906_842_624,
        "Ei": 1_152_921_504_606_846_976,
    ]

    package init?(_ text: String) {
        guard let match = text.wholeMatch(of: /([+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+))([eE][+-]?[0-9]+|[A-Za-z]*)/),
            let number = Double(match.1)
        else { return nil }
        guard let value = Self.units[match.2].map({ number * $0 }) ?? Double(match.1 + match.2) else { return nil }
        let most = 0x1p63.nextDown
        self.value = min(max(value, -most), most)
    }
}
