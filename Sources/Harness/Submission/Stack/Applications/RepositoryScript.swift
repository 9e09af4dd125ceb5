import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs scripts of the repository that build and push images.
struct RepositoryScript: Sendable {
    let context: StackContext
    let docker: DockerClient

    /// - Parameters:
    ///   - script: relative to the repository.
    ///   - programs: folders of additional programs for the script.
    /// - Returns: the output without the final line break.
    /// - Throws: `HarnessError` with the script's last line.
    @discardableResult
    func run(
        _ script: String, _ arguments: [String], environment changes: [String: String] = [:], programs: [String] = []
    ) async throws -> String {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        var environment = docker.environment
        environment["PATH"] = Self.searchPath(docker: docker.program, programs: programs, inherited: path)
        // Caches of pip and other tools, so that nothing is left in the user's home.
        environment["XDG_CACHE_HOME"] = context.home.downloads
        environment.merge(changes.mapValues(Optional.some)) { $1 }
        let output = try await Command(
            context.repository.absolute(script), arguments, environment: environment, folder: context.repository.root
        ).run()
        guard output.isSuccess else { throw HarnessError("\(script.lastPathPart): \(output.lastLine)") }
        return output.stdout.trimmingCharacters(in: .newlines)
    }

    /// Folders in which a script finds its programs. The given programs come first: a docker in `/usr/bin` has the
    /// system's Python beside it, which lacks their libraries. The docker comes before the inherited folders, because
    /// scripts take the first one on the path that can build.
    static func searchPath(docker: String, programs: [String], inherited: String) -> String {
        (programs + [docker.parentPath, inherited, "/usr/sbin", "/sbin"]).joined(separator: ":")
    }
}
