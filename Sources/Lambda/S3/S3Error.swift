import NIOCore

/// An answer of S3 that is not the one hoped for.
struct S3Error: Error, CustomStringConvertible {
    let operation: String
    let status: Int
    /// As S3 writes it: `NoSuchKey`, `SlowDown`.
    let code: String
    let message: String
    /// How long S3 asks to wait, at most an hour.
    let retryAfter: TimeAmount?

    /// - Parameter retryAfter: the header's value. A number of seconds counts; a date, which S3 does not send, does not.
    init(_ operation: String, status: Int, body: String, retryAfter: String? = nil) {
        self.operation = operation
        self.status = status
        // A HEAD request's answer has no body: the status is all there is.
        code = XMLText.first("Code", in: body) ?? "HTTP\(status)"
        message = XMLText.first("Message", in: body) ?? ""
        self.retryAfter = retryAfter.flatMap { Int64($0) }.flatMap { $0 >= 0 ? .seconds(min($0, 3_600)) : nil }
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

    /// Whether the object itself is the reason, so that no retry and no change of rights or keys helps.
    ///
    /// Everything else fails the invocation, first of all a denial: 401, 403, and what KMS answers through S3 with 400,
    /// such as `KMS.DisabledException`. Codes: "Error responses" in the Amazon S3 API Reference,
    /// https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html.
    var isOfObject: Bool {
        switch status {
        // Without a key that the caller brings, an object under SSE-C cannot be read.
        case 400: code == "InvalidRequest"
        // Archived, and not restored.
        case 403: code == "InvalidObjectState"
        case 404: ["NoSuchKey", "NoSuchVersion"].contains(code)
        // A delete marker; another object than the event's.
        case 405, 412: true
        default: false
        }
    }

    var description: String { "\(operation): \(status) \(code)\(message.isEmpty ? "" : ", \(message)")" }
}
