import Foundation
import HarnessSupport
import Tooling

/// A separate Docker engine for a machine without a service manager. It starts and ends with the stack.
struct DockerDaemon: Sendable {
    private let data: String
    /// Sockets: their paths must be short.
    private let run: String
    private let log: String
    private let process: ProcessFile

    init(_ context: StackContext) {
        let folder = context.folder(of: Applications.name)
        data = folder.appendingPath("docker")
        run = "/run/harness-\(context.id)"
        log = folder.appendingPath("dockerd.log")
        process = ProcessFile(path: folder.appendingPath("dockerd.pid"), mark: data)
    }

    /// Debian's path, for a PATH without /usr/sbin.
    static var program: String? {
        Toolbox.onPath("dockerd") ?? ["/usr/sbin/dockerd"].first(where: FileManager.default.isExecutableFile)
    }

    /// Room for thousands of networks of 14 addresses. Docker's own pools hold 31 networks
    /// (moby@v20.10.24 libnetwork/ipamutils/utils.go), and each workload has one.
    private static let addressPools = ["172.30.0.0/16", "192.168.128.0/17"].flatMap {
        ["--default-address-pool", "base=\($0),size=28"]
    }

    var host: String { "unix://\(run)/docker.sock" }

    func isRunning() async -> Bool { await process.running() != nil }

    /// - Throws: `Skipped` if the engine does not start.
    func start(_ context: StackContext, _ options: [String] = []) async throws {
        if await isRunning() { return }
        for folder in [data, run] { try context.home.makeFolder(folder) }
        // It does not change the machine's firewall and forwarding: containers are reached by published ports, and have no
        // internet access. With `none` it would remove a docker0 of another engine.
        let bridge = FileManager.default.fileExists(atPath: "/sys/class/net/docker0") ? "docker0" : "none"
        guard let program = Self.program else { throw Skipped("dockerd is not installed") }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        try await process.launch(
            program,
            [
                "--host", host, "--data-root", data, "--exec-root", run.appendingPath("exec"), "--pidfile",
                run.appendingPath("dockerd.pid"), "--bridge", bridge, "--iptables=false", "--ip6tables=false",
                "--ip-forward=false", "--ip-masq=false",
            ] + Self.addressPools + options, environment: ["PATH": "\(path):/usr/sbin:/sbin"], log: log)
        let client = DockerClient(program: DockerClient.programs().first ?? "docker", host: host)
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            if await client.engineVersion() != nil { return }
            // The process records its pid itself, shortly after the launch.
            if ContinuousClock.now > end - .seconds(50), await !isRunning() { break }
        }
        throw Skipped("the Docker engine does not start: \(lastLine())")
    }

    private func lastLine() -> String {
        let lines = FileManager.default.lines(of: log)
        return lines.last.map(String.init) ?? "the log is empty"
    }

    /// Restarts a killed engine, because only the engine can remove its containers.
    ///
    /// With `--live-restore` the engine leaves running containers alone. Without, it first stops each of them and waits
    /// for that container's grace period (moby@v20.10.24 daemon/daemon.go, restore).
    ///
    /// - Throws: `HarnessError` if the engine does not start.
    func revive(_ context: StackContext) async throws {
        guard FileManager.default.fileExists(atPath: data) else { return }
        do { try await start(context, ["--live-restore"]) } catch let skipped as Skipped {
            throw HarnessError(skipped.reason)
        }
    }

    /// Stops the engine and deletes its data.
    ///
    /// - Throws: `HarnessError` if the engine does not stop, or if one of its mounts cannot be detached.
    func remove() async throws {
        // The engine gives its containers 15 seconds (moby@v20.10.24 daemon/daemon.go, ShutdownTimeout).
        try await process.stop(patience: .seconds(60))
        for folder in [data, run] where FileManager.default.fileExists(atPath: folder) {
            try await Self.detachMounts(within: folder)
            try FileManager.default.removeItem(atPath: folder)
        }
    }

    /// Detaches what an engine that was killed left mounted, the folder itself included.
    ///
    /// Lazily, since every namespace that copied the mount can hold it: containers of another engine, for example
    /// (umount(2), EBUSY and MNT_DETACH).
    static func detachMounts(within folder: String) async throws {
        let mounts = (try? String(contentsOfFile: "/proc/self/mounts", encoding: .utf8)) ?? ""
        for line in mounts.split(separator: "\n").reversed() {
            guard let point = line.split(separator: " ").dropFirst().first.map(String.init), point.isWithin(folder)
            else { continue }
            let detached = try await Command("umount", ["--lazy", point]).run()
            guard detached.isSuccess else {
                throw HarnessError(
                    "\(point) stays mounted: \(detached.lastLine)",
                    remedy: "detach it by hand: umount --lazy '\(point)'")
            }
        }
    }
}
