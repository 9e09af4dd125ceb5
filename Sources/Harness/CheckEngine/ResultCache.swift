import CheckCore
import Foundation
import HarnessSupport

/// Results by the content they were made from. Entries are whole or absent: each is written beside its place and moved.
package struct ResultCache: Sendable {
    package let folder: String

    package init(folder: String) {
        self.folder = folder
    }

    package struct Entry: Codable {
        package let findings: [Finding]
        package let seconds: Double

        package init(findings: [Finding], seconds: Double) {
            self.findings = findings
            self.seconds = seconds
        }
    }

    package func entry(_ key: Digest) -> Entry? {
        guard let data = FileManager.default.contents(atPath: file(key)) else { return nil }
        return try? JSONDecoder().decode(Entry.self, from: data)
    }

    /// A result that cannot be stored is only made again next time.
    package func store(_ entry: Entry, _ key: Digest) {
        let path = file(key)
        guard let data = try? JSONEncoder().encode(entry) else { return }
        try? FileManager.default.createDirectory(atPath: path.parentPath, withIntermediateDirectories: true)
        try? data.write(to: URL(fileURLWithPath: path), options: .atomic)
    }

    /// Removes what has not been written for `days`; a result still in use is made again once in that time.
    ///
    /// Does so once a day at most: it looks at every entry, of which there can be a hundred thousand.
    func prune(olderThan days: Double = 30) {
        let stamp = folder.appendingPath("pruned")
        if let last = FileManager.default.modificationDate(of: stamp), abs(last.timeIntervalSinceNow) < 86_400 {
            return
        }
        _ = FileManager.default.createFile(atPath: stamp, contents: nil)
        let limit = Date(timeIntervalSinceNow: -days * 86_400)
        guard let files = FileManager.default.enumerator(atPath: folder) else { return }
        for case let name as String in files where name.hasSuffix(".json") {
            let path = folder.appendingPath(name)
            // Another process may have removed it.
            if let date = FileManager.default.modificationDate(of: path), date < limit { unlink(path) }
        }
    }

    private func file(_ key: Digest) -> String {
        folder.appendingPath("\(key.hex.prefix(2))/\(key.hex.dropFirst(2)).json")
    }
}
