import Foundation

/// Finds git work trees through the file system.
package enum WorkTree {
    /// The root that `path` belongs to: the top of its git work tree, else the folder itself or the file's folder.
    package static func root(of path: String) -> String {
        var isFolder: ObjCBool = false
        let files = FileManager.default
        _ = files.fileExists(atPath: path, isDirectory: &isFolder)
        let start = isFolder.boolValue ? path : path.parentPath
        var folder = start
        while !folder.isEmpty {
            if files.fileExists(atPath: folder.appendingPath(".git")) { return folder }
            folder = folder.parentPath
        }
        return start
    }
}
