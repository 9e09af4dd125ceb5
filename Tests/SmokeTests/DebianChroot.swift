import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Tooling

/// A Debian 12 in a folder, with the harness's Ansible in it and no network.
///
/// Mounts live in a mount namespace of each call and end with it; services do not start (policy-rc.d).
struct DebianChroot: Sendable {
    let root: String
    private let ansible: String

    /// Runs `body` with a fresh one. Ends the test as skipped where none can be made.
    ///
    /// - Parameter packages: what the archive must hold in addition to what is installed, for use without a network.
    static func with(
        installed: [String], packages: [String], _ body: (DebianChroot) async throws -> Void
    ) async throws {
        guard geteuid() == 0 else { try skip("a chroot needs root") }
        for tool in ["debootstrap", "unshare", "tar"] where Toolbox.onPath(tool) == nil {
            try skip("\(tool) is not on the PATH; apt-get install debootstrap util-linux tar")
        }
        let namespaces = try await call("unshare", namespaces + ["true"])
        guard namespaces.isSuccess else { try skip("namespaces cannot be made here: \(namespaces.lastLine)") }
        let environment = URL(
            fileURLWithPath: try await Toolbox(home: Project.home).path(of: .ansible)
        ).deletingLastPathComponent().deletingLastPathComponent().path
        let libraries = try FileManager.default.contentsOfDirectory(atPath: environment + "/lib")
        let python = libraries.first { $0.hasPrefix("python3") } ?? "python3"

        let base = try await base(installed: installed, packages: packages)
        try await withScratch { folder in
            let chroot = DebianChroot(
                root: folder + "/debian", ansible: "\(environment)/lib/\(python)/site-packages")
            try FileManager.default.createDirectory(atPath: chroot.root, withIntermediateDirectories: true)
            try await must("tar", ["--extract", "--file", base, "--directory", chroot.root])
            try await body(chroot)
        }
    }

    /// Calls a program within; online, it reaches what this machine reaches.
    func run(online: Bool = false, _ arguments: String...) async throws -> Command.Output {
        let script = """
            root=$1 ansible=$2
            shift 2
            mount --bind "$ansible" "$root/opt/ansible"
            mount -o remount,bind,ro "$root/opt/ansible"
            mount -t proc proc "$root/proc"
            exec chroot "$root" env -i HOME=/root LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \\
                DEBIAN_FRONTEND=noninteractive PYTHONPATH=/opt/ansible PYTHONDONTWRITEBYTECODE=1 \\
                ANSIBLE_PYTHON_INTERPRETER=/usr/bin/python3 "$@"
            """
        return try await Self.call(
            "unshare",
            Self.namespaces + (online ? [] : ["--net"]) + ["sh", "-euc", script, "chroot", root, ansible]
                + arguments)
    }

    private static let namespaces = ["--mount", "--pid", "--fork", "--kill-child"]

    /// The system as an archive in the harness's downloads, made on first use.
    private static func base(installed: [String], packages: [String]) async throws -> String {
        let recipe = (installed + ["/"] + packages).joined(separator: " ")
        let archive = "\(Project.home.downloads)/debian-12-\(Digest.of(recipe.utf8).short).tar"
        if FileManager.default.fileExists(atPath: archive) { return archive }
        try Project.home.makeFolder(Project.home.downloads)
        try await Project.home.withScratch("debian") { folder in
            let root = folder + "/debian"
            let made = try await call(
                "unshare",
                namespaces + [
                    "debootstrap", "--variant=minbase", "--include=\(installed.joined(separator: ","))", "bookworm",
                    root, "http://deb.debian.org/debian",
                ])
            guard made.isSuccess else { try skip("debootstrap made no Debian 12: \(made.lastLine)") }
            try write(["usr/sbin/policy-rc.d": "#!/bin/sh\nexit 101\n"], to: root)
            try await must("chmod", ["0755", root + "/usr/sbin/policy-rc.d"])
            try FileManager.default.createDirectory(atPath: root + "/opt/ansible", withIntermediateDirectories: true)
            let names = packages.joined(separator: " ")
            let script = "apt-get update && apt-get install --yes --download-only --reinstall \(names)"
            let fetched = try await call(
                "unshare", namespaces + ["chroot", root, "sh", "-euc", script])
            guard fetched.isSuccess else { try skip("packages could not be fetched: \(fetched.lastLine)") }
            try await must("tar", ["--create", "--file", folder + "/base.tar", "--directory", root, "."])
            try? FileManager.default.moveItem(atPath: folder + "/base.tar", toPath: archive)
        }
        return archive
    }

    private static func call(_ program: String, _ arguments: [String]) async throws -> Command.Output {
        try await Command(program, arguments).run()
    }

    private static func must(_ program: String, _ arguments: [String]) async throws {
        let output = try await call(program, arguments)
        guard output.isSuccess else { throw HarnessError("\(program) failed: \(output.lastLine)") }
    }
}
