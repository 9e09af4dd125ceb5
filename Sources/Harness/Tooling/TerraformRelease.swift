import Foundation
import HarnessSupport

/// Terraform's release for machines without Terraform: fetched with curl and compared with the pinned checksum.
struct TerraformRelease: Sendable {
    let home: HarnessHome

    var executable: String { home.tools.appendingPath("terraform-\(Pins.Terraform.version)/terraform") }

    func install(announce: @Sendable (String) -> Void) async throws -> String {
        if FileManager.default.isExecutableFile(atPath: executable) { return executable }
        guard let checksum = Pins.Terraform.checksums[Self.platform] else {
            throw missing("has no pinned release for \(Self.platform)")
        }
        return try await home.withScratch("terraform") { scratch in
            let file = "terraform_\(Pins.Terraform.version)_\(Self.platform).zip"
            let address = "https://releases.hashicorp.com/terraform/\(Pins.Terraform.version)/\(file)"
            announce("fetching \(address)")
            let archive = scratch.appendingPath(file)
            let fetched = try await call("curl", ["-fsSL", "--retry", "2", "-o", archive, address])
            guard fetched.isSuccess else {
                throw missing("is not on the PATH and could not be fetched (\(fetched.lastLine))")
            }
            guard Digest(file: archive)?.hex == checksum else {
                throw missing("was fetched, but its checksum is not the pinned one")
            }
            let unpacked = try await call("python3", ["-m", "zipfile", "-e", archive, scratch])
            guard unpacked.isSuccess else { throw missing("could not be unpacked (\(unpacked.lastLine))") }
            let fresh = scratch.appendingPath("terraform")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: fresh)
            try home.publish(fresh, at: executable)
            return executable
        }
    }

    static var platform: String {
        #if os(macOS)
            let system = "darwin"
        #else
            let system = "linux"
        #endif
        #if arch(arm64)
            return "\(system)_arm64"
        #else
            return "\(system)_amd64"
        #endif
    }

    /// The error names Terraform, not the missing download tool.
    private func call(_ program: String, _ arguments: [String]) async throws -> Command.Output {
        guard Toolbox.onPath(program) != nil else {
            throw missing("is not on the PATH and cannot be fetched without \(program)")
        }
        return try await Command(program, arguments).run()
    }

    private func missing(_ reason: String) -> Tool.Missing {
        Tool.Missing(
            "terraform", reason: reason,
            remedy:
                "install Terraform \(Pins.Terraform.minimum) or newer from developer.hashicorp.com/terraform/install")
    }
}
