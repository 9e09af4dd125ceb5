import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// An image of one of the applications, built from this repository and kept by its content.
struct ApplicationImage: Sendable {
    /// As the overlay `local` names it.
    let name: String
    /// The files that it is made from: while they are unchanged, so is the image.
    let inputs: @Sendable (Repository) -> [String]
    let build: @Sendable (_ order: Order) async throws -> Void
    /// Whether it is worth an archive.
    var isKept = true
    /// Names what the image is made from outside the repository, or throws `Skipped`.
    var variant: @Sendable (StackContext) async throws -> String = { _ in "" }

    struct Order: Sendable {
        let context: StackContext
        let docker: DockerClient
        /// The name to build it under.
        let tag: String
        /// An empty folder, removed afterwards.
        let scratch: String
    }

    /// Has the image in the engine: kept from the last time, else from its archive, else built.
    ///
    /// - Returns: its name in the engine, which ends with what it is made from.
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

    /// Those that the overlays `local` name.
    static let all = [claimsModelV1, claimsModel, reportV1, report]

    /// What the names of a stack's images begin with.
    static func prefix(_ context: StackContext) -> String { "harness-\(context.id)" }
}
