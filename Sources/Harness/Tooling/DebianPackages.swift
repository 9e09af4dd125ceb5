import Foundation
import HarnessSupport

/// Packages of Debian and its derivatives, which root can install.
package enum DebianPackages {
    package static var canInstall: Bool {
        geteuid() == 0 && FileManager.default.fileExists(atPath: "/etc/debian_version")
            && Toolbox.onPath("apt-get") != nil
    }

    /// - Parameter others: also installed, if this release has them.
    /// - Throws: `Skipped` with the output of apt-get.
    package static func install(_ names: [String], ifKnown others: [String] = []) async throws {
        try await aptGet(["update", "--quiet=2"])
        var packages = names
        for other in others
        where try await Command("apt-cache", ["show", "--no-all-versions", other]).run().isSuccess {
            packages.append(other)
        }
        try await aptGet(["install", "--yes", "--quiet=2", "--no-install-recommends"] + packages)
    }

    private static func aptGet(_ arguments: [String]) async throws {
        let environment = ["DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"]
        let output = try await Command("apt-get", arguments, environment: environment).run()
        guard output.isSuccess else { throw Skipped("apt-get \(arguments[0]) failed: \(output.lastLine)") }
    }
}
