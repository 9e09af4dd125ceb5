import Foundation

/// The image that a Containerfile starts from: the public one by its digest, else one that is made from Debian's
/// packages here.
struct BaseImage: Sendable {
    private let containerfile: String

    init(_ containerfile: String) { self.containerfile = containerfile }

    /// - Returns: the name to build from; `nil` where the Containerfile's own can be had.
    func obtain(_ docker: DockerClient, _ context: StackContext) async throws -> String? {
        let text = context.repository.text(of: containerfile) ?? ""
        guard let match = text.firstMatch(of: /(?m)^ARG BASE_IMAGE=(\S+@sha256:[0-9a-f]{64})$/) else {
            throw HarnessError("\(containerfile) has no ARG BASE_IMAGE with a digest")
        }
        let image = String(match.output.1)
        context.show("pulling \(image.prefix { $0 != "@" })")
        if (try? await docker("pull", "--quiet", image)) != nil { return nil }
        let name = "\(ApplicationImage.prefix(context))/base:local"
        if (try? await docker("image", "inspect", name)) != nil { return name }
        context.say(
            "\(Applications.name): \(image.prefix { $0 != "@" }) cannot be pulled; making a base from Debian's packages")
        let script = "sagemaker/claims-model/scripts/make-base-image.sh"
        let order = ApplicationImage.Order(context: context, docker: docker, tag: name, base: nil, scratch: "")
        try await order.run(context.repository.absolute(script), ["--tag", name])
        return name
    }
}
