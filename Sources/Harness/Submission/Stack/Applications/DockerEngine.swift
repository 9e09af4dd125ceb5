import Foundation
import HarnessSupport
import Tooling

/// The Docker engine of a stack: a running engine of this machine, else one that the harness installs and starts.
struct DockerEngine: Codable, Sendable {
    let client: DockerClient
    /// Whether this stack started the engine and stops it.
    let isOwn: Bool

    private static func file(_ context: StackContext) -> String {
        context.folder(of: Applications.name).appendingPath("engine.json")
    }

    /// The engine that this stack uses, also if it does not answer.
    static func recorded(_ context: StackContext) -> DockerEngine? {
        FileManager.default.contents(atPath: file(context)).flatMap {
            try? JSONDecoder().decode(DockerEngine.self, from: $0)
        }
    }

    private func record(_ context: StackContext) throws {
        try context.home.makeFolder(context.folder(of: Applications.name))
        try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: Self.file(context)), options: .atomic)
    }

    /// Finds or starts an engine.
    ///
    /// - Throws: `Skipped` if no engine is available.
    static func obtain(_ context: StackContext) async throws -> DockerEngine {
        if let engine = recorded(context) {
            if engine.isOwn { try await DockerDaemon(context).start(context) }
            if await engine.client.engineVersion() != nil { return engine }
        }
        let host = ProcessInfo.processInfo.environment["DOCKER_HOST"].flatMap { $0.isEmpty ? nil : $0 }
        if let engine = try await answering(at: host, context) {
            try engine.record(context)
            return engine
        }
        if let host {
            throw Skipped("no Docker engine answers at DOCKER_HOST=\(host): start it, or unset the variable")
        }
        guard DebianPackages.canInstall else {
            throw Skipped(
                "no Docker engine found: start or install one (docs.docker.com/engine/install), or set DOCKER_HOST"
            )
        }
        if DockerDaemon.program == nil {
            context.say("\(Applications.name): no Docker engine found; installing Debian's docker.io with apt-get")
            try await DebianPackages.install(["docker.io"], ifKnown: ["docker-cli", "docker-buildx"])
        }
        if FileManager.default.fileExists(atPath: "/run/systemd/system") {
            context.say("\(Applications.name): starting the Docker service")
            _ = try await Command("systemctl", ["start", "docker"]).run()
            guard let engine = try await answering(at: nil, context) else {
                throw Skipped("the Docker service does not start; see: journalctl -u docker")
            }
            try engine.record(context)
            return engine
        }
        let daemon = DockerDaemon(context)
        guard let program = DockerClient.programs().last(where: { $0.hasPrefix("/usr/bin/") }) else {
            throw Skipped("docker.io installed no docker command")
        }
        // Recorded before the start, so that `down` finds the engine after a crash.
        let engine = DockerEngine(client: DockerClient(program: program, host: daemon.host), isOwn: true)
        try engine.record(context)
        context.say("\(Applications.name): no service manager; starting a separate Docker engine")
        try await daemon.start(context)
        guard let own = try await answering(at: daemon.host, context) else {
            throw Skipped("no docker command can build images: apt-get install docker-buildx")
        }
        let chosen = DockerEngine(client: own.client, isOwn: true)
        try chosen.record(context)
        return chosen
    }

    /// Returns the first client that reaches an engine and can build images.
    private static func answering(at host: String?, _ context: StackContext) async throws -> DockerEngine? {
        var answers = false
        for program in DockerClient.programs() {
            let client = DockerClient(program: program, host: host)
            guard await client.engineVersion() != nil else { continue }
            answers = true
            if try await client.canBuild(context) { return DockerEngine(client: client, isOwn: false) }
        }
        if answers && !DebianPackages.canInstall {
            throw Skipped("the docker command cannot build images: install its buildx plugin")
        }
        return nil
    }
}
