/// A record that matches its schema: typed values, and the bytes that they were read from.
///
/// It is valid during the call that it is given to: the memory belongs to the reader.
struct Row {
    let number: Int
    let values: UnsafeMutablePointer<Int64>
    let fields: UnsafeMutablePointer<RawField>
    /// Bit i is set where field i is there.
    var present: UInt64

    func isPresent(_ field: Int) -> Bool { present & (1 << UInt64(field)) != 0 }
}
