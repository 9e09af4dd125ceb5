import NIOCore
import NIOHTTP1

/// One invocation as the Runtime API hands it out.
struct Invocation: Sendable {
    let requestID: String
    let deadline: Timestamp
    let traceID: String?
    let event: String
}

/// The AWS Lambda Runtime API, version 2018-06-01 ("Using the Lambda runtime API for custom runtimes" in the AWS
/// Lambda Developer Guide).
struct RuntimeClient: Sendable {
    private let http: HTTPClient
    private let origin: Origin

    /// - Parameter address: `$AWS_LAMBDA_RUNTIME_API`: host and port.
    init(address: String, http: HTTPClient) throws(ConfigurationError) {
        guard let (origin, _) = Origin.parse("http://" + address) else {
            throw ConfigurationError("AWS_LAMBDA_RUNTIME_API is not a host and port: \(address)")
        }
        self.origin = origin
        self.http = http
    }

    /// Waits for the next invocation, for as long as that takes.
    func next() async throws -> Invocation {
        var request = HTTPRequest(method: .GET, origin: origin, target: path("invocation/next"))
        // Lambda freezes the function while it waits.
        request.patience = nil
        let response = try await http.send(request)
        let event = try await response.text(limit: 8 << 20)
        guard response.status == 200, let id = response.headers.first(name: "lambda-runtime-aws-request-id") else {
            throw TransportError("the Runtime API answered \(response.status) to next")
        }
        let deadline = response.headers.first(name: "lambda-runtime-deadline-ms").flatMap { Int64($0) }
        return Invocation(
            requestID: id, deadline: Timestamp(milliseconds: deadline ?? Timestamp.now.milliseconds + 3000),
            traceID: response.headers.first(name: "lambda-runtime-trace-id"), event: event)
    }

    func succeed(_ invocation: Invocation, with answer: String) async throws {
        try await post("invocation/\(invocation.requestID)/response", answer, [:])
    }

    /// Reports an invocation that failed: Lambda tries again and then uses the dead-letter queue.
    func fail(_ invocation: Invocation, type: String, message: String) async throws {
        try await post("invocation/\(invocation.requestID)/error", error(type, message), header(type))
    }

    /// Reports that the function cannot start.
    func failToStart(type: String, message: String) async throws {
        try await post("init/error", error(type, message), header(type))
    }

    private func path(_ end: String) -> String { "/2018-06-01/runtime/\(end)" }

    private func header(_ type: String) -> HTTPHeaders { ["lambda-runtime-function-error-type": "Function.\(type)"] }

    private func error(_ type: String, _ message: String) -> String {
        JSONText(object: [
            ("errorMessage", JSONText(string: message)), ("errorType", JSONText(string: type)),
            ("stackTrace", JSONText(array: [])),
        ]).text
    }

    private func post(_ end: String, _ body: String, _ headers: HTTPHeaders) async throws {
        var headers = headers
        headers.add(name: "content-type", value: "application/json")
        let request = HTTPRequest(
            method: .POST, origin: origin, target: path(end), headers: headers, body: [ByteBuffer(string: body)])
        let response = try await http.send(request)
        let text = try await response.text()
        guard response.status < 300 else {
            throw TransportError("the Runtime API answered \(response.status) to \(end): \(text)")
        }
    }
}
