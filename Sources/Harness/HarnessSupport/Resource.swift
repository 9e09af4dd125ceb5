import Foundation

/// Files that the build carries beside the executable.
enum Resource {
    /// - Throws: `HarnessError` where the build is not whole.
    static func path(_ name: String, _ type: String, in folder: String) throws -> String {
        guard let path = Bundle.module.path(forResource: name, ofType: type, inDirectory: folder) else {
            throw HarnessError("the build lacks its resource \(folder)/\(name).\(type)", remedy: "build again")
        }
        return path
    }
}
