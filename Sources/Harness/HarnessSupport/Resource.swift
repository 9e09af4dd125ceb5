import Foundation

/// Files that the build carries beside the executable.
package enum Resource {
    /// - Parameter bundle: that of the module which the file belongs to.
    /// - Throws: `HarnessError` where the build is not whole.
    package static func path(_ name: String, _ type: String, in folder: String, of bundle: Bundle) throws -> String {
        guard let path = bundle.path(forResource: name, ofType: type, inDirectory: folder) else {
            throw HarnessError("the build lacks its resource \(folder)/\(name).\(type)", remedy: "build again")
        }
        return path
    }
}
