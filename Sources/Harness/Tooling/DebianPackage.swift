import Foundation
import HarnessSupport

/// Programs that are extracted from a Debian package, because installation would start its services. apt verifies the
/// signature.
package struct DebianPackage: Sendable {
    let name: String
    let home: HarnessHome

    /// The folder that contains the package's files, as a root folder.
    var folder: String { home.tools.appendingPath("debian-\(name)") }

    static var canUnpack: Bool { Toolbox.onPath("apt-get") != nil && Toolbox.onPath("dpkg-deb") != nil }

    static func missing(_ tool: String) -> Tool.Missing {
        Tool.Missing(
            tool, reason: "is not on the PATH", remedy: "install it, or run this on Debian, whose package has it")
    }

    /// Returns the command that runs a program of an extracted package. Debian's builds expect files in `/usr/share`,
    /// so the command mounts the package's folder there, for this process only.
    package static func running(_ program: String, _ home: HarnessHome) -> (program: String, arguments: [String]) {
        guard program.isWithin(home.tools) else { return (program, []) }
        let root = program.parentPath.parentPath.parentPath
        let rights = geteuid() == 0 ? [] : ["--map-root-user"]
        let script = #"mount --bind "$0/usr/share" /usr/share && exec "$@""#
        return ("unshare", rights + ["--mount", "sh", "-c", script, root, program])
    }

    /// - Returns: `folder`.
    /// - Throws: `Tool.Missing`.
    func install(announce: @Sendable (String) -> Void) async throws -> String {
        if FileManager.default.fileExists(atPath: folder) { return folder }
        guard Self.canUnpack else { throw Self.missing(name) }
        announce("taking Debian's package \(name) apart")
        do {
            try home.makeFolder(home.tools)
            return try await home.withScratch("debian") { scratch in
                try await fetch(to: scratch)
                let files = try FileManager.default.contentsOfDirectory(atPath: scratch)
                guard let package = files.first(where: { $0.hasSuffix(".deb") }) else { throw Skipped("no file came") }
                let unpacked = scratch.appendingPath("root")
                try await call("dpkg-deb", ["--extract", package, "root"], in: scratch)
                try home.publish(unpacked, at: folder)
                return folder
            }
        } catch let skipped as Skipped {
            throw Tool.Missing(
                name, reason: "could not be fetched: \(skipped.reason)", remedy: "apt-get install \(name)")
        }
    }

    private func fetch(to folder: String) async throws {
        do { try await download(in: folder) } catch is Skipped where DebianPackages.canInstall {
            // The lists are missing, or older than the mirror.
            try await call("apt-get", ["update", "--quiet=2"], in: folder)
            try await download(in: folder)
        }
    }

    private func download(in folder: String) async throws {
        // Run by root, apt would download as a user who cannot write here, and print a warning.
        try await call("apt-get", ["download", "--quiet=2", "--option", "APT::Sandbox::User=", name], in: folder)
    }

    private func call(_ program: String, _ arguments: [String], in folder: String) async throws {
        let output = try await Command(program, arguments, environment: ["LC_ALL": "C.UTF-8"], folder: folder).run()
        guard output.isSuccess else { throw Skipped("\(program) \(arguments[0]): \(output.lastLine)") }
    }
}
