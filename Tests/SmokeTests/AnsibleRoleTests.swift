import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Tooling

@Suite("The image's Ansible role", .heavy, .timeLimit(.minutes(60)))
struct AnsibleRoleTests {
    private static let content = Project.root + "/terraform/modules/golden-image/ansible"

    @Test("makes a workstation of Debian 12, changes nothing the second time, and its own test notices what is broken")
    func role() async throws {
        let role = Self.content + "/roles/workstation"
        // The test installs the SSH server again.
        let packages =
            try ["openssh-server"]
            + ["defaults/main.yml", "vars/Debian.yml"].flatMap { file in
                try String(contentsOfFile: "\(role)/\(file)", encoding: .utf8)
                    .matches(of: /\n {2}- (\S+)/).map { String($0.output.1) }
            }
        #expect(packages.contains("git") && packages.contains("auditd") && packages.contains("python3-boto3"))
        // An SSH server and an updater, so that there is something to remove.
        let installed = ["python3", "python3-apt", "systemd", "openssh-server", "unattended-upgrades"]
        try await DebianChroot.with(installed: installed, packages: packages) { debian in
            try FileManager.default.copyItem(atPath: Self.content, toPath: debian.root + "/srv/image")

            try await Self.makeDefaultUser(in: debian)

            let before = try await Self.play("test.yml", in: debian)
            #expect(before.failed == 1, "\(before.text)")

            let first = try await Self.play("playbook.yml", in: debian)
            #expect(first.failed == 0 && first.changed > 0, "\(first.text)")
            // The second time no account is left to remove, so that task is skipped.
            let second = try await Self.play("playbook.yml", in: debian)
            #expect(second.failed == 0 && second.changed == 0 && second.ok == first.ok - 1, "\(second.text)")
            let sound = try await Self.play("test.yml", in: debian)
            #expect(sound.failed == 0 && sound.ok > 0, "\(sound.text)")

            try write(["etc/audit/rules.d/10-no-audit.rules": "-a never,task\n"], to: debian.root)
            let deaf = try await Self.play("test.yml", in: debian)
            expectNoticed(
                id: "golden-image/no-audit", deaf.failed == 1 && deaf.text.contains("The audit rules record nothing"),
                deaf.text)

            try await Self.makeDefaultUser(in: debian)
            let inhabited = try await Self.play("test.yml", in: debian)
            expectNoticed(
                id: "golden-image/default-user",
                inhabited.failed == 1 && inhabited.text.contains("The image has an account of a person"),
                inhabited.text)

            let lifted = try await debian.run("sed", "--in-place", "/skuid/d", "/etc/nftables.conf")
            #expect(lifted.isSuccess, "\(lifted.stderr)")
            let credentials = try await Self.play("test.yml", in: debian)
            expectNoticed(
                id: "golden-image/credentials-reachable",
                credentials.failed == 1 && credentials.text.contains("or the user to the machine's credentials"),
                credentials.text)

            let opened = try await debian.run("chmod", "0777", "/usr/local/sbin/workstation-home")
            #expect(opened.isSuccess, "\(opened.stderr)")
            let writable = try await Self.play("test.yml", in: debian)
            expectNoticed(
                id: "golden-image/writable-script",
                writable.failed == 1 && writable.text.contains("/usr/local/sbin/workstation-home is missing"),
                writable.text)

            let server = try await debian.run("apt-get", "install", "-y", "--no-install-recommends", "openssh-server")
            #expect(server.isSuccess, "\(server.stderr)")
            let reachable = try await Self.play("test.yml", in: debian)
            expectNoticed(
                id: "golden-image/ssh-server",
                reachable.failed == 1 && reachable.text.contains("or an SSH server or an updater is there"),
                reachable.text)

            let fixed = try await Self.play("playbook.yml", in: debian)
            #expect(fixed.failed == 0 && fixed.changed == 6, "\(fixed.text)")
            let again = try await Self.play("test.yml", in: debian)
            #expect(again.failed == 0, "\(again.text)")

            try await Self.boot(debian)
        }
    }

    /// What cloud-init leaves in an image: a user with uid 1000, and sudo without a password.
    private static func makeDefaultUser(in debian: DebianChroot) async throws {
        let made = try await debian.run("useradd", "--uid", "1000", "--create-home", "ubuntu")
        #expect(made.isSuccess, "\(made.stderr)")
        try write(
            [
                "etc/cloud/cloud.cfg.d/05_logging.cfg": "",
                "etc/sudoers.d/90-cloud-init-users": "ubuntu ALL=(ALL) NOPASSWD:ALL\n",
            ], to: debian.root)
    }

    /// The scripts of a boot, with programs in place of what a chroot lacks: mounts, devices, AWS and its agents.
    private static func boot(_ debian: DebianChroot) async throws {
        let agent = "opt/aws/amazon-cloudwatch-agent"
        let stubs = [
            "srv/stubs/mount": "exit 0", "srv/stubs/mountpoint": "exit 0", "srv/stubs/systemctl": "exit 0",
            "srv/stubs/curl": "echo i-0", "srv/stubs/python3": "for last; do :; done; echo \"$last\" >/srv/reported",
            "srv/stubs/nvidia-smi": "cat /srv/gpu", "\(agent)/bin/amazon-cloudwatch-agent-ctl": "exit 0",
        ]
        try write(stubs.mapValues { "#!/bin/sh\n\($0)\n" }, to: debian.root)
        try write(
            ["\(agent)/etc/none": "", "etc/workstation-cloudwatch-agent.json": "{}", "srv/gpu": ""], to: debian.root)
        for stub in stubs.keys { _ = try await debian.run("chmod", "0755", "/" + stub) }
        func script(_ name: String, number: String = "20001") async throws -> Command.Output {
            try await debian.run(
                "env", "PATH=/srv/stubs:/usr/sbin:/usr/bin:/sbin:/bin", "USER_NAME=analyst-1", "USER_ID=\(number)",
                "WORKSPACES=fs-0@tcp:/fsx", "REGION=eu-west-1", "GROUP=fleet-analyst-1", "LIFECYCLE_HOOK=self-check",
                "LOG_GROUP=/fleet/machines", "PCI_DEVICES=/srv/pci", "SECONDS_TO_SEND=0", "/usr/local/sbin/" + name)
        }

        // The number is free, because the role removed the default user; a second boot changes nothing.
        for _ in 1...2 { #expect(try await script("workstation-user").isSuccess) }
        let user = try await debian.run("id", "workstation")
        #expect(user.stdout.hasPrefix("uid=20001(workstation) gid=20001(workstation)"), "\(user.stdout)")
        #expect(try await !script("workstation-user", number: "20002").isSuccess)

        // FSx makes the user's folder. The machine only looks at it, and stops where it is missing or somebody else's.
        func folder(_ owner: String, _ mode: String) async throws {
            let made = try await debian.run(
                "sh", "-euc", "mkdir -p /workspaces/analyst-1; chown \(owner):\(owner) $0; chmod \(mode) $0",
                "/workspaces/analyst-1")
            #expect(made.isSuccess, "\(made.stderr)")
        }
        #expect(try await script("workstation-workspaces").stderr.contains("is 'missing'"))
        try await folder("20002", "700")
        #expect(try await script("workstation-workspaces").stderr.contains("is '20002 700'"))
        try await folder("20001", "755")
        #expect(try await script("workstation-workspaces").stderr.contains("is '20001 755'"))
        try await folder("20001", "700")
        let mounted = try await script("workstation-workspaces")
        #expect(mounted.isSuccess, "\(mounted.stderr)")
        for (number, isOwn) in [("20001", true), ("20002", false)] {
            let listed = try await debian.run(
                "setpriv", "--reuid", number, "--regid", number, "--clear-groups", "ls", "/workspaces/analyst-1")
            #expect(listed.isSuccess == isOwn, "\(number): \(listed.stderr)")
        }

        func reported() async throws -> String {
            _ = try await script("workstation-self-check")
            return try await debian.run("cat", "/srv/reported").stdout
        }
        #expect(try await reported() == "CONTINUE\n")
        let log = try await debian.run("cat", "/var/log/workstation/self-check.log")
        #expect(log.stdout.contains("GPU skipped: the machine has no NVIDIA device"), "\(log.stdout)")
        try write(["srv/pci/0000:00:1e.0/vendor": "0x10de\n", "srv/gpu": "No devices were found\n"], to: debian.root)
        #expect(try await reported() == "ABANDON\n")
        try write(["srv/gpu": "GPU 0: Tesla T4 (UUID: GPU-0)\n"], to: debian.root)
        #expect(try await reported() == "CONTINUE\n")
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
