/// What became of one object.
struct Outcome: Sendable {
    struct Statistics: Sendable {
        let bytesRead: Int
        let rowsRead: Int
        let rowsAccepted: Int
        let rowsRejected: Int
        let milliseconds: Int
    }

    /// Why there are no results, and never will be.
    struct Refusal: Sendable {
        let type: String
        let message: String
    }

    let object: S3Object
    var statistics: Statistics?
    var summaryKey: String?
    var refusal: Refusal?

    var json: JSONText {
        var members = [("bucket", JSONText(string: object.bucket)), ("key", JSONText(string: object.key))]
        if let statistics, let summaryKey {
            members += [
                ("rows_read", JSONText(statistics.rowsRead)), ("rows_accepted", JSONText(statistics.rowsAccepted)),
                ("rows_rejected", JSONText(statistics.rowsRejected)), ("summary", JSONText(string: summaryKey)),
            ]
        }
        if let refusal { members.append(("refused", JSONText(string: "\(refusal.type): \(refusal.message)"))) }
        return JSONText(object: members)
    }
}
