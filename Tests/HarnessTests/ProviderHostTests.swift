import Foundation
import TestSupport
import Testing

@testable import KubernetesModel
@testable import Tooling

@Suite("A provider that is kept running", .timeLimit(.minutes(60)))
struct ProviderHostTests {
    private static let provider = """
        #!/bin/sh
        echo "$$ $TMPDIR" >>"$LOG"
        echo "    TF_REATTACH_PROVIDERS='{\\"example/fake\\":{}}'"
        exec sleep 3600
        """

    private static let terraform = """
        #!/bin/sh
        case $2 in validate) echo '{"diagnostics": []}';; esac
        """

    private static let module = """
        terraform {
          required_providers {
            fake = {
              source  = "example/fake"
              version = "~> 1.0"
            }
          }
        }
        """

    /// Several times, because what keeps it alive by mistake is a race.
    @Test("ends with the run that started it, and its folder is removed", arguments: 1...6)
    func ends(_ time: Int) async throws {
        try await CommandLineTests.withProject(["main.tf": Self.module]) { folder in
            let path =
                "mirror/registry.terraform.io/example/fake/1.2.0/\(TerraformRelease.platform)/terraform-provider-fake"
            let log = folder + "/log"
            let provider = Self.provider.replacingOccurrences(of: "$LOG", with: log)
            try write([path: provider, "fake/terraform": Self.terraform, "tmp/.keep": ""], to: folder)
            for script in [path, "fake/terraform"] { chmod(folder + "/" + script, 0o755) }
            let result = try await CommandLineTests.harness(
                ["check", "--format", "json"], folder, tools: ["git", "sh", "sleep", "mktemp", "cat", "rm"],
                environment: ["HARNESS_TF_MIRROR": folder + "/mirror", "TMPDIR": folder + "/tmp"])
            #expect(result.stdout.contains("\"terraform-validate\""), "\(result.stderr)")
            let started = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n")
            #expect(started.count == 1, "one serves all calls")
            let number = try #require(started.first?.split(separator: " ").first.flatMap { Int32($0) })
            #expect(!InterruptionTests.isAlive(number))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/tmp") == [".keep"])
        }
    }
}
