import Foundation
import HarnessSupport

/// The folder `.harness/`, which contains everything that the harness creates: tools, cache, scratch folders and the
/// stack's state.
public struct HarnessHome: Sendable {
    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// `$HARNESS_HOME`, else `.harness` at the top of the git work tree around the current folder, else in it.
    public static func standard() -> HarnessHome {
        if let named = ProcessInfo.processInfo.environment["HARNESS_HOME"], !named.isEmpty {
            return HarnessHome(path: URL(fileURLWithPath: named).standardizedFileURL.path)
        }
        let current = FileManager.default.currentDirectoryPath
        return HarnessHome(path: WorkTree.root(of: current).appendingPath(".harness"))
    }

    public var tools: String { path.appendingPath("tools") }
    public var cache: String { path.appendingPath("cache") }
    public var stack: String { path.appendingPath("stack") }
    package var downloads: String { path.appendingPath("downloads") }
    package var definitions: String { path.appendingPath("definitions") }
    package var scratch: String { path.appendingPath("scratch") }

    /// Runs `body` with a new empty folder that is removed afterwards, also when `body` throws.
    package func withScratch<Result>(_ purpose: String, _ body: (String) async throws -> Result) async throws -> Result
    {
        let folder = scratch.appendingPath(OwnedFolder.name(purpose))
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try await body(folder)
    }

    /// Moves a finished file or folder to its final path. If another process was faster, its result is kept.
    ///
    /// - Throws: the file system's error when nothing is at `place` afterwards.
    package func publish(_ fresh: String, at place: String) throws {
        try makeFolder(place.parentPath)
        do {
            try FileManager.default.moveItem(atPath: fresh, toPath: place)
        } catch {
            guard FileManager.default.fileExists(atPath: place) else { throw error }
        }
    }

    /// Creates the folder if it is missing, and removes what killed runs left in it.
    ///
    /// - Throws: `HarnessError` when nothing can be written there.
    public func makeWritable() throws {
        try makeFolder(scratch)
        OwnedFolder.removeLeftovers(in: scratch)
    }

    /// Removes the folders that `makeWritable` created, if they are empty.
    public func leaveNothingEmpty() {
        rmdir(scratch)
        if FileManager.default.names(in: path) == [".gitignore"] { unlink(ignoring) }
        rmdir(path)
    }

    /// Excludes the files of the harness from git, and thereby from the checks.
    private var ignoring: String { path.appendingPath(".gitignore") }

    /// - Throws: `HarnessError` when the folder cannot be made.
    package func makeFolder(_ folder: String) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            guard access(folder, W_OK) == 0 else { throw CocoaError(.fileWriteNoPermission) }
            // A folder with another name belongs to the user.
            if path.lastPathPart == ".harness", !FileManager.default.fileExists(atPath: ignoring) {
                try Data("*\n".utf8).write(to: URL(fileURLWithPath: ignoring), options: .atomic)
            }
        } catch {
            throw HarnessError(
                "cannot write to \(folder)", remedy: "make it writable, or name another folder in HARNESS_HOME")
        }
    }
}
