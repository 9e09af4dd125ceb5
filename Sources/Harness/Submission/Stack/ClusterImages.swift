import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The applications' images in the ECR registry of a real cluster, whose nodes cannot reach another registry.
struct ClusterImages: Component {
    let name = "cluster-images"
    let dependencies = [TerraformStack.cluster.name]
    let code = ["k8s/push-image.sh"]

    /// Images by their repository of the stack `cluster`.
    static let places = [
        ("claims/v1/claims-model", ApplicationImage.claimsModelV1), ("claims/claims-model", .claimsModel),
        ("claims/v1/report", .reportV1), ("claims/report", .report),
    ]

    func up(_ context: StackContext) async throws -> ComponentDetail {
        // Without approval only a plan runs, so the repository can be missing.
        guard context.options.isApproved else { throw Skipped("images are pushed only with APPROVE=yes") }
        let urls = try await urls(context)
        let docker = try await DockerEngine.obtain(context).client
        let scripts = RepositoryScript(context: context, docker: docker)
        let tools = try await context.toolbox.path(of: .aws).parentPath
        for (repository, image) in Self.places {
            guard let url = urls[repository] else {
                throw HarnessError(
                    "\(name): the cluster has no repository \(repository)", remedy: "add it to image_repositories")
            }
            let tag = try await image.obtain(docker, context)
            context.show("pushing \(repository)")
            let address = try await scripts.run(
                "k8s/push-image.sh", ["--image", tag, "--repository", url], programs: [tools])
            // A person commits the image change in the overlay.
            let edit = Self.edit(of: repository, address)
            context.say("\(name): in \(edit.folder): \(edit.command)")
        }
        return try await detail(context)
    }

    /// The command that names the pushed image in an overlay. kustomize compares the whole name
    /// (kubernetes-sigs/kustomize@v5.7.1:api/internal/image/image.go, IsImageMatched).
    static func edit(of repository: String, _ address: String) -> (folder: String, command: String) {
        let app = repository.lastPathPart == "report" ? "report" : "claims"
        return (
            "k8s/apps/\(app)/overlays/eks", "kustomize edit set image registry.example.com/\(repository)=\(address)"
        )
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let found = try await AWSClient.with(context) { aws in
            var found: [String] = []
            for (repository, _) in Self.places {
                let listed = try await aws.call("ecr", "ListImages", ["repositoryName": .string(repository)])
                if listed["imageIds"].items.contains(where: { $0["imageTag"] != nil }) { found.append(repository) }
            }
            return found
        }
        return [
            Assertion(
                id: "images-in-registry", "each application's image is in the cluster's registry", is: found,
                Self.places.map(\.0))
        ]
    }

    /// The stack `cluster` deletes the repositories with the images.
    func down(_ context: StackContext) async throws {
        guard let engine = DockerEngine.recorded(context), engine.isOwn else { return }
        try await DockerDaemon(context).remove()
    }

    func standing(_ context: StackContext) async -> ComponentDetail? { try? await detail(context) }

    private func detail(_ context: StackContext) async throws -> ComponentDetail {
        let registry = try await urls(context).values.sorted().first?.split(separator: "/").first ?? "-"
        return ComponentDetail(endpoint: String(registry), detail: "\(Self.places.count) images")
    }

    private func urls(_ context: StackContext) async throws -> [String: String] {
        (try await TerraformStack.cluster.outputs(context)["image_repository_urls"]?.object ?? [:])
            .compactMapValues(\.string)
    }
}
