import Foundation
import NIOCore
import NIOHTTP1
import TestSupport
import Testing

@testable import BuiltInRules
@testable import HarnessSupport
@testable import Lambda
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// The function as it runs in AWS: the executable `bootstrap` under the real Runtime Interface Emulator, with moto as
/// S3 behind a proxy that can break requests. Everything ends with the call.
struct FunctionUnderTest: Sendable {
    /// S3 itself, without the proxy in between.
    let s3: S3Client
    let emulator: Origin
    let proxy: Origin
    let executable: String
    static let input = "claims-input"
    static let output = "claims-output"

    /// How long the test itself waits for an answer: on a busy machine a server in Python can take its time.
    private static let patience = TimeAmount.seconds(180)

    /// Each has an S3 in Python, whose start alone takes seconds of a processor.
    private static let places = AsyncSemaphore(2)

    /// Runs `body` with a function of its own, when it is its turn.
    ///
    /// - Parameters:
    ///   - environment: added to the function's.
    ///   - certified: makes S3 answer over TLS only, with a certificate for this host, at `s3.test` and a name below
    ///     it for each bucket.
    static func with(
        _ environment: [String: String] = [:], certified: String? = nil,
        _ body: (FunctionUnderTest) async throws -> Void
    ) async throws {
        let toolbox = Toolbox(home: Project.home)
        let moto: String
        let emulator: String
        do {
            moto = try await toolbox.path(of: .moto).parentPath.appendingPath("python")
            emulator = try await toolbox.path(of: .lambdaEmulator)
        } catch let missing as Tool.Missing {
            try skip("\(missing)")
        }
        let script = try Emulator.motoProgram()
        try await places.hold { try await start(moto, script, emulator, environment, certified, body) }
    }

    private static func start(
        _ moto: String, _ script: String, _ emulator: String, _ environment: [String: String], _ certified: String?,
        _ body: (FunctionUnderTest) async throws -> Void
    ) async throws {
        try await withScratch { scratch in
            let ports = (
                s3: freePort(), proxy: freePort(), invoke: freePort(), runtime: freePort(), tls: freePort()
            )
            let bootstrap = Project.executable.parentPath.appendingPath("bootstrap")
            var variables = [
                "AWS_ENDPOINT_URL": "http://127.0.0.1:\(ports.proxy)", "AWS_REGION": "eu-west-1",
                "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "OUTPUT_BUCKET": output,
                "AWS_LAMBDA_FUNCTION_TIMEOUT": "60", "PATH": "/usr/bin:/bin",
            ]
            var run = [emulator]
            let authority = scratch + "/ca.pem"
            if certified != nil {
                variables["AWS_ENDPOINT_URL"] = "https://s3.test:\(ports.tls)"
                variables["S3_ADDRESSING"] = "virtual"
                variables["AWS_CA_BUNDLE"] = authority
                run = try Self.knowing([input, output], in: scratch) + run
            }
            variables.merge(environment) { $1 }
            try await withProcess(
                moto, ["-EsB", script, "-H", "127.0.0.1", "-p", "\(ports.s3)"], scratch + "/moto.log"
            ) {
                try await withProcess(
                    moto, ["-I", Reference.folder + "/Fixtures/faults.py", "\(ports.proxy)", "\(ports.s3)"],
                    scratch + "/proxy.log"
                ) {
                    try await withTLS(moto, authority, certified, ports.tls, ports.s3, scratch) {
                        try await withProcess(
                            run[0],
                            run.dropFirst() + [
                                "--runtime-interface-emulator-address", "127.0.0.1:\(ports.invoke)",
                                "--runtime-api-address", "127.0.0.1:\(ports.runtime)", "--log-level", "error",
                                bootstrap,
                            ], scratch + "/function.log", environment: variables
                        ) {
                            let http = HTTPClient()
                            let endpoint = S3Endpoint(
                                address: "http://127.0.0.1:\(ports.s3)", region: "eu-west-1", isPathStyle: true)
                            let own = ["AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"]
                            let s3 = S3Client(
                                http: http, endpoint: endpoint,
                                provider: CredentialsProvider(environment: own, http: http), patience: patience)
                            let function = FunctionUnderTest(
                                s3: s3, emulator: Origin(isTLS: false, host: "127.0.0.1", port: ports.invoke),
                                proxy: Origin(isTLS: false, host: "127.0.0.1", port: ports.proxy), executable: bootstrap
                            )
                            try await function.makeBuckets()
                            do {
                                try await body(function)
                            } catch {
                                await http.shutDown()
                                throw error
                            }
                            await http.shutDown()
                        }
                    }
                }
            }
        }
    }

    /// Runs `body` with TLS in front of S3, where a host is certified.
    private static func withTLS(
        _ python: String, _ authority: String, _ host: String?, _ port: Int, _ upstream: Int, _ scratch: String,
        _ body: () async throws -> Void
    ) async throws {
        guard let host else { return try await body() }
        let script = Reference.folder + "/Fixtures/tls.py"
        try await withProcess(
            python, ["-I", script, authority, host, "\(port)", "\(upstream)"], scratch + "/tls.log"
        ) {
            while !FileManager.default.fileExists(atPath: authority) { try await Task.sleep(for: .milliseconds(20)) }
            try await body()
        }
    }

    /// A command that gives a program a file of hosts of its own, in which `s3.test` and the buckets below it are this
    /// machine.
    private static func knowing(_ buckets: [String], in scratch: String) throws -> [String] {
        guard geteuid() == 0 else { try skip("only root can give a process its own names of hosts") }
        let names = ["s3.test"] + buckets.map { "\($0).s3.test" }
        let hosts = scratch + "/hosts"
        try Data("127.0.0.1 localhost \(names.joined(separator: " "))\n".utf8)
            .write(to: URL(fileURLWithPath: hosts))
        return ["/usr/bin/unshare", "--mount", "/bin/sh", "-c", #"mount --bind "$0" /etc/hosts && exec "$@""#, hosts]
    }

    /// Runs a program beside `body`; ends it and all that it started afterwards.
    static func withProcess(
        _ program: String, _ arguments: [String], _ log: String, environment: [String: String]? = nil,
        _ body: () async throws -> Void
    ) async throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        if let environment { process.environment = environment }
        _ = FileManager.default.createFile(atPath: log, contents: nil)
        let output = FileHandle(forWritingAtPath: log)
        process.standardOutput = output
        process.standardError = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body())
        } catch {
            result = .failure(error)
        }
        // At once: none of them has anything to save, and the function ends when its Runtime API is gone.
        kill(process.processIdentifier, SIGKILL)
        try result.get()
    }

    private func makeBuckets() async throws {
        let end = ContinuousClock.now + .seconds(180)
        for bucket in [Self.input, Self.output] {
            while true {
                do {
                    let region =
                        "<CreateBucketConfiguration><LocationConstraint>eu-west-1</LocationConstraint>"
                        + "</CreateBucketConfiguration>"
                    _ = try await s3.sendOnce(
                        S3Client.Request(
                            operation: "CreateBucket", method: .PUT, bucket: bucket, body: .text(region)),
                        deadline: .distantFuture)
                    break
                } catch  where ContinuousClock.now < end {
                    try await Task.sleep(for: .milliseconds(100))
                }
            }
        }
    }

    /// - Returns: the object as an event names it.
    func put(_ key: String, _ bytes: [UInt8]) async throws -> S3Object {
        let request = S3Client.Request(
            operation: "PutObject", method: .PUT, bucket: Self.input, key: key,
            body: .data(.init(bytes: bytes), checksum: CRC32.base64(.init(bytes: bytes))))
        let answer = try await s3.send(request, deadline: .distantFuture)
        let eTag = try #require(answer.headers.first(name: "etag")).filter { $0 != "\"" }
        return S3Object(bucket: Self.input, key: key, eTag: eTag)
    }

    static func event(_ objects: [S3Object]) -> String {
        let records = objects.map { object in
            let key = SignatureV4.encode(object.key)
            let eTag = object.eTag.map { ",\"eTag\":\"\($0)\"" } ?? ""
            return """
                {"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"\(object.bucket)"},\
                "object":{"key":"\(key)"\(eTag)}}}
                """
        }
        return "{\"Records\":[\(records.joined(separator: ","))]}"
    }

    /// Sends an event and returns the function's answer, which is an error's where it has an `errorType`.
    func invoke(_ event: String) async throws -> Lambda.JSONValue {
        let client = HTTPClient()
        let end = ContinuousClock.now + .seconds(60)
        defer { Task { await client.shutDown() } }
        while true {
            do {
                var request = HTTPRequest(
                    method: .POST, origin: emulator, target: "/2015-03-31/functions/function/invocations",
                    body: [.init(string: event)])
                request.patience = Self.patience
                return try Lambda.JSONValue(try await client.send(request).text())
            } catch let error as TransportError where ContinuousClock.now < end {
                // Until the emulator listens.
                guard error.description.contains("connect") else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    func plan(_ query: String) async throws {
        var request = HTTPRequest(method: .POST, origin: proxy, target: "/-/plan?\(query)")
        request.patience = Self.patience
        let client = HTTPClient()
        _ = try await client.send(request).text()
        await client.shutDown()
    }

    /// The kinds of faults since the last plan, or who called.
    func report(_ what: String = "faults") async throws -> [String] {
        let client = HTTPClient()
        var request = HTTPRequest(method: .GET, origin: proxy, target: "/-/report")
        request.patience = Self.patience
        let text = try await client.send(request).text()
        await client.shutDown()
        let answer: Lambda.JSONValue = try Lambda.JSONValue(text)
        guard case .object(let members) = answer, case .array(let kinds) = members[what] else { return [] }
        return kinds.map { kind in
            if case .string(let name) = kind { return name }
            return ""
        }
    }

    /// An object of the results; `nil` when there is none.
    func get(_ key: String) async throws -> [UInt8]? {
        let download = S3Download(
            S3Object(bucket: Self.output, key: key), client: s3, deadline: .now() + Self.patience)
        var bytes: [UInt8] = []
        do {
            while let part = try await download.next() { bytes += Array(part.readableBytesView) }
        } catch let error as S3Error where error.status == 404 {
            return nil
        }
        return bytes
    }

    func delete(_ key: String) async throws {
        _ = try await s3.send(
            S3Client.Request(operation: "DeleteObject", method: .DELETE, bucket: Self.output, key: key),
            deadline: .distantFuture)
    }

    func openUploads() async throws -> [String] {
        let answer = try await s3.send(
            S3Client.Request(
                operation: "ListMultipartUploads", method: .GET, bucket: Self.output, query: [("uploads", "")]),
            deadline: .distantFuture)
        return XMLText.all("UploadId", in: answer.text)
    }

    /// The most memory that the function held at any time, in bytes.
    func peakMemory() throws -> Int {
        let status = FileManager.default.contents(atPath: "/proc/\(try processNumber())/status") ?? Data()
        let line = String(decoding: status, as: UTF8.self).split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) }
        return try #require(kilobytes) * 1024
    }

    func processNumber() throws -> Int32 {
        for entry in try FileManager.default.contentsOfDirectory(atPath: "/proc") {
            guard let command = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline"),
                String(decoding: command, as: UTF8.self).hasPrefix(executable),
                let variables = FileManager.default.contents(atPath: "/proc/\(entry)/environ"),
                String(decoding: variables, as: UTF8.self).contains("AWS_ENDPOINT_URL=http://127.0.0.1:\(proxy.port)"),
                let number = Int32(entry)
            else { continue }
            return number
        }
        throw HarnessError("the function's process is not to be found")
    }
}
