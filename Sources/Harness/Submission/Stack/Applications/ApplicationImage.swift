import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// An image of an application, built from this repository and cached by content.
struct ApplicationImage: Sendable {
    /// The name in the overlay `local`.
    let name: String
    /// The source files; the image changes only with them.
    let inputs: @Sendable (Repository) -> [String]
    let build: @Sendable (_ order: Order) async throws -> Void
    /// Whether the image is kept as an archive.
    var isKept = true
    /// Returns digests of inputs outside the repository, or throws `Skipped`.
    var variant: @Sendable (StackContext) async throws -> String = { _ in "" }

    struct Order: Sendable {
        let context: StackContext
        let docker: DockerClient
        /// The name for the build.
        let tag: String
        /// An empty folder, removed afterwards.
        let scratch: String
    }

    /// Makes the image available in the engine: from the engine, else from its archive, else by a build.
    ///
    /// - Returns: the name in the engine, which ends with a digest of the inputs.
    func obtain(_ docker: DockerClient, _ context: StackContext) async throws -> String {
        let content = try content(context.repository, try await variant(context))
        let tag = "\(Self.prefix(context))/\(name):\(content)"
        let archive = ImageArchive(name: name, content: content, home: context.home)
        context.show("loading the image \(name)")
        if try await archive.load(as: tag, docker) { return tag }
        context.say("\(Applications.name): building the image \(name)")
        try await context.home.withScratch("image") { scratch in
            try await build(Order(context: context, docker: docker, tag: tag, scratch: scratch))
            if isKept { try await archive.save(tag, docker) }
        }
        return tag
    }

    private func content(_ repository: Repository, _ variant: String) throws -> String {
        var bytes = Array(variant.utf8)
        let paths = inputs(repository).sorted()
        guard !paths.isEmpty else {
            throw HarnessError(
                "no source for the image \(name)", remedy: "run harness inside the repository")
        }
        for path in paths {
            guard let sum = Digest(file: repository.absolute(path)) else {
                throw HarnessError("cannot read \(path)")
            }
            bytes += Array("\(path) \(sum.hex)\n".utf8)
        }
        return Digest.of(bytes).short
    }

    /// The images in the overlays `local`.
    static let all = [claimsModelV1, claimsModel, reportV1, report]

    /// Name prefix of a stack's images.
    static func prefix(_ context: StackContext) -> String { "harness-\(context.id)" }
}
