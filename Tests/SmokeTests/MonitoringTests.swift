import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Submission
@testable import Tooling

/// What the roles install, run for real in a chroot of Debian 12 against an emulator of AWS.
@Suite("The monitoring of the workstations", .heavy, .serialized, .timeLimit(.minutes(60)))
struct MonitoringTests {
    private static let packages = [
        "auditd", "icinga2-bin", "icinga2-common", "monitoring-plugins-basic", "nftables", "prometheus",
        "prometheus-alertmanager", "prometheus-node-exporter", "python3-boto3",
    ]

    @Test("Prometheus finds machines by EC2, scrapes them, and its alert reaches the topic and ends")
    func prometheus() async throws {
        try await run("prometheus") { seen in
            #expect(seen["scraped"] == ["ana up"])
            #expect(seen["told"] == ["firing: WorkstationSilent", "resolved: WorkstationSilent"])
            #expect(seen["afterwards"] == [])
        }
    }

    @Test("Icinga's checks turn critical and back, and each time the topic hears of it")
    func icinga() async throws {
        try await run("icinga") { seen in
            #expect(seen["hosts"] == ["ana"])
            #expect(seen["quiet"]?.bool == true)
            let told = seen["told"].items.map(\.text)
            for subject in [
                "PROBLEM: ana/workstation-self-check is CRITICAL", "RECOVERY: ana/workstation-self-check is OK",
                "PROBLEM: ana is DOWN", "RECOVERY: ana is UP",
            ] {
                #expect(told.contains(subject), "\(told)")
            }
        }
    }

    @Test("lines of the journal arrive once, over TLS and signed, and nothing is lost while the server is busy")
    func logs() async throws {
        try await run("logs", role: nil) { seen in
            #expect(seen["before"] == [])
            #expect(seen["plain"] == "no log server over HTTPS is set: nothing is sent")
            #expect(seen["strangers", "forged"]?.text.contains("403") == true, "\(seen)")
            #expect(seen["strangers", "unknown"]?.text.contains("CERTIFICATE_VERIFY_FAILED") == true, "\(seen)")
            #expect(seen["texts"] == ["one", "three", "two"])
            #expect(seen["document", "user"] == "ana")
            #expect(seen["document", "@timestamp"] == "2023-11-14T22:13:20.000Z")
            #expect(seen["requests"].items.contains("/workstations-2023.46/_bulk 2"), "\(seen)")
            #expect(seen["requests"].items.contains("/workstations-2023.47/_bulk 1"), "\(seen)")
            // Twice, because each boot sets it, and the server takes a new version only from who names the former one.
            let policies = seen["policies"].items
            #expect(policies.count == 2 && policies.first == policies.last, "\(policies)")
            let states = policies.first?["policy", "states"].items ?? []
            #expect(states.first?["transitions"].items.first?["conditions", "min_index_age"] == "97d")
            #expect(states.last?["actions"].items.first?["delete"] != nil)
            #expect(
                Set(seen["lifecycle"].items.map(\.text)) == [
                    "PUT /_index_template/workstations", "GET /_plugins/_ism/policies/workstations",
                    "PUT /_plugins/_ism/policies/workstations", "POST /_plugins/_ism/add/workstations-*",
                    "POST /_plugins/_ism/change_policy/workstations-*",
                ])
        }
    }

    @Test(
        "a role whose alerts reach nobody, or that listens, makes no image",
        arguments: [
            ("prometheus", "alertmanager.yaml", "    sns_configs:", "  - name: other\n    sns_configs:"),
            ("prometheus", "workstations.yaml", "up{job", "up{{job"),
            (
                "icinga", "workstations.conf", "apply Notification \"topic\" to Service",
                "template Notification \"none\""
            ),
            ("icinga", "workstations.conf", "check_command = \"tcp\"", "check_command = \"by_ssh\""),
        ])
    func broken(role: String, file: String, text: String, replacement: String) async throws {
        try await Self.chroot { debian in
            let path = "\(debian.root)/srv/image/roles/\(role)/files/\(file)"
            let sound = try String(contentsOfFile: path, encoding: .utf8)
            try #require(sound.contains(text))
            try sound.replacing(text, with: replacement).write(toFile: path, atomically: true, encoding: .utf8)
            let made = try await Self.play("playbook.yml", role, in: debian)
            #expect(made.isSuccess, "\(made.stdout)\(made.stderr)")
            let judged = try await Self.play("test.yml", role, in: debian)
            #expect(!judged.isSuccess, "\(judged.stdout)")
        }
    }

    private func run(
        _ scenario: String, role: String? = "", _ judge: (JSONValue) throws -> Void
    ) async throws {
        try await EmulatorUnderTest.with(.moto) { context in
            try await Self.chroot { debian in
                if role != nil {
                    for playbook in ["playbook.yml", "test.yml"] {
                        let played = try await Self.play(playbook, scenario, in: debian)
                        #expect(played.isSuccess, "\(played.stdout)\(played.stderr)")
                    }
                    // A machine that is watched, beside the one that watches.
                    _ = try await debian.run(
                        "apt-get", "install", "-y", "--no-install-recommends", "prometheus-node-exporter")
                } else {
                    _ = try await debian.run(
                        "sh", "-euc",
                        """
                        apt-get install -y --no-install-recommends python3-boto3 openssl systemd-journal-remote
                        install -m 0755 /srv/image/roles/workstation/files/workstation-ship-logs.py \
                            /usr/local/sbin/workstation-ship-logs
                        install -m 0755 /srv/image/roles/prometheus/files/log-lifecycle.py /usr/local/sbin/log-lifecycle
                        """)
                }
                let output = try await debian.run(
                    online: true, "python3", "/srv/scenarios.py", scenario, Emulator.moto.endpoint(context),
                    "\(freePort())")
                let log = (try? String(contentsOfFile: debian.root + "/srv/log", encoding: .utf8)) ?? ""
                let seen = try #require(JSONValue(parsing: output.stdout), "\(output.stderr)\(log.suffix(4000))")
                try judge(seen)
            }
        }
    }

    private static func chroot(_ body: (DebianChroot) async throws -> Void) async throws {
        let more = ["openssl", "systemd-journal-remote"]
        try await DebianChroot.with(installed: ["python3", "python3-apt", "systemd"], packages: packages + more) {
            try FileManager.default.copyItem(
                atPath: Project.root + "/terraform/modules/golden-image/ansible", toPath: $0.root + "/srv/image")
            try FileManager.default.copyItem(
                atPath: Project.root + "/Tests/SmokeTests/Monitoring/scenarios.py",
                toPath: $0.root + "/srv/scenarios.py")
            // debootstrap writes no hosts file, so localhost would have no address.
            try write(
                ["etc/cloud/cloud.cfg.d/05_logging.cfg": "", "etc/hosts": "127.0.0.1 localhost\n"], to: $0.root)
            try await body($0)
        }
    }

    private static func play(_ playbook: String, _ role: String, in debian: DebianChroot) async throws -> Command.Output
    {
        try await debian.run(
            "python3", "-m", "ansible.cli.playbook", "--connection", "local", "--inventory", "localhost,",
            "--extra-vars", "image_role=\(role)", "/srv/image/" + playbook)
    }
}
