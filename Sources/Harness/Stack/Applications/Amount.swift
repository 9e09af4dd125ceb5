/// An amount as Kubernetes writes it: `100m`, `256Mi`, `1.5`.
struct Amount: Equatable, Sendable {
    let value: Double

    /// `nil` for what is no quantity.
    init?(_ json: JSONValue?) {
        guard let text = json?.text else { return nil }
        let digits = text.prefix { $0.isNumber || $0 == "." }
        guard let number = Double(digits), let factor = Self.factors[String(text.dropFirst(digits.count))] else {
            return nil
        }
        value = number * factor
    }

    private static let factors: [String: Double] = [
        "": 1, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "Ki": 0x1p10, "Mi": 0x1p20, "Gi": 0x1p30,
        "Ti": 0x1p40,
    ]
}
