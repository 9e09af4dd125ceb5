import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import CheckEngine
@testable import HarnessSupport
@testable import Tooling

@Suite("The report of an unchanged tree", .timeLimit(.minutes(60)))
struct KeptRunTests {
    /// What decides a report apart from the files.
    private struct Caller {
        var options: [String] = []
        var environment = ["PATH": "/usr/bin:/bin"]
        var program = "1"
        var tools = ["/usr/bin/terraform 1 2"]
        /// Minutes later than now, so that the files just written are old enough to be trusted.
        var minutes = 1.0
    }

    private static let check = Probe()

    private static func kept(_ folder: String, _ caller: Caller = Caller()) async throws -> KeptRun {
        KeptRun(
            try await Discovery.listing(of: folder), options: caller.options,
            toolbox: Toolbox(home: HarnessHome(path: folder + "/.harness")), tools: caller.tools,
            environment: caller.environment, program: caller.program,
            now: Date(timeIntervalSinceNow: caller.minutes * 60))
    }

    /// Checks, and keeps the report where that is possible.
    private static func run(_ folder: String, _ caller: Caller = Caller(), check: Probe = check) async throws {
        let kept = try await kept(folder, caller)
        let runner = Runner(
            repository: try await Discovery.repository(at: folder),
            toolbox: Toolbox(home: HarnessHome(path: folder + "/.harness")), checks: [check])
        kept.keep(try await runner.run(scope: [], digests: kept.digests), checks: [check])
    }

    private static func isKnown(_ folder: String, _ caller: Caller = Caller()) async throws -> Bool {
        try await kept(folder, caller).report([check]) != nil
    }

    @Test("returns the results, findings and counts of the run that it kept")
    func same() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n", "b.txt": "b\n"], to: folder)
            let check = Probe { subjects, _ in
                subjects.filter { $0.path == "b.txt" }.map { Finding(rule: "probe/x", path: $0.path, message: "m") }
            }
            try await Self.run(folder, check: check)
            let report = try #require(try await Self.kept(folder).report([check]))
            #expect(report.outcomes.map(\.subject) == ["a.txt", "b.txt"])
            #expect(report.outcomes.map(\.cached) == [true, true])
            #expect(report.findings.map(\.path) == ["b.txt"] && !report.isClean)
            #expect(report.checks.map(\.name) == ["probe"])
        }
    }

    /// Changes to files, each with a name. The last ones keep the size, and put the time of modification back.
    private static let changes: [(name: String, apply: @Sendable (String) throws -> Void)] = [
        ("content", { try write(["a.txt": "changed\n"], to: $0) }),
        ("a new file", { try write(["c.txt": "a\n"], to: $0) }),
        ("a removed file", { try FileManager.default.removeItem(atPath: $0 + "/b.txt") }),
        ("the mode", { chmod($0 + "/a.txt", 0o755) }),
        ("a file that was absent and is an input", { try write(["a.txt.conf": ""], to: $0) }),
        ("the settings", { try write([".harness.yml": "exclude: [b.txt]\n"], to: $0) }),
        (
            "a link in place of a file",
            {
                try FileManager.default.removeItem(atPath: $0 + "/b.txt")
                try FileManager.default.createSymbolicLink(atPath: $0 + "/b.txt", withDestinationPath: "a.txt")
            }
        ),
        (
            "content of the same size, with the old time",
            {
                let path = $0 + "/a.txt"
                let old = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
                let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
                try handle.write(contentsOf: Data("b\n".utf8))
                try handle.close()
                try FileManager.default.setAttributes([.modificationDate: old ?? Date()], ofItemAtPath: path)
            }
        ),
        (
            "another file of the same size and time",
            {
                let path = $0 + "/a.txt"
                let old = try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
                try write(["new": "b\n"], to: $0)
                try FileManager.default.setAttributes([.modificationDate: old ?? Date()], ofItemAtPath: $0 + "/new")
                rename($0 + "/new", path)
            }
        ),
    ]

    @Test("sees each kind of change", arguments: changes.map(\.name))
    func changed(name: String) async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n", "b.txt": "b\n"], to: folder)
            try await Self.run(folder)
            #expect(try await Self.isKnown(folder))
            try Self.changes.first { $0.name == name }?.apply(folder)
            #expect(try await !Self.isKnown(folder))
        }
    }

    @Test("sees another program, other options, another environment and another version of a tool")
    func caller() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n"], to: folder)
            try await Self.run(folder)
            #expect(try await Self.isKnown(folder))
            #expect(try await !Self.isKnown(folder, Caller(tools: ["/usr/bin/terraform 1 3"])))
            #expect(try await !Self.isKnown(folder, Caller(program: "2")))
            #expect(try await !Self.isKnown(folder, Caller(options: ["strict"])))
            #expect(try await !Self.isKnown(folder, Caller(environment: ["PATH": "/usr/bin:/bin", "TF_LOG": "1"])))
            let shell = Caller(environment: ["PATH": "/usr/bin:/bin", "SHLVL": "2", "PWD": "/", "COLUMNS": "80"])
            #expect(try await Self.isKnown(folder, shell), "no check reads what the shell counts")
        }
    }

    @Test("knows a tree with other times and the same content, and then trusts its metadata again")
    func touched() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n"], to: folder)
            try await Self.run(folder)
            try write(["a.txt": "a\n"], to: folder)
            #expect(try await Self.isKnown(folder))
            #expect(try await Self.isKnown(folder))
        }
    }

    @Test("keeps no report of files that changed so lately that another change could go unseen")
    func racy() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n"], to: folder)
            try await Self.run(folder, Caller(minutes: -1))
            #expect(try await !Self.isKnown(folder))
        }
    }

    @Test("keeps no report of files that changed while the checks ran")
    func during() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n"], to: folder)
            let check = Probe { subjects, context in
                try write(["a.txt": "b\n"], to: context.repository.root)
                return []
            }
            try await Self.run(folder, check: check)
            #expect(try await !Self.isKnown(folder))
        }
    }

    @Test("tries again what was skipped five minutes ago")
    func skipped() async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n", "b.txt": "b\n"], to: folder)
            try await Self.run(folder, check: Probe { _, _ in throw Skipped("no network") })
            #expect(try await Self.isKnown(folder, Caller(minutes: 2)))
            #expect(try await Self.kept(folder, Caller(minutes: 2)).report([Self.check])?.count(.skipped) == 2)
            #expect(try await !Self.isKnown(folder, Caller(minutes: 7)))
            #expect(try await !Self.isKnown(folder, Caller(minutes: -60)), "the clock was put back")
        }
    }

    @Test("ignores a broken record", arguments: ["", "{", "{}", "null"])
    func corrupt(_ garbage: String) async throws {
        try await withScratch { folder in
            try write(["a.txt": "a\n"], to: folder)
            try await Self.run(folder)
            let runs = folder + "/.harness/cache/runs"
            for name in FileManager.default.names(in: runs) { try write([name: garbage], to: runs) }
            #expect(try await !Self.isKnown(folder))
        }
    }

    @Test("the command finds a mistake that was made after a clean run, and is clean again once it is fixed")
    func command() async throws {
        try await withScratch { folder in
            try write([".harness/.gitignore": "*\n", "a.json": "{}\n"], to: folder)
            let process = HarnessProcess(
                ["check", "--only", "json"], in: folder, environment: ["HARNESS_HOME": folder + "/.harness"])
            for (text, code) in [("{}\n", 0), ("{}\n", 0), ("{,\n", 1), ("{,\n", 1), ("{}\n", 0)] as [(String, Int32)] {
                try write(["a.json": text], to: folder)
                let result = try await process.run()
                #expect(result.code == code, "\(text) \(result.stdout) \(result.stderr)")
            }
        }
    }
}
