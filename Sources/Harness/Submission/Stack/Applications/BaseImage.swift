import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The base image: the public image that a Containerfile names by digest, else an image built
/// from Debian packages.
enum BaseImage {
    /// A locally built base image.
    struct Own: Sendable {
        /// Its name in the engine.
        let name: String
        /// Its Python version, for example 3.11.
        let python: String
    }

    private static let script = "sagemaker/claims-model/scripts/make-base-image.sh"

    /// - Parameters:
    ///   - containerfile: a file that names an image by digest, as `ARG BASE_IMAGE=` or as `VERSION) default=`.
    ///   - pythons: the versions of Python to make a base with, the preferred one first.
    /// - Returns: `nil` if the Containerfile's image can be pulled.
    /// - Throws: `HarnessError` if no base image is available.
    static func obtain(
        for containerfile: String, _ docker: DockerClient, _ context: StackContext,
        on pythons: [String] = ["3.7", "3.11"]
    ) async throws -> Own? {
        let text = context.repository.text(of: containerfile) ?? ""
        // Of several versions the first one.
        let place = /(?m)^(?:ARG BASE_IMAGE=| *[\d.]+\) default=)(\S+@sha256:[0-9a-f]{64})/
        guard let match = text.firstMatch(of: place) else {
            throw HarnessError("\(containerfile) has no base image with a digest")
        }
        let image = String(match.output.1)
        context.show("pulling \(image.prefix { $0 != "@" })")
        do {
            try await docker("pull", "--quiet", image)
            return nil
        } catch let error as HarnessError {
            try Task.checkCancellation()
            let reason = "\(image.prefix { $0 != "@" }) cannot be pulled (\(error.message.prefix(120)))"
            context.say("\(Applications.name): \(reason); using a base built from Debian packages")
        }
        return try await own(docker, context, on: pythons)
    }

    /// Builds the base once and keeps it as an archive until the build script changes.
    static func own(
        _ docker: DockerClient, _ context: StackContext, on pythons: [String] = ["3.7", "3.11"]
    ) async throws -> Own {
        guard let sum = Digest(file: context.repository.absolute(script)) else {
            throw HarnessError("\(script) not found", remedy: "run harness inside the repository")
        }
        // The version that the exercise asks for comes from pyenv; Debian itself has another.
        for python in pythons {
            let kept = ImageArchive(name: "base-\(python)", content: sum.short, home: context.home)
            let name = "\(ApplicationImage.prefix(context))/base-\(python):\(sum.short)"
            if try await kept.load(as: name, docker) { return Own(name: name, python: python) }
        }
        if geteuid() == 0, DebianPackages.canInstall, Toolbox.onPath("debootstrap") == nil {
            context.say("\(Applications.name): installing Debian's debootstrap with apt-get")
            try await DebianPackages.install(["debootstrap"])
        }
        context.show("building a base image")
        var reason = ""
        for python in pythons {
            let name = "\(ApplicationImage.prefix(context))/base-\(python):\(sum.short)"
            let tools = RepositoryScript(context: context, docker: docker)
            do { try await tools.run(script, ["--tag", name, "--python", python]) } catch let error as HarnessError {
                try Task.checkCancellation()
                reason = error.message
                context.say("\(Applications.name): no base with Python \(python): \(reason)")
                continue
            }
            try await ImageArchive(name: "base-\(python)", content: sum.short, home: context.home).save(name, docker)
            return Own(name: name, python: python)
        }
        throw HarnessError("no base image available: \(reason)", remedy: "give the engine access to a registry")
    }
}
