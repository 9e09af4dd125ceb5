import Foundation
import HarnessSupport
import Subprocess
import Tooling

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// Calls of the AWS API against the stack's target, all by one process (`AWS/calls.py`).
///
/// No package of this repository is an AWS SDK for Swift. botocore is the base of the AWS CLI too.
actor AWSClient {
    /// An error answer of the service.
    struct Refusal: Error, CustomStringConvertible {
        let code: String
        let message: String
        var description: String { message }
    }

    /// Who makes a call.
    enum Identity: Encodable, Sendable {
        case credentials(key: String, secret: String, token: String?)
        case anonymous

        /// The credentials of an answer to CreateAccessKey or AssumeRole.
        static func keys(_ json: JSONValue?) -> Identity {
            .credentials(
                key: json?["AccessKeyId"]?.string ?? "", secret: json?["SecretAccessKey"]?.string ?? "",
                token: json?["SessionToken"]?.string)
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .anonymous: try container.encode([String: String]())
            case .credentials(let key, let secret, let token):
                var fields = ["key": key, "secret": secret]
                fields["token"] = token
                try container.encode(fields)
            }
        }
    }

    private struct Request: Encodable {
        let service: String
        let operation: String
        let parameters: JSONValue
        let `as`: Identity?
        let headers: [String: String]
    }

    /// The emulator's address; `nil` for AWS itself.
    nonisolated let endpoint: String?
    private let write: @Sendable (String) async throws -> Void
    /// The caller that waits for the next answer. The process answers in order, so calls are made one at a time.
    private var reader: CheckedContinuation<String?, Never>?
    private var isBusy = false
    private var hasEnded = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    private init(endpoint: String?, write: @escaping @Sendable (String) async throws -> Void) {
        self.endpoint = endpoint
        self.write = write
    }

    /// Runs `body` with a client, and ends its process afterwards.
    static func with<Result: Sendable>(
        _ context: StackContext, _ emulator: Emulator = .moto,
        _ body: @escaping @Sendable (AWSClient) async throws -> Result
    ) async throws -> Result {
        let python = try await context.toolbox.path(of: .aws).parentPath.appendingPath("python")
        let script = try Resource.path("calls", "py", in: "AWS", of: .module)
        let changes = context.awsEnvironment(emulator)
        var options = PlatformOptions()
        options.processGroupID = 0
        let endpoint = context.target == .local ? changes["AWS_ENDPOINT_URL"].flatMap(\.self) : nil
        return try await Subprocess.run(
            .path(FilePath(python)), arguments: ["-I", script], environment: .inherit.updating(changes.asEnvironment),
            platformOptions: options, input: .inputWriter, output: .sequence, error: .discarded
        ) { execution in
            let input = execution.standardInputWriter
            let client = AWSClient(endpoint: endpoint) { _ = try await input.write($0) }
            let output = execution.standardOutput
            // Ends in this scope in every case: a reader that outlives its process reads from the next pipe that
            // gets its descriptor's number, and a program that has it finds its output empty.
            async let reading: Void = client.read(output)
            do {
                let result = try await body(client)
                try await input.finish()
                try await reading
                return result
            } catch {
                try? await input.finish()
                throw error
            }
        }.closureResult
    }

    private func read(_ output: SubprocessOutputSequence) async throws {
        defer { end() }
        // An answer is one line, and the history of an execution is a long one.
        for try await line in output.strings(bufferingPolicy: .unbounded) { receive(line) }
    }

    /// The answer to an operation, for example `call("ec2", "DescribeInstances")`.
    ///
    /// - Parameters:
    ///   - identity: the caller; `nil` uses the environment's credentials.
    ///   - headers: additional request headers.
    /// - Throws: `Refusal` with the service's own code and message.
    @discardableResult
    func call(
        _ service: String, _ operation: String, _ parameters: JSONValue = [:], as identity: Identity? = nil,
        headers: [String: String] = [:]
    ) async throws -> JSONValue {
        await enter()
        defer { leave() }
        let request = try JSONEncoder().encode(
            Request(
                service: service, operation: operation, parameters: parameters, as: identity, headers: headers))
        let line = await exchange(String(decoding: request, as: UTF8.self) + "\n")
        guard let line, let answer = JSONValue(parsing: line) else {
            try Task.checkCancellation()
            throw HarnessError("\(service) \(operation): the API client process ended early")
        }
        if let code = answer["code"]?.string {
            throw Refusal(code: code, message: "\(service) \(operation): \(answer["message"]?.string ?? code)")
        }
        return answer["answer"] ?? .null
    }

    /// Writes a line and returns the answer line; `nil` if the process has ended.
    private func exchange(_ line: String) async -> String? {
        if hasEnded { return nil }
        return await withCheckedContinuation { continuation in
            reader = continuation
            Task { do { try await write(line) } catch { end() } }
        }
    }

    private func receive(_ line: String) {
        reader?.resume(returning: line)
        reader = nil
    }

    private func end() {
        hasEnded = true
        reader?.resume(returning: nil)
        reader = nil
    }

    private func enter() async {
        if isBusy { await withCheckedContinuation { waiting.append($0) } }
        isBusy = true
    }

    private func leave() {
        if waiting.isEmpty { isBusy = false } else { waiting.removeFirst().resume() }
    }
}
