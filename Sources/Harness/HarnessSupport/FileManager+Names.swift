import Foundation

extension FileManager {
    /// The names in a folder; empty when the folder is missing or unreadable.
    package func names(in folder: String) -> [String] { (try? contentsOfDirectory(atPath: folder)) ?? [] }

    /// When the file was last modified; `nil` when it is missing.
    package func modificationDate(of path: String) -> Date? {
        (try? attributesOfItem(atPath: path))?[.modificationDate] as? Date
    }

    /// Removes a file or folder; does nothing when it is missing.
    ///
    /// - Throws: the file system's error when it stays.
    package func removeIfPresent(_ path: String) throws {
        do { try removeItem(atPath: path) } catch CocoaError.fileNoSuchFile {}
    }

    /// Removes the files directly in a folder that were last modified more than `days` ago.
    package func removeFiles(in folder: String, olderThan days: Double) {
        let limit = Date(timeIntervalSinceNow: -days * 86_400)
        for name in names(in: folder) {
            let path = folder.appendingPath(name)
            // Another process may have removed it.
            if let date = modificationDate(of: path), date < limit { unlink(path) }
        }
    }

    /// The lines of a text file that another process may still write; empty when the file is missing.
    package func lines(of path: String) -> [Substring] {
        (contents(atPath: path).map { String(decoding: $0, as: UTF8.self) } ?? "").split(separator: "\n")
    }
}
