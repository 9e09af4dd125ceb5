import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// What a newcomer does by mistake, or somebody on purpose.
@Suite("The command line with invalid input", .timeLimit(.minutes(60)))
struct CommandLineRefusalTests {
    private func refused(_ arguments: [String], _ folder: String, _ words: String) async throws {
        let result = try await CommandLineTests.harness(arguments, folder)
        #expect(result.code == 2, "\(arguments): \(result.stdout)")
        #expect(result.stdout == "")
        #expect(result.stderr.split(separator: "\n").count == 1, "\(result.stderr)")
        #expect(result.stderr.contains(words), "\(result.stderr)")
    }

    @Test(
        "outside of a repository, a verb about one says so and leaves nothing",
        arguments: [
            ("access", "no access.yaml"), ("reach", "no reachability.yaml"), ("schedule", "no clusters/NAME.yaml"),
            ("cost", "no clusters/NAME.yaml"), ("status", "no stack"), ("check", "nothing to check"),
            ("bench", "measure the harness's own repository"),
        ])
    func outside(_ verb: String, _ words: String) async throws {
        try await CommandLineTests.withProject([:]) { folder in
            try await refused([verb], folder, words)
            #expect(!FileManager.default.fileExists(atPath: folder + "/home"))
        }
    }

    @Test("reports a missing record of a test run before it checks anything")
    func noRecord() async throws {
        try await CommandLineTests.withProject([:]) { folder in
            try await refused(["report", "--tests", "nosuch.jsonl"], folder, "no record of a test run at nosuch.jsonl")
        }
    }

    @Test("names a home folder that is not writable", arguments: [["check"], ["mutate"]])
    func unwritable(_ arguments: [String]) async throws {
        try await CommandLineTests.withProject(["a.yaml": "a: 1\n"]) { folder in
            try write(["home/scratch": ""], to: folder)
            try await refused(arguments, folder, "cannot write to \(folder)/home/scratch; make it writable")
        }
    }

    @Test("hides the harness's own files in another repository from git and from later checks")
    func home() async throws {
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { folder in
            let project = folder + "/project"
            let made = try await Command("git", ["init", "-q", project]).run()
            try #require(made.isSuccess, "\(made.stderr)")
            for _ in 1...2 {
                let result = try await CommandLineTests.harness(
                    ["check", "--format", "json"], folder, environment: ["HARNESS_HOME": nil])
                #expect(result.code == 0, "\(result.stdout)")
                #expect(!result.stdout.contains(".harness"))
            }
            #expect(FileManager.default.fileExists(atPath: project + "/.harness/cache"))
            let status = try await Command("git", ["-C", project, "status", "--porcelain"]).run()
            #expect(status.stdout == "?? a.json\n")
        }
    }

    @Test("names a line that is not valid UTF-8")
    func notUTF8() async throws {
        try await CommandLineTests.withProject(["a.yaml": "a: 1\n"]) { folder in
            try Data([0x61, 0x3A, 0x20, 0x31, 0x0A, 0x62, 0x3A, 0x20, 0xC3, 0x28, 0x0A])
                .write(to: URL(fileURLWithPath: folder + "/project/a.yaml"))
            let result = try await CommandLineTests.harness(["check", "a.yaml"], folder)
            #expect(result.code == 1 && result.stdout.contains("yaml/encoding"), "\(result.stdout)")
            #expect(result.stdout.contains("\n  2  error"), "\(result.stdout)")
        }
    }

    @Test("does not count a binary file with a YAML name as checked")
    func utf16() async throws {
        try await CommandLineTests.withProject(["a.yaml": "a: 1\n"]) { folder in
            try Data([0xFF, 0xFE, 0x61, 0, 0x3A, 0, 0x20, 0, 0x5B, 0]).write(
                to: URL(fileURLWithPath: folder + "/project/b.yaml"))
            let lenient = try await CommandLineTests.harness(["check"], folder)
            #expect(lenient.code == 0, "\(lenient.stdout)")
            #expect(lenient.stdout.contains("skipped  discovery: has bytes that"), "\(lenient.stdout)")
            let strict = try await CommandLineTests.harness(["check", "--strict"], folder)
            #expect(strict.code == 1 && strict.stdout.contains("discovery/binary"), "\(strict.stdout)")
        }
    }

    @Test("prints one text report for each of two repositories, and rejects two repositories in other formats")
    func twoRepositories() async throws {
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { folder in
            try write(["b.json": "{"], to: folder + "/other")
            let paths = ["check", folder + "/other", folder + "/project/a.json"]
            for format in ["json", "junit", "sarif", "html"] {
                try await refused(
                    paths + ["--format", format], folder, "in 2 repositories, but \(format) reports one")
            }
        }
    }

    @Test(
        "a stream that the caller closed is none that a file is written to",
        arguments: [">&-", ">&- 2>&-", "<&- >&- 2>&-"])
    func closed(_ streams: String) async throws {
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { folder in
            let result = try await HarnessProcess(
                ["-c", "\"$0\" check \(streams)", Project.executable], in: folder + "/project",
                environment: ["HARNESS_HOME": folder + "/home", "PATH": try linkTools(["git"], into: folder + "/bin")],
                executable: "/bin/sh"
            ).run()
            #expect(result.code == 2, "\(result.stderr)")
        }
    }

    @Test("stops walking a folder outside git that has too many files")
    func wholeDisk() async throws {
        try await CommandLineTests.withProject(["a/b/c/d.json": "{}\n", "e.json": "{}\n", "f": ""]) { folder in
            let error = await #expect(throws: HarnessError.self) { try await Discovery.repository(at: folder, most: 2) }
            #expect(error?.description.contains("in no git work tree") == true)
        }
    }

    @Test("stops walking a folder when it is cancelled")
    func cancelled() async throws {
        try await CommandLineTests.withProject(["a/a.json": "{}\n"]) { folder in
            let walk = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await Discovery.repository(at: folder)
            }
            await #expect(throws: CancellationError.self) { try await walk.value }
        }
    }

    @Test(
        "expand refuses what is not a pipeline",
        arguments: [
            ("a.yml", "is not a pipeline"), ("/dev/null", "is not a file"), (".", "is not a file"),
            ("bomb.yml", "aliases expanded"), ("deep.yml", "nested more than"), ("self.yml", "includes itself"),
            ("loops.yml", "after expansion"),
        ])
    func noPipeline(_ file: String, _ words: String) async throws {
        let loop = (1...9).map { String(repeating: "  ", count: $0) + "- ${{ each a\($0) in parameters.l }}:\n" }
        let files = [
            "a.yml": "a: 1\n", "bomb.yml": Self.bomb + "steps: *a9\n",
            "deep.yml": "steps: \n" + String(repeating: "- ", count: 10_000),
            "self.yml": "steps:\n- template: self.yml\n",
            "loops.yml": "parameters:\n- {name: l, type: object, default: [1, 2, 3, 4, 5, 6, 7, 8, 9]}\nsteps:\n"
                + loop.joined() + String(repeating: "  ", count: 10) + "- script: a\n",
        ]
        try await CommandLineTests.withProject(files) { try await refused(["expand", file], $0, words) }
    }

    /// A billion values in ten lines.
    static let bomb =
        "a0: &a0 [x]\n"
        + (1...9).map { level in
            "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }.joined()

    @Test("fails when output is lost, but not when the reader closes the pipe")
    func lostOutput() async throws {
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { folder in
            let path = try linkTools(["git", "sh", "head"], into: folder + "/bin")
            func shell(_ line: String) async throws -> HarnessProcess.Result {
                try await HarnessProcess(
                    ["-c", line, Project.executable], in: folder + "/project",
                    environment: ["HARNESS_HOME": folder + "/home", "PATH": path], executable: "/bin/sh"
                ).run()
            }
            if FileManager.default.fileExists(atPath: "/dev/full") {
                for command in ["check --format json", "--help", "check --help", "doctor"] {
                    let full = try await shell("\"$0\" \(command) >/dev/full")
                    #expect(full.code == 2, "\(command)")
                    #expect(full.stderr.hasPrefix("error: cannot write the output"), "\(command)")
                }
            }
            for command in ["check --format json", "--help"] {
                let cut = try await shell("\"$0\" \(command) | head -1")
                #expect(cut.stderr == "", "\(command)")
            }
        }
    }

    @Test(
        "a value or an input that a verb cannot take is refused",
        arguments: [
            (["status", "--port", "-5"], "port -5 is not allowed"),
            (["check", ""], "a path is empty"), (["up", "--backend", "a"], "are for --target aws"),
            (["down", "--approve"], "are for --target aws"), (["apply"], "no manifests came in"),
        ])
    func values(_ arguments: [String], _ words: String) async throws {
        try await CommandLineTests.withProject(["a.json": "{}\n"]) { try await refused(arguments, $0, words) }
    }

    @Test("removes control characters from file names and lines")
    func controls() async throws {
        let escape = "\u{1B}[31m\u{202E}"
        let files = ["\(escape).json": "{\"\(escape)\": 1, \"\(escape)\": 2}\n", "a.sh": "#!/bin/sh\n# \(escape)\n"]
        try await CommandLineTests.withProject(files) { folder in
            let result = try await CommandLineTests.harness(["check"], folder)
            #expect(result.code == 1)
            #expect(!(result.stdout + result.stderr).unicodeScalars.contains { $0 == "\u{1B}" || $0 == "\u{202E}" })
        }
    }

    @Test("leaves the other files of a module out of the report on one file")
    func neighbours() async throws {
        guard Toolbox.onPath("terraform") != nil else { try skip("terraform is not on the PATH") }
        let files = ["a/main.tf": "output \"a\" {\n  value = 1\n}\n", "a/b.tf": "output \"b\" {\n  value = var.x\n}\n"]
        try await CommandLineTests.withProject(files) { folder in
            func check(_ path: String) async throws -> HarnessProcess.Result {
                try await CommandLineTests.harness(["check", path], folder, tools: ["git", "sh", "terraform"])
            }
            let (sound, broken, folder) = try await (check("a/main.tf"), check("a/b.tf"), check("a"))
            #expect([sound.code, broken.code, folder.code] == [0, 1, 1], "\(sound.stdout)")
        }
    }
}
