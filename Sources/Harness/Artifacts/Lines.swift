extension StringProtocol {
    /// The lines without their ends. Swift counts CR LF as one character, which a split at `"\n"` would pass over.
    var lines: [SubSequence] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }
}
