import Foundation
import HarnessSupport

/// Provides kubectl: the installed one if it is new enough, else the pinned release, fetched with curl.
struct KubectlRelease: Sendable {
    let home: HarnessHome

    var executable: String { home.tools.appendingPath("kubectl-\(Pins.Kubectl.version)/kubectl") }

    /// - Throws: `Tool.Missing`.
    func locate(announce: @Sendable (String) -> Void) async throws -> String {
        if let path = Toolbox.onPath("kubectl"), try await isNewEnough(path) { return path }
        if FileManager.default.isExecutableFile(atPath: executable) { return executable }
        let platform = TerraformRelease.platform
        guard let checksum = Pins.Kubectl.checksums[platform] else {
            throw missing("has no pinned release for \(platform)")
        }
        let address =
            "https://dl.k8s.io/release/v\(Pins.Kubectl.version)/bin/"
            + platform.replacing("_", with: "/") + "/kubectl"
        return try await home.withScratch("kubectl") { scratch in
            announce("fetching \(address)")
            let fresh = scratch.appendingPath("kubectl")
            if let problem = try await Download(address: address, checksum: checksum).problem(into: fresh) {
                throw missing("\(Pins.Kubectl.minimum) or newer is not on the PATH, and its release \(problem)")
            }
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fresh)
            try home.publish(fresh, at: executable)
            return executable
        }
    }

    private func isNewEnough(_ path: String) async throws -> Bool {
        let output = try await Command(path, ["version", "--client", "--output=json"]).run()
        let version = JSONValue(parsing: output.stdout)?["clientVersion", "gitVersion"]?.string ?? ""
        let number = version.drop { $0 == "v" }.prefix { $0.isNumber || $0 == "." }
        return VersionConstraint(">= \(Pins.Kubectl.minimum)")?.accepts(String(number)) ?? false
    }

    private func missing(_ reason: String) -> Tool.Missing {
        Tool.Missing(
            "kubectl", reason: reason,
            remedy: "install kubectl \(Pins.Kubectl.minimum) or newer from kubernetes.io/docs/tasks/tools")
    }
}
