import Foundation
import HarnessSupport

/// A pinned file of custom resource definitions: a line of `Pins/crds.txt`.
package struct DefinitionFile: Hashable, Sendable {
    /// `OWNER/REPO/TAG/PATH`, the same in a local mirror and at GitHub.
    package let path: String
    let checksum: String
    /// `GROUP/KIND`.
    let kinds: Set<String>

    static let all: [DefinitionFile] = Pins.crds.text.split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ").map(String.init)
        guard words.count == 3, !line.hasPrefix("#") else { return nil }
        return DefinitionFile(
            path: words[1], checksum: words[0], kinds: Set(words[2].split(separator: ",").map(String.init)))
    }

    package static func defining(_ kind: String, group: String) -> DefinitionFile? {
        all.first { $0.kinds.contains("\(group)/\(kind)") }
    }

    private var address: String {
        let parts = path.split(separator: "/", maxSplits: 3)
        return "https://raw.githubusercontent.com/\(parts[0])/\(parts[1])/\(parts[2])/\(parts[3])"
    }

    /// - Returns: the path of the file.
    /// - Throws: `Tool.Missing`.
    func install(home: HarnessHome, announce: @Sendable (String) -> Void) async throws -> String {
        if let mirror = ProcessInfo.processInfo.environment["HARNESS_ASSETS"], !mirror.isEmpty {
            let place = mirror.appendingPath(path)
            if Digest(file: place)?.hex == checksum { return place }
        }
        let place = home.definitions.appendingPath(path)
        if Digest(file: place)?.hex == checksum { return place }
        return try await home.withScratch("definitions") { scratch in
            announce("fetching \(address)")
            let fresh = scratch.appendingPath("file")
            if let problem = try await Download(address: address, checksum: checksum).problem(into: fresh) {
                throw Tool.Missing(
                    address, reason: problem,
                    remedy: "check the network, or name a mirror of OWNER/REPO/TAG/PATH in HARNESS_ASSETS")
            }
            // What is there has another checksum, unless another process was faster just now.
            try FileManager.default.removeIfPresent(place)
            try home.publish(fresh, at: place)
            return place
        }
    }
}
