import Foundation
import HarnessSupport
import Tooling

/// An image archive, named by its inputs: the next `up` loads it instead of a build.
struct ImageArchive: Sendable {
    let name: String
    let content: String
    let home: HarnessHome

    private var folder: String { home.cache.appendingPath("images") }
    private var file: String { folder.appendingPath("\(name)-\(content).tar") }

    /// Loads the image into the engine as `tag`.
    ///
    /// - Returns: `false` if no archive exists.
    func load(as tag: String, _ docker: DockerClient) async throws -> Bool {
        if try await docker.has(image: tag) { return true }
        guard FileManager.default.fileExists(atPath: file) else { return false }
        let loaded = try await docker("load", "--quiet", "--input", file)
        guard let id = loaded.split(whereSeparator: \.isWhitespace).last else {
            throw HarnessError("docker load: \(loaded)", remedy: "remove \(file)")
        }
        try await docker("tag", String(id), tag)
        return true
    }

    /// Saves the image, and deletes archives of other content.
    func save(_ tag: String, _ docker: DockerClient) async throws {
        try home.makeFolder(folder)
        let id = try await docker("image", "inspect", "--format", "{{.Id}}", tag)
        let size = Int(try await docker("image", "inspect", "--format", "{{.Size}}", tag)) ?? 0
        try DiskSpace.require(size + 100_000_000, in: folder, for: "the archive of the image \(name)")
        let fresh = folder.appendingPath(".\(UUID().uuidString).tar")
        defer { try? FileManager.default.removeItem(atPath: fresh) }
        try await docker("save", "--output", fresh, id)
        for old in try FileManager.default.contentsOfDirectory(atPath: folder) {
            // One name can be a prefix of another.
            guard old.hasPrefix("\(name)-"), old.count == "\(name)-\(content).tar".count else { continue }
            try FileManager.default.removeIfPresent(folder.appendingPath(old))
        }
        try home.publish(fresh, at: file)
    }
}

extension DockerClient {
    func has(image: String) async throws -> Bool {
        try await !self("images", "--quiet", image).isEmpty
    }
}
