import NIOHTTP1

/// Signature Version 4, as the Amazon S3 API Reference describes it under "Authenticating Requests: Using the
/// Authorization Header".
struct SignatureV4 {
    let credentials: Credentials
    let region: String
    var service = "s3"

    /// The hash of no payload.
    static let emptyPayload = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    /// The payload is not signed but followed by a checksum, which the server compares.
    static let unsignedPayloadWithTrailer = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"

    /// Adds date, payload hash, session token and signature to a request's headers.
    ///
    /// - Parameters:
    ///   - path: percent-encoded.
    ///   - query: names and values percent-encoded.
    func sign(
        _ headers: inout HTTPHeaders, method: String, host: String, path: String, query: [(String, String)],
        payload: String, at time: Timestamp
    ) {
        headers.replaceOrAdd(name: "host", value: host)
        headers.replaceOrAdd(name: "x-amz-date", value: time.basic)
        headers.replaceOrAdd(name: "x-amz-content-sha256", value: payload)
        if let token = credentials.sessionToken { headers.replaceOrAdd(name: "x-amz-security-token", value: token) }

        // Headers of one name are signed as one, their values in order ("Create a signed AWS API request", IAM guide).
        let names = Set(headers.map { $0.name.lowercased() }).subtracting(["content-length", "user-agent"])
        let signed = names.sorted().map { ($0, headers[$0].map(Self.trimmed).joined(separator: ",")) }
        let signedNames = signed.map(\.0).joined(separator: ";")
        let canonical = [
            method, path, query.sorted { $0 < $1 }.map { "\($0.0)=\($0.1)" }.joined(separator: "&"),
            signed.map { "\($0.0):\($0.1)\n" }.joined(), signedNames, payload,
        ].joined(separator: "\n")
        let scope = "\(time.date)/\(region)/\(service)/aws4_request"
        let text = ["AWS4-HMAC-SHA256", time.basic, scope, SHA256.hash(Array(canonical.utf8)).hexadecimal]
            .joined(separator: "\n")
        let key = [time.date, region, service, "aws4_request"].reduce(Array("AWS4\(credentials.secretKey)".utf8)) {
            SHA256.hmac(Array($1.utf8), key: $0)
        }
        let signature = SHA256.hmac(Array(text.utf8), key: key).hexadecimal
        headers.replaceOrAdd(
            name: "authorization",
            value: "AWS4-HMAC-SHA256 Credential=\(credentials.accessKey)/\(scope),SignedHeaders=\(signedNames),"
                + "Signature=\(signature)")
    }

    /// Without blanks at either end, and one where there were several.
    private static func trimmed(_ value: String) -> String {
        value.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }

    /// Percent-encodes all but the unreserved characters of RFC 3986.
    static func encode(_ text: String, keepsSlash: Bool = false) -> String {
        var result: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: result.append(byte)
            case 0x2F where keepsSlash: result.append(byte)
            default:
                let digits = Array("0123456789ABCDEF".utf8)
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
