import NIOCore
import NIOHTTP1

/// Where S3 is and how buckets are addressed there.
public struct S3Endpoint: Sendable {
    /// An address of its own, such as an emulator's; `nil` is AWS.
    let address: String?
    let region: String
    let isPathStyle: Bool

    /// - Parameter isPathStyle: `/bucket/key` at one host, instead of a host for each bucket.
    public init(address: String?, region: String, isPathStyle: Bool) {
        self.address = address
        self.region = region
        self.isPathStyle = isPathStyle
    }

    /// Origin and path of an object, or of its bucket where `key` is empty.
    func locate(bucket: String, key: String) throws(ConfigurationError) -> (origin: Origin, path: String) {
        let address = address ?? "https://s3.\(region).amazonaws.com"
        guard let (origin, base) = Origin.parse(address) else {
            throw ConfigurationError("the S3 endpoint is not an address: \(address)")
        }
        let prefix = base.hasSuffix("/") ? String(base.dropLast()) : base
        let encoded = SignatureV4.encode(key, keepsSlash: true)
        // A dot in the bucket's name would not match the wildcard of S3's certificate.
        if isPathStyle || (origin.isTLS && bucket.contains(".")) {
            return (origin, "\(prefix)/\(SignatureV4.encode(bucket))" + (key.isEmpty ? "" : "/\(encoded)"))
        }
        return (
            Origin(isTLS: origin.isTLS, host: "\(bucket).\(origin.host)", port: origin.port), "\(prefix)/\(encoded)"
        )
    }
}

/// Signed requests to S3. What is tried again, and how, is one rule for all of them.
final class S3Client: Sendable {
    struct Request: Sendable {
        var operation: String
        var method: HTTPMethod
        var bucket: String
        var key = ""
        var query: [(String, String)] = []
        var headers: HTTPHeaders = [:]
        var body: Body = .none

        enum Body: Sendable {
            case none
            case text(String)
            /// Sent in the documented trailer mode: `aws-chunked`, with a CRC-32 at the end that S3 compares.
            case data(ByteBuffer, checksum: String)
        }
    }

    let policy: RetryPolicy
    private let patience: TimeAmount
    private let http: HTTPClient
    private let endpoint: S3Endpoint
    private let provider: CredentialsProvider
    let budget = RetryBudget()

    /// - Parameter patience: how long S3 may be silent in the middle of a request.
    init(
        http: HTTPClient, endpoint: S3Endpoint, provider: CredentialsProvider, policy: RetryPolicy = RetryPolicy(),
        patience: TimeAmount = .seconds(20)
    ) {
        self.patience = patience
        self.http = http
        self.endpoint = endpoint
        self.provider = provider
        self.policy = policy
    }

    /// Sends one request, once.
    ///
    /// - Returns: an answer with a status below 300.
    /// - Throws: `S3Error` or `TransportError`.
    func sendOnce(_ request: Request, deadline: NIODeadline, isRenewed: Bool = false) async throws -> HTTPResponse {
        let credentials = try await provider.credentials(isRenewed: isRenewed)
        let (origin, path) = try endpoint.locate(bucket: request.bucket, key: request.key)
        let query = request.query.map { (SignatureV4.encode($0.0), SignatureV4.encode($0.1)) }
        var headers = request.headers
        var body: [ByteBuffer] = []
        var payload = SignatureV4.emptyPayload
        switch request.body {
        case .none: break
        case .text(let text):
            body = [ByteBuffer(string: text)]
            payload = SHA256.hash(Array(text.utf8)).hexadecimal
        case .data(let data, let checksum):
            payload = SignatureV4.unsignedPayloadWithTrailer
            headers.replaceOrAdd(name: "content-encoding", value: "aws-chunked")
            headers.add(name: "x-amz-decoded-content-length", value: "\(data.readableBytes)")
            headers.add(name: "x-amz-trailer", value: "x-amz-checksum-crc32")
            let trailer = ByteBuffer(string: "0\r\nx-amz-checksum-crc32:\(checksum)\r\n\r\n")
            body = [trailer]
            if data.readableBytes > 0 {
                let size = String(data.readableBytes, radix: 16)
                body = [ByteBuffer(string: "\(size)\r\n"), data, ByteBuffer(string: "\r\n"), trailer]
            }
        }
        SignatureV4(credentials: credentials, region: endpoint.region).sign(
            &headers, method: request.method.rawValue, host: origin.authority, path: path, query: query,
            payload: payload, at: .now)
        let target = query.isEmpty ? path : path + "?" + query.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
        let response = try await http.send(
            HTTPRequest(
                method: request.method, origin: origin, target: target, headers: headers, body: body,
                patience: patience), deadline: deadline)
        guard response.status < 300 else {
            throw S3Error(
                request.operation, status: response.status, body: try await response.text(),
                retryAfter: response.headers.first(name: "retry-after"))
        }
        return response
    }

    /// Sends a request, again and again where that may help, and reads the whole answer.
    func send(_ request: Request, deadline: NIODeadline) async throws -> (headers: HTTPHeaders, text: String) {
        var wasExpired = false
        return try await retrying(
            policy, budget: budget, until: deadline,
            send: { _ in
                do {
                    let response = try await sendOnce(request, deadline: deadline, isRenewed: wasExpired)
                    let text = try await response.text()
                    // S3 may start a 200 before it knows: CompleteMultipartUpload's errors can come that way.
                    if XMLText.first("Error", in: text) != nil {
                        throw S3Error(request.operation, status: 500, body: text)
                    }
                    return (response.headers, text)
                } catch let error as S3Error {
                    wasExpired = error.isExpired
                    throw error
                }
            })
    }
}
