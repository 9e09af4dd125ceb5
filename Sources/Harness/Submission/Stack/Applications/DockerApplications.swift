import Foundation
import HarnessSupport

/// The applications on a Docker engine: the same images with the settings of the manifests, behind Traefik with their
/// routes.
struct DockerApplications: Component {
    let name = Applications.name
    let dependencies: [String] = []
    let code = Applications.overlays
    /// Builds of the images in the objects.
    var images = ApplicationImage.all
    /// Whether images are pulled from the objects' registry instead of built locally.
    var pulls = false
    /// The supplied claim to score; throws `Skipped` if it is not available.
    var supplied: @Sendable (StackContext) async throws -> String = SuppliedClaims.record
    /// The objects to bring up.
    var manifests: @Sendable (StackContext) async throws -> Manifests = {
        try await Manifests.render(Applications.overlays, $0)
    }

    func checkPorts(_ context: StackContext) async throws { try await Gateway(context).checkPorts(context) }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        let whole = try await plan(context)
        context.show("looking for a Docker engine")
        let found = try await DockerEngine.obtain(context)
        let images = try await obtain(imagesOf: whole.workloads, found.client, context)
        let plan = whole.keeping(images.keys)
        let scene = try await Fixture(plan, ContainerEngine(found.client, context), images, context)
        context.show("starting containers")
        try await scene.gateway.start(plan.settings, context)
        let started = try await scene.rolling.bringUp(try await scene.engine.containers())
        context.say(started == 0 ? "\(name): no changes" : "\(name): \(started) containers started")
        try note(plan.workloads, images, context)
        guard let standing = await standing(context) else {
            throw HarnessError("\(name): containers stopped", remedy: "see: make status")
        }
        return standing
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let availability = try await availability(context)
        let (scene, visits) = (availability.scene, availability.visits)
        return try await visits.all() + versions(of: scene, visits).all()
            + ContainmentVerification(engine: scene.engine, workloads: scene.plan.workloads).all() + availability.all()
    }

    private func versions(of scene: Fixture, _ visits: VisitVerification) -> VersionClaims {
        VersionClaims(visits: visits) { workload in
            var logs = ""
            for container in try await scene.engine.containers() where container.workload == workload {
                logs += await scene.engine.log(of: container)
            }
            return logs
        }
    }

    /// The context for the verification of a running stack.
    func availability(_ context: StackContext) async throws -> AvailabilityVerification {
        guard let found = DockerEngine.recorded(context), let noted = noted(context) else {
            throw HarnessError("\(name): no record of a running stack", remedy: "make up")
        }
        // The running images, also if the manifests were edited since.
        let scene = try await Fixture(
            plan(context).keeping(noted.keys), ContainerEngine(found.client, context), noted.mapValues(\.image),
            context)
        return AvailabilityVerification(
            scene: scene,
            visits: VisitVerification(
                address: scene.gateway.address, plainAddress: scene.gateway.plainAddress,
                redirect: scene.gateway.address + "/service/b/v2/", authority: scene.gateway.authority,
                example: SuppliedClaims.example(context),
                supplied: try await SuppliedClaims.result { try await supplied(context) }))
    }

    func down(_ context: StackContext) async throws {
        try await Gateway(context).stop()
        if let found = DockerEngine.recorded(context) {
            if found.isOwn { try await DockerDaemon(context).revive(context) }
            guard await found.client.engineVersion() != nil else {
                throw HarnessError(
                    "the Docker engine that holds this stack's containers does not answer",
                    remedy: "start the engine, then run make down")
            }
            try await ModelLifecycleRun(context).removeContainers(found.client)
            try await ContainerEngine(found.client, context).removeAll(isOwnEngine: found.isOwn)
            if found.isOwn { try await DockerDaemon(context).remove() }
        }
        try FileManager.default.removeIfPresent(context.folder(of: name))
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        guard let found = DockerEngine.recorded(context), let wanted = noted(context),
            let version = await found.client.engineVersion(),
            let containers = try? await ContainerEngine(found.client, context).containers()
        else { return nil }
        let running = Dictionary(grouping: containers.filter(\.isRunning), by: \.workload).mapValues(\.count)
        let gateway = Gateway(context)
        guard wanted.allSatisfy({ running[$0.key, default: 0] >= $0.value.replicas }), await gateway.standing() else {
            return nil
        }
        let counts = wanted.keys.sorted().map { "\($0.lastPathPart) \(running[$0, default: 0])" }
        return ComponentDetail(
            endpoint: gateway.address,
            detail: "\(counts.joined(separator: ", ")) on Docker \(version)\(found.isOwn ? " of its own" : ""); "
                + "curl --cacert \(gateway.authority)")
    }

    // MARK: The plan

    struct Plan: Sendable {
        let workloads: [Deployment]
        let routes: [Route]
        let settings: Gateway.Settings

        /// Returns the plan without workloads whose image was skipped; their routes answer 503.
        func keeping(_ titles: some Collection<String>) -> Plan {
            Plan(workloads: workloads.filter { titles.contains($0.title) }, routes: routes, settings: settings)
        }
    }

    private func plan(_ context: StackContext) async throws -> Plan {
        let manifests = try await manifests(context)
        let settings = Gateway.Settings(manifests)
        // Traefik is the gateway itself.
        let deployments = manifests.all("Deployment").filter { $0.name != Gateway.Settings.deployment }
        let workloads = try deployments.map { try Deployment($0, in: manifests) }
        return Plan(
            workloads: workloads, routes: try Route.all(in: manifests, workloads: workloads), settings: settings)
    }

    /// The image of each workload, by its title.
    private func obtain(imagesOf workloads: [Deployment], _ docker: DockerClient, _ context: StackContext) async throws
        -> [String: String]
    {
        // One after the other: each build uses all cores.
        var result: [String: String] = [:]
        for workload in workloads {
            if pulls {
                context.show("pulling \(workload.imageName)")
                try await docker("pull", "--quiet", workload.image)
                result[workload.title] = workload.image
                continue
            }
            guard let image = self.images.first(where: { $0.name == workload.imageName }) else {
                throw HarnessError("\(workload.title): no build for the image \(workload.image)")
            }
            do { result[workload.title] = try await image.obtain(docker, context) } catch let skipped as Skipped {
                context.say("\(name): \(workload.title) is skipped: \(skipped.reason)")
            }
        }
        return result
    }

    /// Shared settings of the parts.
    struct Fixture: Sendable {
        let plan: Plan
        let engine: ContainerEngine
        let gateway: Gateway
        let rolling: RollingUpdate

        init(_ plan: Plan, _ engine: ContainerEngine, _ images: [String: String], _ context: StackContext) async throws
        {
            let gateway = Gateway(context)
            var ready: [Container] = []
            for container in try await engine.containers() {
                guard let workload = plan.workloads.first(where: { $0.title == container.workload }) else { continue }
                if await engine.isReady(container, workload) { ready.append(container) }
            }
            let endpoints = try RollingUpdate.Endpoints(ready) { containers in
                try gateway.route(plan.routes, plan.workloads, context) { backend in
                    backend.workloads.flatMap { containers[$0, default: []] }.compactMap { $0.ports[backend.port] }
                }
            }
            self.plan = plan
            self.engine = engine
            self.gateway = gateway
            rolling = RollingUpdate(engine: engine, workloads: plan.workloads, images: images, endpoints: endpoints)
        }
    }

    // MARK: Desired containers

    private func noteFile(_ context: StackContext) -> String {
        context.folder(of: name).appendingPath("workloads.json")
    }

    private struct Noted: Codable {
        let replicas: Int
        let image: String
    }

    private func note(_ workloads: [Deployment], _ images: [String: String], _ context: StackContext) throws {
        let wanted = Dictionary(
            uniqueKeysWithValues: workloads.map {
                ($0.title, Noted(replicas: $0.replicas, image: images[$0.title] ?? $0.image))
            })
        try JSONEncoder().encode(wanted).write(to: URL(fileURLWithPath: noteFile(context)), options: .atomic)
    }

    /// By the workload's title.
    private func noted(_ context: StackContext) -> [String: Noted]? {
        FileManager.default.contents(atPath: noteFile(context)).flatMap {
            try? JSONDecoder().decode([String: Noted].self, from: $0)
        }
    }
}
