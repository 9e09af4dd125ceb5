import Foundation
import HarnessSupport
import Tooling

/// AWS on this machine: a server that listens on 127.0.0.1 and keeps everything in memory.
struct Emulator: Component {
    let name: String
    let dependencies: [String] = []
    /// Name and version for `status`.
    let product: String
    let tool: Tool
    /// Offset of its port from the user's port.
    let offset: Int
    /// A word that identifies its command line.
    let mark: String
    /// A path that answers 200 when the emulator is ready.
    let health: String
    /// Arguments for the Python of the tool's environment.
    let arguments: @Sendable (_ port: Int) throws -> [String]
    let environment: @Sendable (_ context: StackContext, _ port: Int, _ folder: String) async -> [String: String?]
    let account: String

    /// A region with every service that the stacks use, t2 instances included.
    static let region = "eu-west-1"

    /// Environment that directs the AWS CLI, the SDKs and Terraform to the emulator only.
    static func clientEnvironment(endpoint: String) -> [String: String?] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": nil, "AWS_PROFILE": nil,
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        ]
    }

    /// The port where the emulator runs, else its planned port.
    func endpoint(_ context: StackContext) -> String {
        recordedEndpoint(context) ?? "http://127.0.0.1:\(context.options.port + offset)"
    }

    private func recordedEndpoint(_ context: StackContext) -> String? {
        (try? String(contentsOfFile: context.folder(of: name).appendingPath("endpoint"), encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func process(_ context: StackContext) -> ProcessFile {
        ProcessFile(path: context.folder(of: name).appendingPath("pid"), mark: mark)
    }

    func checkPorts(_ context: StackContext) async throws {
        let port = context.options.port + offset
        guard await standing(context) == nil, try !LocalPort.isFree(port) else { return }
        // Stops the process of an interrupted run before a new start.
        guard await process(context).running() == nil else { return }
        throw HarnessError(
            "port \(port) on 127.0.0.1 is in use",
            remedy: "free the port, or choose another: make up PORT=\(context.options.port + 10)")
    }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        if let standing = await standing(context) {
            let wanted = "http://127.0.0.1:\(context.options.port + offset)"
            if standing.endpoint != wanted {
                context.say("\(name): is up at \(standing.endpoint); another port needs `make down` first")
            }
            return standing
        }
        try await process(context).stop(patience: .seconds(5))
        let python = try await context.toolbox.path(of: tool).parentPath.appendingPath("python")
        try await checkPorts(context)
        let port = context.options.port + offset
        let folder = context.folder(of: name)
        try context.home.makeFolder(folder)
        let endpoint = "http://127.0.0.1:\(port)"
        try Data("\(endpoint)\n".utf8).write(
            to: URL(fileURLWithPath: folder.appendingPath("endpoint")), options: .atomic)

        let own = await environment(context, port, folder)
        let log = folder.appendingPath("log")
        try await process(context).launch(
            python, try arguments(port),
            environment: Self.clientEnvironment(endpoint: endpoint).merging(["AWS_ENDPOINT_URL": nil]) { $1 }
                .merging(own) { $1 },
            folder: folder, log: log)

        let end = ContinuousClock.now + .seconds(180)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            if let standing = await standing(context) { return standing }
        }
        let lines = FileManager.default.lines(of: log)
        throw HarnessError(
            "the \(name) does not answer at \(endpoint): \(lines.last ?? "the log is empty")", remedy: "see \(log)")
    }

    /// Calls that moto failed with an internal error, `nil` if none: an SDK retries such a call, and
    /// the retry can find resources of the first attempt.
    static func faults(_ context: StackContext) -> String? {
        let log = context.folder(of: moto.name).appendingPath("log")
        let lines = FileManager.default.lines(of: log)
        let calls = lines.count { $0.contains("\" 500 -") }
        guard calls > 0 else { return nil }
        let fault = lines.last { $0.first?.isLetter == true && $0.prefix { $0 != ":" }.hasSuffix("Error") }
        return "the emulator failed \(calls) calls, see \(log): \(fault ?? "no reason given")"
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let identity = try await AWSClient.with(context, self) { try await $0.call("sts", "GetCallerIdentity") }
        return [
            Assertion(
                id: "answers", "the emulator answers as account \(account)", is: identity["Account"]?.string, account)
        ]
    }

    func down(_ context: StackContext) async throws {
        let endpoint = recordedEndpoint(context)
        try await process(context).stop(patience: .seconds(5))
        if let port = endpoint.flatMap({ URL(string: $0)?.port }), try !LocalPort.isFree(port) {
            throw HarnessError(
                "port \(port) is still in use after the \(name) ended", remedy: "find the process: ss -ltnp")
        }
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let endpoint = recordedEndpoint(context), let number = await process(context).running(),
            await HTTP.status(endpoint + health) == 200
        else { return nil }
        return ComponentDetail(endpoint: endpoint, detail: "\(product), process \(number)")
    }
}
