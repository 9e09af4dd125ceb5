import Foundation
import HarnessSupport
import Tooling

/// The docker command line, and the engine that it talks to.
struct DockerClient: Codable, Hashable, Sendable {
    let program: String
    /// The engine's address; `nil` for the client's default.
    let host: String?

    /// - Returns: the output without the final line break.
    /// - Throws: `HarnessError` with the engine's message.
    @discardableResult
    func callAsFunction(_ arguments: String...) async throws -> String { try await call(arguments) }

    @discardableResult
    func call(_ arguments: [String]) async throws -> String {
        let output = try await Command(program, arguments, environment: environment).run()
        guard output.isSuccess else { throw failure(arguments, output) }
        return output.stdout.trimmingCharacters(in: .newlines)
    }

    /// Environment for programs that call docker.
    var environment: [String: String?] {
        var changes: [String: String?] = ["DOCKER_BUILDKIT": "1", "DOCKER_CLI_HINTS": "false"]
        if let host { changes["DOCKER_HOST"] = host }
        return changes
    }

    func failure(_ arguments: [String], _ output: Command.Output) -> HarnessError {
        if output.stderr.contains("Cannot connect to the Docker daemon")
            || output.stderr.contains("error during connect")
        {
            return HarnessError(
                "the Docker engine at \(host ?? "its default address") does not answer",
                remedy: "start the engine and try again")
        }
        let reason = output.lastLine.replacing("Error response from daemon: ", with: "")
            .replacing(/^(docker: |Error: |ERROR: )+/, with: "")
        return HarnessError("docker \(arguments.first ?? ""): \(reason)")
    }

    /// The engine's version; `nil` if no engine answers.
    func engineVersion() async -> String? {
        let arguments = ["version", "--format", "{{.Server.Version}}"]
        guard let output = try? await Command(program, arguments, environment: environment).run(), output.isSuccess
        else { return nil }
        return output.stdout.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Whether the client can build: tested, because release 23 and later need a plugin that can be missing.
    func canBuild(_ context: StackContext) async throws -> Bool {
        try await context.home.withScratch("build") { folder in
            try Data("FROM scratch\nLABEL harness.trial=build\n".utf8)
                .write(to: URL(fileURLWithPath: folder.appendingPath("Containerfile")))
            let arguments = ["build", "--quiet", "--file", folder.appendingPath("Containerfile"), folder]
            let output = try await Command(program, arguments, environment: environment).run()
            guard output.isSuccess else { return false }
            _ = try? await self("rmi", "--force", output.stdout.trimmingCharacters(in: .whitespacesAndNewlines))
            return true
        }
    }

    /// All docker clients of this machine, those on the PATH first.
    static func programs() -> [String] {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        let folders = path.split(separator: ":").map(String.init) + ["/usr/bin", "/usr/local/bin"]
        var seen: Set<String> = []
        return folders.map { $0.appendingPath("docker") }.filter {
            FileManager.default.isExecutableFile(atPath: $0)
                && seen.insert(URL(fileURLWithPath: $0).resolvingSymlinksInPath().path).inserted
        }
    }
}
