/// Brings a stack's containers to what the manifests want, without losing a request: a container goes only when its
/// successor is ready, as a Deployment with a surge of one and none unavailable does it.
struct RollingUpdate: Sendable {
    let engine: ContainerEngine
    let workloads: [Deployment]
    /// The image of each workload, by its title.
    let images: [String: String]
    let endpoints: Endpoints

    /// The ready containers, by workload, and the gateway that is told of them.
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

    /// Replaces what is not as wanted.
    ///
    /// - Parameter present: the stack's containers, of which the ready ones are in the endpoints.
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

    /// Takes a container out of service, waits as its preStop hook does, and ends it.
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

    /// Replaces one container of a workload, though it is as it should be.
    ///
    /// - Parameter whileStopping: begun a second before the old container is asked to end, and waited for.
    func replaceOne(
        of workload: Deployment, _ present: [Container],
        whileStopping: @escaping @Sendable (Container) async -> Void
    ) async throws {
        guard let old = present.first(where: { $0.workload == workload.title }) else { return }
        try await addOne(workload, image: images[workload.title] ?? workload.image, plan: old.plan)
        try await leave(old, pauseSeconds: workload.pauseSeconds, whileStopping: whileStopping)
    }
}
