/// What a record must look like: the one declaration that a new kind of record needs.
public struct Schema: Sendable {
    public let name: String
    /// At most 64.
    public let fields: [Field]

    public init(name: String, fields: [Field]) {
        precondition(fields.count <= 64, "presence is kept in 64 bits")
        self.name = name
        self.fields = fields
    }
}

/// One column of a CSV file, one member of a JSON object.
public struct Field: Sendable {
    public let name: String
    public let kind: Kind
    public let isRequired: Bool

    public enum Kind: Sendable {
        /// UTF-8 of at most so many bytes.
        case text(atMost: Int)
        /// One of these; its position becomes the value.
        case choice([String])
        /// A whole number.
        case integer(ClosedRange<Int64>)
        /// An amount with at most two decimals; the value counts hundredths.
        case money(ClosedRange<Int64>)
        /// `YYYY-MM-DD`; the value counts days since 1970-01-01.
        case date(ClosedRange<CivilDate>)
    }

    public init(_ name: String, _ kind: Kind, isRequired: Bool = true) {
        precondition(name.utf8.count <= 32 && name.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x5C })
        self.name = name
        self.kind = kind
        self.isRequired = isRequired
    }
}
