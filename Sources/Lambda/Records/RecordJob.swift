/// What is done with records: the part that a new kind of record replaces. It knows no format and no storage.
protocol RecordJob {
    static var schema: Schema { get }

    /// Takes a record that matches the schema, and writes it out as one line where `writesRows` says so.
    ///
    /// - Returns: what is wrong when fields contradict each other; nothing is written then.
    mutating func accept(_ row: borrowing Row, into output: inout ByteWriter, writesRows: Bool) -> Contradiction?

    /// What the accepted records add up to, as members of a JSON object.
    func summary() -> [(String, JSONText)]
}

/// Two fields that cannot both be right.
struct Contradiction {
    let field: Int
    let text: StaticString
}
