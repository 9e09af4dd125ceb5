/// A field's bytes where they lie: in the window, or in the scratch memory when something had to be unescaped.
struct RawField {
    var start: UnsafePointer<UInt8>
    var count: Int
    var kind: Kind

    enum Kind: UInt8 {
        /// Of a CSV file, which has no types.
        case plain
        case string
        /// A JSON string with half a surrogate pair: valid JSON, but no text.
        case brokenString
        case number
        /// `true`, `false`, an object or an array: no field is one.
        case other
        /// `null`, or not there.
        case absent
    }
}
