import Foundation
import TestSupport
import Testing
import Tooling

@testable import CheckCommands
@testable import CheckCore

@Suite("Findings that a change brings", .timeLimit(.minutes(60)))
struct ChangedTests {
    private func git(_ arguments: [String], in folder: String) async throws {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false"]
        let output = try await Command("git", ["-C", folder] + identity + arguments).run()
        try #require(output.isSuccess, "\(output.stderr)")
    }

    /// A repository whose one commit has an old finding in each file.
    private func withRepository(_ body: (String) async throws -> Void) async throws {
        let files = [
            "a.json": "{\"a\": 1, \"a\": 2,\n\"b\": 1}\n", "b.md": "# B\n\n[gone](gone.md) [c](c.md)\n",
            "c.md": "# C\n",
        ]
        try await CommandLineTests.withProject(files) { folder in
            let project = folder + "/project"
            try await git(["init", "--quiet"], in: project)
            try await git(["add", "--all"], in: project)
            try await git(["commit", "--quiet", "--message", "a"], in: project)
            try await body(folder)
        }
    }

    private func findings(_ arguments: [String], _ folder: String) async throws -> (Int32?, [String]) {
        let result = try await CommandLineTests.harness(["check", "--format", "github"] + arguments, folder)
        let lines = result.stdout.matches(of: /::error file=([^,]+),line=(\d+)/).map { "\($0.1):\($0.2)" }
        return (result.code, lines.sorted())
    }

    @Test("are those on changed lines, and those elsewhere that the revision does not have")
    func changed() async throws {
        try await withRepository { folder in
            let project = folder + "/project"
            #expect(try await findings([], folder) == (1, ["a.json:1", "b.md:3"]))
            #expect(try await findings(["--changed"], folder) == (0, []))
            // A new finding on a changed line; a finding in an unchanged file, which a removed file causes; a new file.
            try write(["a.json": "{\"a\": 1, \"a\": 2,\n\"b\": 1, \"b\": 2}\n", "d.json": "{\n"], to: project)
            try FileManager.default.removeItem(atPath: project + "/c.md")
            let expected = ["a.json:2", "b.md:3", "d.json:2"]
            let (code, found) = try await findings(["--changed"], folder)
            #expect(code == 1 && Set(found).isSuperset(of: ["a.json:2", "b.md:3"]), "\(found)")
            #expect(found.contains { $0.hasPrefix("d.json") } && found.count == expected.count, "\(found)")
            // Committed, the change differs from the commit before it only.
            try await git(["add", "--all"], in: project)
            try await git(["commit", "--quiet", "--message", "b"], in: project)
            #expect(try await findings(["--changed"], folder) == (0, []))
            #expect(try await findings(["--changed=HEAD~1"], folder).1 == found)
        }
    }

    @Test("need a revision that git knows")
    func unknown() async throws {
        try await withRepository { folder in
            let result = try await CommandLineTests.harness(["check", "--changed=nosuch"], folder)
            #expect(result.code == 2 && result.stdout == "")
            #expect(result.stderr.contains("git cannot compare with nosuch"), "\(result.stderr)")
        }
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { folder in
            let result = try await CommandLineTests.harness(["check", "--changed"], folder)
            #expect(result.code == 2 && result.stderr.contains("git cannot compare with HEAD"), "\(result.stderr)")
        }
    }

    @Test("are those that a baseline does not have, wherever the others moved")
    func baseline() async throws {
        try await withRepository { folder in
            let file = folder + "/baseline.json"
            let written = try await CommandLineTests.harness(["check", "--write-baseline", file], folder)
            #expect(written.code == 0 && written.stdout == "2 findings written to \(file)\n", "\(written.stdout)")
            #expect(try await findings(["--baseline", file], folder) == (0, []))
            try write(["b.md": "# B\n\n\n[gone](gone.md)\n", "d.json": "{\n"], to: folder + "/project")
            let found = try await findings(["--baseline", file], folder)
            #expect(found.0 == 1 && found.1.count == 1 && found.1[0].hasPrefix("d.json"), "\(found)")
            for text in ["{}", "{\"version\": 2, \"findings\": []}", "x"] {
                try write(["baseline.json": text], to: folder)
                let result = try await CommandLineTests.harness(["check", "--baseline", file], folder)
                #expect(result.code == 2 && result.stderr.contains("is not a baseline"), "\(result.stderr)")
            }
            let missing = try await CommandLineTests.harness(["check", "--baseline", "nosuch"], folder)
            #expect(missing.code == 2 && missing.stderr.contains("nosuch cannot be read"))
        }
    }

    @Test("count equal findings, and only as many as the baseline has are known")
    func counts() {
        let finding = Finding(rule: "a/b", path: "p", line: 1, message: "m")
        var moved = finding
        moved.line = 2
        #expect(Baseline([finding]).others(among: [finding, moved]).count == 1)
        #expect(Baseline([finding, moved]).others(among: [finding, moved]).isEmpty)
    }
}
