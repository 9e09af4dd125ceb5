import Foundation
import HarnessSupport
import Tooling

/// What a check works with: the repository, the tools, and folders of its own.
public struct CheckContext: Sendable {
    public let repository: Repository
    package let toolbox: Toolbox

    package init(repository: Repository, toolbox: Toolbox) {
        self.repository = repository
        self.toolbox = toolbox
    }

    public func path(of tool: Tool) async throws -> String { try await toolbox.path(of: tool) }

    /// Runs `body` with a folder that holds copies of these files and nothing else, at the same relative paths.
    ///
    /// A check that lets a tool loose on the copies cannot read what its cache key does not cover, nor leave
    /// anything in the repository.
    public func withStage<Result>(_ files: [String], _ body: (String) async throws -> Result) async throws -> Result {
        try await toolbox.home.withScratch("stage") { folder in
            try stage(files, in: folder)
            return try await body(folder)
        }
    }

    package func stage(_ files: [String], in folder: String) throws {
        for file in files where repository.contains(file) {
            let target = folder.appendingPath(file)
            try FileManager.default.createDirectory(atPath: target.parentPath, withIntermediateDirectories: true)
            try FileManager.default.copyItem(atPath: repository.absolute(file), toPath: target)
        }
    }
}
