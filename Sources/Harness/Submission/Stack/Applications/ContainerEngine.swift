import Foundation
import HarnessSupport
import Tooling

/// This stack's containers, networks and images on an engine, found by labels and names, also after a crash.
struct ContainerEngine: Sendable {
    let docker: DockerClient
    private let stack: String
    private let context: StackContext

    init(_ docker: DockerClient, _ context: StackContext) {
        self.docker = docker
        self.context = context
        stack = context.id
    }

    private var label: String { "label=\(Container.stackLabel)=\(stack)" }

    func containers() async throws -> [Container] {
        while true {
            let ids = try await docker("ps", "--all", "--quiet", "--no-trunc", "--filter", label).words
            guard !ids.isEmpty else { return [] }
            do {
                let answer = JSONValue(parsing: try await docker.call(["inspect"] + ids))
                return answer.items.compactMap(Container.init).sorted { $0.name < $1.name }
            } catch let error as HarnessError where error.message.lowercased().contains("no such object") {
                // Another rollout removed the object after the list was read.
            }
        }
    }

    /// The container's output; empty if the engine has no log.
    func log(of container: Container) async -> String {
        let output = try? await Command(docker.program, ["logs", container.id], environment: docker.environment).run()
        return output.map { $0.stdout + $0.stderr } ?? ""
    }

    /// One network for each workload: containers of two workloads cannot reach each other, and without NAT
    /// no container reaches the internet.
    private func network(for workload: Deployment) async throws -> String {
        let name = "harness-\(stack)-\(workload.namespace)-\(workload.name)"
        if (try? await docker("network", "inspect", name)) == nil {
            try await docker(
                "network", "create", "--label", "\(Container.stackLabel)=\(stack)", "--opt",
                "com.docker.network.bridge.enable_ip_masquerade=false", name)
        }
        return name
    }

    /// Starts a container of the workload; it may not be ready yet.
    ///
    /// - Throws: `HarnessError` with the engine's message.
    func start(_ workload: Deployment, image: String, plan: String) async throws -> Container {
        let folder = context.folder(of: Applications.name).appendingPath("files/\(workload.namespace)-\(workload.name)")
        try workload.writeFiles(to: folder, context.home)
        let network = try await network(for: workload)
        let labels = [
            Container.stackLabel: stack, Container.workloadLabel: workload.title, Container.planLabel: plan,
        ]
        let numbers = Set(workload.ports.values).sorted()
        let chosen = context.options.port
        for attempt in 1... {
            let taken = Set(try await containers().flatMap(\.ports.values))
            // Away from the stacks' ports; a random start avoids conflicts between two stacks.
            let start = (chosen < 60_000 ? chosen + 1_000 : chosen - 1_000) + Int.random(in: 0..<200)
            let free = try LocalPort.free(numbers.count, from: start, except: taken)
            let name = "harness-\(stack)-\(workload.name)-\(UUID().uuidString.prefix(5).lowercased())"
            do {
                try await docker.call(
                    workload.runArguments(
                        name: name, image: image, network: network,
                        ports: Dictionary(uniqueKeysWithValues: zip(numbers, free)), labels: labels, folder: folder))
                guard let made = try await containers().first(where: { $0.name == name }) else {
                    throw HarnessError("the container \(name) stopped immediately")
                }
                return made
            } catch let error as HarnessError
                where attempt < 5
                && ["port is already allocated", "address already in use"].contains(where: error.message.contains)
            {
                // Another process took the port meanwhile; the container exists all the same.
                _ = try? await docker("rm", "--force", name)
            }
        }
        fatalError("not reached: the last attempt throws")
    }

    /// Whether the container runs and its liveness probe passes.
    func isAlive(_ container: Container, _ workload: Deployment) async -> Bool {
        guard container.isRunning else { return false }
        return await holds(workload.liveness, container)
    }

    /// Whether the container runs and its readiness probe passes.
    func isReady(_ container: Container, _ workload: Deployment) async -> Bool {
        guard container.isRunning else { return false }
        return await holds(workload.readiness, container)
    }

    private func holds(_ probe: Deployment.Probe?, _ container: Container) async -> Bool {
        guard let probe, let port = container.ports[probe.port] else { return true }
        let status = await HTTP.status("http://127.0.0.1:\(port)\(probe.path)", seconds: probe.timeoutSeconds)
        return status.map { (200..<400).contains($0) } ?? false
    }

    /// Waits until the container's readiness probe passes.
    ///
    /// - Throws: `HarnessError` with the container's last line on a time-out.
    func waitUntilReady(_ container: Container, _ workload: Deployment) async throws {
        let end = ContinuousClock.now + .seconds(workload.startSeconds)
        while ContinuousClock.now < end {
            if await holds(workload.readiness, container) { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw HarnessError("\(workload.title): the container is not ready: \(await lastLine(of: container))")
    }

    private func lastLine(of container: Container) async -> String {
        let output = try? await Command(
            docker.program, ["logs", "--tail", "5", container.id], environment: docker.environment
        ).run()
        return output?.lastLine ?? "no output"
    }

    /// Stops the container as the kubelet does: SIGTERM, a grace period, then SIGKILL.
    func stop(_ container: Container) async throws {
        try await docker("stop", container.id)
        try await docker("rm", "--force", container.id)
    }

    /// Removes everything of this stack.
    ///
    /// - Parameter isOwnEngine: whether the engine runs for this stack alone. Then containers without the stack's label go
    ///   too, such as those of an interrupted build, and images stay: they go with the engine's folder.
    /// - Throws: `HarnessError` if objects are left.
    func removeAll(isOwnEngine: Bool = false) async throws {
        let mine = ["--quiet", "--filter"]
        func containers() async throws -> [String] {
            try await docker.call(["ps", "--all"] + (isOwnEngine ? ["--quiet"] : mine + [label])).words
        }
        func networks() async throws -> [String] {
            try await docker.call(["network", "ls"] + mine + [isOwnEngine ? "type=custom" : label]).words
        }
        func images() async throws -> [String] { isOwnEngine ? [] : try await self.images() }
        let found = (try await containers(), try await networks(), try await images())
        if !found.0.isEmpty { try await docker.call(["rm", "--force", "--volumes"] + found.0) }
        if !found.1.isEmpty { try await docker.call(["network", "rm"] + found.1) }
        if !found.2.isEmpty { try await docker.call(["rmi", "--force"] + found.2) }
        let left = try await containers() + networks() + images()
        guard left.isEmpty else {
            throw HarnessError(
                "\(left.count) containers, networks or images of this stack are left: \(left.joined(separator: ", "))")
        }
    }

    private func images() async throws -> [String] {
        let reference = "reference=\(ApplicationImage.prefix(context))/*"
        return try await docker("images", "--format", "{{.Repository}}:{{.Tag}}", "--filter", reference).words
    }
}

extension String {
    fileprivate var words: [String] { split(whereSeparator: \.isWhitespace).map(String.init) }
}
