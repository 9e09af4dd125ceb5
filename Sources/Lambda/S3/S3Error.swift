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
        return ["SlowDown", "RequestTimeout", "RequestTimeTooSkewed", "OperationAborted", "InternalError"].contains(code)
            || isExpired
    }

    /// Whether new credentials may help.
    var isExpired: Bool { ["ExpiredToken", "TokenRefreshRequired"].contains(code) }

    var description: String { "\(operation): \(status) \(code)\(message.isEmpty ? "" : ", \(message)")" }
}

/// The few elements of S3's XML that are looked at. S3 nests none of them in itself.
enum XMLText {
    static func first(_ element: String, in text: String) -> String? { all(element, in: text).first }

    static func all(_ element: String, in text: String) -> [String] {
        var rest = text[...]
        var found: [String] = []
        while let open = rest.firstRange(of: "<\(element)>") {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "</\(element)>") else { break }
            found.append(unescaped(String(rest[..<close.lowerBound])))
            rest = rest[close.upperBound...]
        }
        return found
    }

    private static let entities = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return entities.reduce(text) { $0.replacing($1.0, with: $1.1) }
    }

    static func escaped(_ text: String) -> String {
        entities.reversed().reduce(text) { $0.replacing($1.1, with: $1.0) }
    }
}
