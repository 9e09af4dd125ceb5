import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Rendered manifests on a Docker engine with images of a registry: a pipeline's deployment on one machine.
public struct Release: Sendable {
    private let context: StackContext
    private let component: DockerApplications

    /// - Parameter manifests: objects as kustomize renders them.
    public init(
        manifests: String, port: Int, toolbox: Toolbox, say: @escaping @Sendable (String) -> Void,
        show: @escaping @Sendable (String) -> Void
    ) throws {
        context = StackContext(
            target: .local,
            repository: Repository(root: FileManager.default.currentDirectoryPath, artifacts: []),
            toolbox: toolbox, folder: toolbox.home.stack.appendingPath("release"),
            options: StackOptions(port: port), say: say, show: show)
        let objects: [JSONValue]
        do {
            objects = try Manifests.parse(manifests).flatMap { $0["kind"] == "List" ? $0["items"].items : [$0] }
        } catch {
            throw HarnessError("the manifests are not valid YAML: \(error)")
        }
        component = DockerApplications(pulls: true, manifests: { _ in Manifests(objects: objects) })
    }

    /// Applies the manifests without a lost request.
    ///
    /// - Returns: the gateway's address and its CA certificate.
    public func apply() async throws -> (address: String, authority: String) {
        try context.home.makeFolder(context.folder)
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        do {
            try await component.checkPorts(context)
            _ = try await component.up(context)
        } catch let skipped as Skipped {
            throw HarnessError("no Docker engine found", remedy: skipped.reason)
        }
        let gateway = Gateway(context)
        return (gateway.address, gateway.authority)
    }

    /// The image of every running container, by Deployment, as the engine reports it.
    public func running() async throws -> [(workload: String, image: String)] {
        guard let found = DockerEngine.recorded(context) else { return [] }
        let containers = try await ContainerEngine(found.client, context).containers().filter(\.isRunning)
        var result: [(String, String)] = []
        for container in containers {
            result.append(
                (container.workload, try await found.client("inspect", "--format", "{{.Config.Image}}", container.id)))
        }
        return result
    }

    /// Removes the resources of `apply`.
    public func delete() async throws {
        guard FileManager.default.fileExists(atPath: context.folder) else { return }
        let lock = try StackLock(folder: context.folder)
        defer { lock.release() }
        try await component.down(context)
        try FileManager.default.removeItem(atPath: context.folder)
    }
}
