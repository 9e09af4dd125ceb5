import Foundation
import TestSupport
import Testing

@testable import KubernetesModel
@testable import Submission

@Suite("An interrupt", .timeLimit(.minutes(60)))
struct InterruptionTests {
    /// A Terraform that notes its process and its child's, and then never ends by itself.
    private static let slow = """
        #!/bin/sh
        sleep 3600 &
        echo "$$ $!" >"$PIDS/$$"
        wait
        """

    @Test(
        "during a check exits with 130, ends all children and leaves no scratch folder", arguments: [SIGINT, SIGTERM])
    func check(_ signal: Int32) async throws {
        try await CommandLineTests.withProject(["main.tf": "variable \"a\" {\n  type = string\n}\n"]) { folder in
            let pids = folder + "/pids"
            try write(
                ["fake/terraform": Self.slow.replacingOccurrences(of: "$PIDS", with: pids), "pids/.keep": ""],
                to: folder)
            chmod(folder + "/fake/terraform", 0o755)
            let result = try await CommandLineTests.harness(["check"], folder, tools: ["git", "sh", "sleep"]) {
                process in
                while Self.processes(pids).isEmpty { try await Task.sleep(for: .milliseconds(20)) }
                kill(process, signal)
            }
            #expect(result.code == 130, "\(result.stdout)\(result.stderr)")
            #expect(result.stderr.contains("interrupted"))
            let children = Self.processes(pids)
            #expect(!children.isEmpty)
            #expect(children.filter(Self.isAlive) == [])
            let scratch = try? FileManager.default.contentsOfDirectory(atPath: folder + "/home/scratch")
            #expect((scratch ?? []) == [])
        }
    }

    /// An ended process that its new parent has not yet asked about (a zombie) is not alive.
    static func isAlive(_ process: Int32) -> Bool {
        guard kill(process, 0) == 0 else { return false }
        let state = FileManager.default.contents(atPath: "/proc/\(process)/stat")
        return !String(decoding: state ?? Data(), as: UTF8.self).contains(") Z ")
    }

    private static func processes(_ folder: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.flatMap { name in
            let text = (try? String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)) ?? ""
            return text.split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
        }
    }
}
