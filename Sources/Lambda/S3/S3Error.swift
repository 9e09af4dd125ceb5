/// An answer of S3 that is not the one hoped for.
struct S3Error: Error, CustomStringConvertible {
    let operation: String
    let status: Int
    /// As S3 writes it: `NoSuchKey`, `SlowDown`.
    let code: String
    let message: String

    init(_ operation: String, status: Int, body: String) {
        self.operation = operation
        self.status = status
        // A HEAD request's answer has no body: the status is all there is.
        code = XMLText.first("Code", in: body) ?? "HTTP\(status)"
        message = XMLText.first("Message", in: body) ?? ""
    }

    /// Whether the same request may succeed later ("Error responses" in the Amazon S3 API Reference).
    var isPassing: Bool {
        if status >= 500 || status == 429 || status == 408 { return true }
        return ["SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "OperationAborted", "InternalError"].contains(
            code)
            || isExpired
    }

    /// Whether new credentials may help.
    var isExpired: Bool { ["ExpiredToken", "TokenRefreshRequired"].contains(code) }

    var description: String { "\(operation): \(status) \(code)\(message.isEmpty ? "" : ", \(message)")" }
}
