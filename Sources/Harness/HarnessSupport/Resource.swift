import Foundation

/// Resource files of the build.
package enum Resource {
    /// - Parameter bundle: the bundle of the module that contains the file.
    /// - Throws: `HarnessError` if the build is incomplete.
    package static func path(_ name: String, _ type: String, in folder: String, of bundle: Bundle) throws -> String {
        guard let path = bundle.path(forResource: name, ofType: type, inDirectory: folder) else {
            throw HarnessError("resource \(folder)/\(name).\(type) is missing from the build", remedy: "build again")
        }
        return path
    }
}
