import Foundation
import HarnessSupport
import Tooling

/// The environment of a check: the repository, the tools, and temporary folders.
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
    /// A tool that runs on the copies cannot read files outside the cache key or write to the repository.
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
