import Foundation
import HarnessSupport
import Tooling

/// A running or stopped container.
struct Container: Sendable {
    let id: String
    let name: String
    /// Its workload: `namespace/name`.
    let workload: String
    /// Digest of its settings: equal for containers that need no replacement.
    let plan: String
    /// Its address on 127.0.0.1, by container port.
    let ports: [Int: Int]
    let isRunning: Bool
    let restarts: Int
    /// The number of its first process on the engine's machine.
    let process: Int32

    init?(_ inspected: JSONValue) {
        let labels = inspected["Config", "Labels"]?.strings ?? [:]
        guard let id = inspected["Id"]?.string, let workload = labels[Container.workloadLabel],
            let plan = labels[Container.planLabel]
        else { return nil }
        self.id = id
        self.workload = workload
        self.plan = plan
        name = String((inspected["Name"]?.string ?? "").drop { $0 == "/" })
        var ports: [Int: Int] = [:]
        for (port, bindings) in inspected["HostConfig", "PortBindings"]?.object ?? [:] {
            let own = Int(port.prefix { $0 != "/" })
            let published = Int(bindings.array?.first?["HostPort"]?.string ?? "")
            if let own, let published { ports[own] = published }
        }
        self.ports = ports
        isRunning = inspected["State", "Running"]?.bool == true && inspected["State", "Restarting"]?.bool != true
        restarts = inspected["RestartCount"]?.int ?? 0
        process = Int32(inspected["State", "Pid"]?.int ?? 0)
    }

    static let stackLabel = "harness.stack"
    static let workloadLabel = "harness.workload"
    static let planLabel = "harness.plan"
}

extension Deployment {
    /// The kubelet's `podPidsLimit`: a setting of the node, which no manifest carries.
    static let processLimit = 128

    /// Digest of a container's settings and image: it changes if the container must be replaced.
    func plan(image: String) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        return Digest.of([UInt8](try encoder.encode(self)) + Array(image.utf8)).short
    }

    /// Arguments of `docker run` with the settings of the manifest.
    ///
    /// - Parameters:
    ///   - ports: its ports on 127.0.0.1, by container port.
    ///   - folder: holds the files of its config maps.
    func runArguments(
        name: String, image: String, network: String, ports published: [Int: Int], labels: [String: String],
        folder: String
    ) -> [String] {
        var result = ["run", "--detach", "--name", name, "--hostname", name, "--network", network]
        for (name, value) in labels.sorted(by: { $0.key < $1.key }) { result += ["--label", "\(name)=\(value)"] }
        for (port, address) in published.sorted(by: { $0.key < $1.key }) {
            result += ["--publish", "127.0.0.1:\(address):\(port)"]
        }
        // The kubelet also restarts a container that ends.
        result += ["--restart", "always", "--stop-timeout", "\(graceSeconds)", "--log-opt", "max-size=10m"]
        // With swap, the memory limit would not limit the total.
        result += ["--memory", "\(limits.memory)", "--memory-swap", "\(limits.memory)", "--cpus", "\(limits.cpus)"]
        result += ["--pids-limit", "\(Self.processLimit)"]
        if let user = security.user { result += ["--user", security.group.map { "\(user):\($0)" } ?? "\(user)"] }
        if security.isReadOnly { result.append("--read-only") }
        if !security.mayGainPrivileges { result += ["--security-opt", "no-new-privileges"] }
        // Docker's own profile is the default.
        if security.seccomp == "Unconfined" { result += ["--security-opt", "seccomp=unconfined"] }
        for capability in security.dropped { result += ["--cap-drop", capability] }
        for capability in security.added { result += ["--cap-add", capability] }
        for (path, size) in scratch.sorted(by: { $0.key < $1.key }) {
            let limit = size.map { ",size=\($0)" } ?? ""
            result += ["--tmpfs", "\(path):rw,nosuid,nodev,noexec,mode=1777\(limit)"]
        }
        for path in files.keys.sorted() {
            let source = folder.appendingPath(Digest.of(path.utf8).short)
            result += ["--mount", "type=bind,source=\(source),target=\(path),readonly"]
        }
        for (name, value) in environment.sorted(by: { $0.key < $1.key }) { result += ["--env", "\(name)=\(value)"] }
        if let first = command.first { result += ["--entrypoint", first] }
        return result + [image] + command.dropFirst() + arguments
    }

    /// Writes the files of its ConfigMaps to the folder that `runArguments` mounts.
    func writeFiles(to folder: String, _ home: HarnessHome) throws {
        for (path, content) in files {
            let target = folder.appendingPath(Digest.of(path.utf8).short)
            try home.makeFolder(target)
            for (name, text) in content {
                try Data(text.utf8).write(to: URL(fileURLWithPath: target.appendingPath(name)))
            }
        }
    }
}
