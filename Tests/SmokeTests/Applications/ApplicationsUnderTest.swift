import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// The applications of a stack of its own, with the stand-in for their images and small manifests.
struct ApplicationsUnderTest: Sendable {
    let context: StackContext
    let engine: ContainerEngine
    let image: String

    /// Runs `body` with a stack that is not up yet, takes it down whatever happens, and expects that nothing is left.
    static func with(_ body: (ApplicationsUnderTest) async throws -> Void) async throws {
        let shared = try EngineUnderTest.current()
        try await withScratch { folder in
            try write(["sagemaker/claims-model/examples/claim.json": claim], to: folder + "/repository")
            let context = StackContext(
                target: .local,
                repository: Repository(root: folder + "/repository", artifacts: []),
                toolbox: Toolbox(home: Project.home), folder: folder + "/stack",
                options: StackOptions(port: freePort()),
                say: { _ in }, show: { _ in })
            let stack = ApplicationsUnderTest(
                context: context, engine: ContainerEngine(shared.engine.client, context), image: shared.image)
            try stack.record(shared.engine)
            do { try await body(stack) } catch {
                try? await stack.component().down(context)
                throw error
            }
            try await stack.component().down(context)
            try await stack.expectNothingLeft()
        }
    }

    private static let claim =
        #"{"data": [[22, "Main Road"]]}"#

    private func record(_ shared: DockerEngine) throws {
        try context.home.makeFolder(context.folder(of: Applications.name))
        try JSONEncoder().encode(DockerEngine(client: shared.client, isOwn: false))
            .write(to: URL(fileURLWithPath: context.folder(of: Applications.name) + "/engine.json"))
    }

    /// The component, with some text of its manifests replaced.
    func component(_ changes: [String: String] = [:]) -> DockerApplications {
        var component = DockerApplications()
        component.manifests = { _ in try Self.manifests(changes) }
        component.supplied = { SuppliedClaims.example($0) }
        let image = image
        component.images = ["claims-v1", "claims-v2", "report-v1", "report-v2"].map { name in
            ApplicationImage(
                name: name, inputs: { _ in ["sagemaker/claims-model/examples/claim.json"] },
                build: { try await $0.docker("tag", image, $0.tag) }, isKept: false)
        }
        return component
    }

    static func manifests(_ changes: [String: String] = [:]) throws -> Manifests {
        var text = manifestText
        for (old, new) in changes {
            try #require(text.contains(old), "the manifests have no \(old)")
            text = text.replacing(old, with: new)
        }
        return Manifests(objects: try Manifests.parse(text))
    }

    /// A workload of the changed manifests, and one container of it that is ready.
    func start(_ name: String, _ changes: [String: String] = [:]) async throws -> (Deployment, Container) {
        let manifests = try Self.manifests(changes)
        let deployment = try #require(manifests.named("Deployment", name, in: name.components(separatedBy: "-")[0]))
        let workload = try Deployment(deployment, in: manifests)
        let container = try await engine.start(workload, image: image, plan: "test")
        try await engine.waitUntilReady(container, workload)
        return (workload, container)
    }

    func docker(_ arguments: String...) async throws -> String { try await engine.docker.call(arguments) }

    /// Expects that no container, network, image, process or file of this stack is left.
    func expectNothingLeft() async throws {
        let label = "label=harness.stack=\(context.id)"
        #expect(try await docker("ps", "--all", "--quiet", "--filter", label) == "")
        #expect(try await docker("network", "ls", "--quiet", "--filter", label) == "")
        #expect(try await docker("images", "--quiet", "--filter", "reference=harness-\(context.id)/*") == "")
        #expect(!FileManager.default.fileExists(atPath: context.folder(of: Applications.name)))
        #expect(try LocalPort.isFree(context.options.port + 2))
        #expect(try LocalPort.isFree(context.options.port + 3))
    }
}
