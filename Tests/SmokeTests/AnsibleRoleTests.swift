import Foundation
import TestSupport
import Testing

@testable import HarnessSupport

@Suite("The image's Ansible role", .heavy, .timeLimit(.minutes(60)))
struct AnsibleRoleTests {
    private static let content = Project.root + "/terraform/modules/golden-image/ansible"

    @Test("makes a workstation of Debian 12, changes nothing the second time, and its own test notices what is broken")
    func role() async throws {
        let role = Self.content + "/roles/workstation"
        let packages = try ["defaults/main.yml", "vars/Debian.yml"].flatMap { file in
            try String(contentsOfFile: "\(role)/\(file)", encoding: .utf8)
                .matches(of: /\n {2}- (\S+)/).map { String($0.output.1) }
        }
        #expect(packages.contains("git") && packages.contains("auditd") && packages.contains("openssh-server"))
        // An SSH server and an updater, so that there is something to remove.
        let installed = ["python3", "python3-apt", "systemd", "openssh-server", "unattended-upgrades"]
        try await DebianChroot.with(installed: installed, packages: packages) { debian in
            try FileManager.default.copyItem(atPath: Self.content, toPath: debian.root + "/srv/image")

            let before = try await Self.play("test.yml", in: debian)
            #expect(before.failed == 1, "\(before.text)")

            let first = try await Self.play("playbook.yml", in: debian)
            #expect(first.failed == 0 && first.changed > 0, "\(first.text)")
            let second = try await Self.play("playbook.yml", in: debian)
            #expect(second.failed == 0 && second.changed == 0 && second.ok == first.ok, "\(second.text)")
            let sound = try await Self.play("test.yml", in: debian)
            #expect(sound.failed == 0 && sound.ok > 0, "\(sound.text)")

            let lifted = try await debian.run("sed", "--in-place", "/skuid/d", "/etc/nftables.conf")
            #expect(lifted.isSuccess, "\(lifted.stderr)")
            let credentials = try await Self.play("test.yml", in: debian)
            #expect(credentials.failed == 1)
            #expect(credentials.text.contains("or the user to the machine's credentials"), "\(credentials.text)")

            let opened = try await debian.run("chmod", "0777", "/usr/local/sbin/workstation-home")
            #expect(opened.isSuccess, "\(opened.stderr)")
            let writable = try await Self.play("test.yml", in: debian)
            #expect(writable.failed == 1)
            #expect(writable.text.contains("/usr/local/sbin/workstation-home is missing"), "\(writable.text)")

            let server = try await debian.run("apt-get", "install", "-y", "--no-install-recommends", "openssh-server")
            #expect(server.isSuccess, "\(server.stderr)")
            let reachable = try await Self.play("test.yml", in: debian)
            #expect(reachable.failed == 1)
            #expect(reachable.text.contains("or an SSH server or an updater is there"), "\(reachable.text)")

            let mended = try await Self.play("playbook.yml", in: debian)
            #expect(mended.failed == 0 && mended.changed == 3, "\(mended.text)")
            let again = try await Self.play("test.yml", in: debian)
            #expect(again.failed == 0, "\(again.text)")
        }
    }

    private struct Play {
        let ok, changed, failed: Int
        let text: String
    }

    private static func play(_ playbook: String, in debian: DebianChroot) async throws -> Play {
        let output = try await debian.run(
            "python3", "-m", "ansible.cli.playbook", "--connection", "local", "--inventory", "localhost,",
            "/srv/image/" + playbook)
        let text = output.stdout + output.stderr
        let recap = try #require(
            text.firstMatch(of: /localhost +: ok=(\d+) +changed=(\d+) +unreachable=0 +failed=(\d+)/), "\(text)")
        let failed = Int(recap.output.3)!
        #expect(output.isSuccess == (failed == 0))
        return Play(ok: Int(recap.output.1)!, changed: Int(recap.output.2)!, failed: failed, text: text)
    }
}
