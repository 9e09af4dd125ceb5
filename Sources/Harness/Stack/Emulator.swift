import Foundation

/// AWS on this machine: a moto server that listens on 127.0.0.1 and keeps everything in memory.
struct Emulator: Component {
    let name = "emulator"
    let dependencies: [String] = []

    /// Has every service that the stack uses, t2 instances among them.
    static let region = "eu-west-1"

    /// What makes the AWS CLI, the SDKs and Terraform talk to the emulator and to nothing else.
    static func environment(endpoint: String) -> [String: String?] {
        [
            "AWS_ENDPOINT_URL": endpoint, "AWS_REGION": region, "AWS_DEFAULT_REGION": region,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_SESSION_TOKEN": nil, "AWS_PROFILE": nil,
            "AWS_CONFIG_FILE": "/dev/null", "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
        ]
    }

    static func recordedEndpoint(folder: String) -> String? {
        (try? String(contentsOfFile: folder.appendingPath("emulator/endpoint"), encoding: .utf8))?
            .trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func process(_ context: StackContext) -> ProcessFile {
        ProcessFile(path: context.folder(of: name).appendingPath("pid"), mark: "Moto/emulator.py")
    }

    func up(_ context: StackContext) async throws -> Standing {
        if let standing = await standing(context) { return standing }
        try await process(context).stop(patience: .seconds(5))
        // The environment's own Python runs moto with our corrections.
        let python = try await context.toolbox.path(of: .moto).parentPath.appendingPath("python")
        let server = try Resource.path("emulator", "py", in: "Moto")
        let port = context.options.port
        guard try LocalPort.isFree(port) else {
            throw HarnessError(
                "port \(port) on 127.0.0.1 is in use", remedy: "free it, or choose another: make up PORT=\(port + 1)")
        }
        let folder = context.folder(of: name)
        try context.home.makeFolder(folder)
        let endpoint = "http://127.0.0.1:\(port)"
        try Data("\(endpoint)\n".utf8).write(
            to: URL(fileURLWithPath: folder.appendingPath("endpoint")), options: .atomic)

        let (program, arguments) = process(context).noting(
            python, ["-I", server, "-H", "127.0.0.1", "-p", "\(port)"])
        let log = folder.appendingPath("log")
        // A session of its own: the terminal's interrupt does not reach it, and it stays when the harness ends.
        let launched = try await Command(
            "/bin/sh", ["-c", #"log=$1; shift; "$@" </dev/null >"$log" 2>&1 &"#, "launch", log, program] + arguments,
            environment: Self.environment(endpoint: endpoint).merging([
                "MOTO_IAM_LOAD_MANAGED_POLICIES": "true", "AWS_ENDPOINT_URL": nil,
            ]) { $1 },
            isSession: true
        ).run()
        guard launched.isSuccess else { throw HarnessError("the emulator could not be started: \(launched.lastLine)") }

        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            if let standing = await standing(context) { return standing }
        }
        let lines = (try? String(contentsOfFile: log, encoding: .utf8))?.split(separator: "\n") ?? []
        throw HarnessError(
            "the emulator does not answer at \(endpoint): \(lines.last ?? "its log is empty")", remedy: "see \(log)")
    }

    func verify(_ context: StackContext) async throws -> [Claim] {
        let identity = try await AWSClient.with(context) { try await $0.call("sts", "GetCallerIdentity") }
        return [Claim("the emulator answers as account 123456789012", is: identity["Account"]?.string, "123456789012")]
    }

    func down(_ context: StackContext) async throws {
        let endpoint = Self.recordedEndpoint(folder: context.folder)
        try await process(context).stop(patience: .seconds(5))
        if let port = endpoint.flatMap({ URL(string: $0)?.port }), try !LocalPort.isFree(port) {
            throw HarnessError(
                "port \(port) is still in use after the emulator ended", remedy: "find its holder with `ss -ltnp`")
        }
        try? FileManager.default.removeItem(atPath: context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> Standing? {
        guard let endpoint = Self.recordedEndpoint(folder: context.folder),
            let number = await process(context).running(),
            await HTTP.status(endpoint + "/moto-api/") == 200
        else { return nil }
        return Standing(
            endpoint: endpoint, detail: "moto \(Pins.version(of: "moto", in: Pins.check) ?? ""), process \(number)")
    }
}
