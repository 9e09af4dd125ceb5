/// Updates a stack's containers to the manifests without losing a request: a container stops only when its
/// successor is ready, like a Deployment with maxSurge 1 and maxUnavailable 0.
struct RollingUpdate: Sendable {
    let engine: ContainerEngine
    let workloads: [Deployment]
    /// The image of each workload, by its title.
    let images: [String: String]
    let endpoints: Endpoints

    /// The ready containers by workload, and the gateway that routes to them.
    actor Endpoints {
        private var ready: [String: [Container]]
        private let publish: @Sendable ([String: [Container]]) throws -> Void

        init(
            _ ready: [Container], publish: @escaping @Sendable ([String: [Container]]) throws -> Void
        ) throws {
            self.ready = Dictionary(grouping: ready, by: \.workload)
            self.publish = publish
            try publish(self.ready)
        }

        func add(_ container: Container) throws {
            ready[container.workload, default: []].append(container)
            try publish(ready)
        }

        func remove(_ container: Container) throws {
            ready[container.workload]?.removeAll { $0.id == container.id }
            try publish(ready)
        }
    }

    /// Replaces outdated containers.
    ///
    /// - Parameter present: the stack's containers; the ready ones are in the endpoints.
    /// - Returns: how many containers were started.
    func bringUp(_ present: [Container]) async throws -> Int {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for workload in workloads {
                group.addTask { try await bringUp(workload, present.filter { $0.workload == workload.title }) }
            }
            let wanted = Set(workloads.map(\.title))
            for container in present where !wanted.contains(container.workload) {
                group.addTask {
                    try await leave(container, pauseSeconds: 0)
                    return 0
                }
            }
            return try await group.reduce(0, +)
        }
    }

    private func bringUp(_ workload: Deployment, _ present: [Container]) async throws -> Int {
        let image = images[workload.title] ?? workload.image
        let plan = try workload.plan(image: image)
        var sound: [Container] = []
        for container in present where container.plan == plan && sound.count < workload.replicas {
            if await engine.isAlive(container, workload) { sound.append(container) }
        }
        let kept = Set(sound.map(\.id))
        var old = present.filter { !kept.contains($0.id) }
        let missing = workload.replicas - sound.count
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<max(0, missing) {
                try await addOne(workload, image: image, plan: plan)
                if let leaving = old.popLast() {
                    group.addTask { try await leave(leaving, pauseSeconds: workload.pauseSeconds) }
                }
            }
            for leaving in old {
                group.addTask { try await leave(leaving, pauseSeconds: workload.pauseSeconds) }
            }
            try await group.waitForAll()
        }
        return max(0, missing)
    }

    private func addOne(_ workload: Deployment, image: String, plan: String) async throws {
        let container = try await engine.start(workload, image: image, plan: plan)
        try await engine.waitUntilReady(container, workload)
        try await endpoints.add(container)
    }

    /// Removes a container from the endpoints, waits as its preStop hook does, and stops it.
    private func leave(
        _ container: Container, pauseSeconds: Int, whileStopping: (@Sendable (Container) async -> Void)? = nil
    ) async throws {
        try await endpoints.remove(container)
        if container.isRunning { try await Task.sleep(for: .seconds(pauseSeconds)) }
        async let other: Void? = whileStopping?(container)
        if whileStopping != nil { try await Task.sleep(for: .seconds(1)) }
        try await engine.stop(container)
        await other
    }

    /// Replaces one up-to-date container of a workload.
    ///
    /// - Parameter whileStopping: starts one second before the old container's stop signal, and is awaited.
    func replaceOne(
        of workload: Deployment, _ present: [Container],
        whileStopping: @escaping @Sendable (Container) async -> Void
    ) async throws {
        guard let old = present.first(where: { $0.workload == workload.title }) else { return }
        try await addOne(workload, image: images[workload.title] ?? workload.image, plan: old.plan)
        try await leave(old, pauseSeconds: workload.pauseSeconds, whileStopping: whileStopping)
    }
}
