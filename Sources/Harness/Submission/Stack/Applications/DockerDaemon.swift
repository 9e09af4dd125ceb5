import Foundation
import HarnessSupport
import Tooling

/// A Docker engine of the stack's own, for a machine without a service manager. It lives and dies with the stack.
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

    /// Where Debian has it, also where the PATH leaves out the folders of root's programs.
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

    /// - Throws: `Skipped` where it does not come up.
    func start(_ context: StackContext, _ options: [String] = []) async throws {
        if await isRunning() { return }
        for folder in [data, run] { try context.home.makeFolder(folder) }
        // It leaves the machine's firewall and forwarding alone: containers are reached by published ports, and have no
        // way out. With `none` it would remove a docker0 that belongs to another engine.
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
            // Its number is noted by itself, a moment after the launch.
            if ContinuousClock.now > end - .seconds(50), await !isRunning() { break }
        }
        throw Skipped("the Docker engine does not start here: \(lastLine())")
    }

    private func lastLine() -> String {
        let lines = FileManager.default.lines(of: log)
        return lines.last.map(String.init) ?? "its log is empty"
    }

    /// Starts it again where it was killed: what its containers hold, it alone can take down.
    ///
    /// With `--live-restore` it leaves containers that still run alone. Without, it answers only after it has stopped each
    /// of them with that container's patience (moby@v20.10.24 daemon/daemon.go, restore).
    ///
    /// - Throws: `HarnessError` where it does not start.
    func revive(_ context: StackContext) async throws {
        guard FileManager.default.fileExists(atPath: data) else { return }
        do { try await start(context, ["--live-restore"]) } catch let skipped as Skipped {
            throw HarnessError(skipped.reason)
        }
    }

    /// Ends it, with everything that it stored.
    ///
    /// - Throws: `HarnessError` where it does not end, or where a mount of its own cannot be detached.
    func remove() async throws {
        // It gives its containers 15 seconds of its own (moby@v20.10.24 daemon/daemon.go, ShutdownTimeout).
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
