import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// The run itself, on small repositories whose checks need no outside tool.
@Suite("A run of mutants")
struct MutationRunTests {
    static let base = "FROM a:1@sha256:\(String(repeating: "0", count: 64))\nUSER 1\n"

    /// Finds a text, and is silent about everything else.
    struct Finds: Check {
        let name = "finds"
        let summary = "a text is not there"
        let text: String
        var skips = false
        let examples: [Example] = []

        func subjects(in repository: Repository) -> [Subject] { repository.artifacts.map { Subject(file: $0.path) } }

        func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
            if skips { throw Skipped("its tool is not here") }
            return subjects.filter { context.repository.text(of: $0.path)?.contains(text) == true }.map {
                Finding(rule: name, severity: .warning, path: $0.path, message: "found")
            }
        }
    }

    private static func run(
        _ files: [String: String], _ check: Finds, limit: Int? = nil, seed: UInt64 = 1
    ) async throws -> MutationReport {
        try await withScratch { folder in
            try write(files, to: folder + "/project")
            let before = try contents(folder + "/project")
            let repository = try await Discovery.repository(at: folder + "/project")
            var sample = MutantSample()
            sample.limit = limit
            sample.seed = seed
            let home = HarnessHome(path: folder + "/home")
            let report = try await MutationRun(
                repository: repository, toolbox: Toolbox(home: home), checks: [check]
            ).run(sample)
            // Neither the files nor a copy of them is left behind.
            #expect(try contents(folder + "/project") == before)
            #expect(try FileManager.default.contentsOfDirectory(atPath: home.scratch) == [])
            return report
        }
    }

    private static func contents(_ folder: String) throws -> [String: String] {
        try FileManager.default.subpathsOfDirectory(atPath: folder).reduce(into: [:]) {
            $0[$1] = try? String(contentsOfFile: folder + "/" + $1, encoding: .utf8)
        }
    }

    @Test("retries survivors, and reports them separately from mutants noticed at once")
    func again() async throws {
        try await withScratch { folder in
            // Two places: the user, and the base's digest.
            try write(["Containerfile": Self.base], to: folder + "/project")
            let repository = try await Discovery.repository(at: folder + "/project")
            func run(_ text: String) -> MutationRun {
                // A home each: the two checks differ in what they find, and not in name and program.
                let toolbox = Toolbox(home: HarnessHome(path: folder + "/home that finds \(text)"))
                return MutationRun(repository: repository, toolbox: toolbox, checks: [Finds(text: text)])
            }
            let first = try await run("USER 0").run(MutantSample())
            #expect(first.killed == 1 && first.total > 1 && first.killedAgain == nil)
            let second = try await run(":latest").again(first)
            #expect(second.total == first.total && second.killed == 2 && second.killedAgain == 1)
            #expect(second.survivors.count == first.survivors.count - 1)
            #expect(second.byKind["containerfile"]?.killed == 2)
            #expect(second.text.contains("1 of them when tried again"))
        }
    }

    @Test("retries mutants on equal lines one by one, and reports those that cannot be applied")
    func twins() async throws {
        try await withScratch { folder in
            let exits = "set -euo pipefail\n[[ -e a ]] || exit 1\n[[ -e a ]] || exit 1\n"
            try write(["a.sh": exits, "b.sh": exits], to: folder + "/project")
            func run(_ text: String) async throws -> MutationRun {
                MutationRun(
                    repository: try await Discovery.repository(at: folder + "/project"),
                    toolbox: Toolbox(home: HarnessHome(path: folder + "/home that finds \(text)")),
                    checks: [Finds(text: text)])
            }
            let first = try await run("?").run(MutantSample())
            let twins = first.survivors.filter { $0.mutant.path == "a.sh" && $0.mutant.before.contains("exit 1") }
            try #require(twins.count > 1 && first.killed == 0)
            try FileManager.default.removeItem(atPath: folder + "/project/b.sh")
            var said: [String] = []
            let second = try await run("exit 0").again(first) { said.append($0) }
            #expect(second.byOperator["exit-code-lost"]?.killed == twins.count)
            #expect(said.count == first.survivors.count / 2 && said.allSatisfy { $0.hasPrefix("b.sh:") }, "\(said)")
        }
    }

    @Test(
        "distinguishes a damaged record from a missing one", arguments: [("{", "is damaged"), (nil, "no run has left")])
    func record(_ content: String?, _ words: String) async throws {
        try await withScratch { folder in
            if let content { try write(["mutants.json": content], to: folder) }
            let error = #expect(throws: HarnessError.self) { try MutationReport(of: HarnessHome(path: folder)) }
            #expect(error?.description.contains(words) == true)
        }
    }

    @Test("refuses to retry the survivors of another repository")
    func foreign() async throws {
        let last = try await Self.run(["Containerfile": Self.base], Finds(text: "USER 0"))
        try await withScratch { folder in
            try write(["Dockerfile": Self.base], to: folder + "/project")
            let repository = try await Discovery.repository(at: folder + "/project")
            let toolbox = Toolbox(home: HarnessHome(path: folder + "/home"))
            let error = await #expect(throws: HarnessError.self) {
                try await MutationRun(repository: repository, toolbox: toolbox, checks: [Finds(text: "x")]).again(last)
            }
            #expect(error?.description.contains("is in this repository any more") == true)
        }
    }

    @Test("counts noticed mutants, and lists survivors with the check that should notice them")
    func counts() async throws {
        let report = try await Self.run(["Containerfile": Self.base], Finds(text: "USER 0"))
        #expect(report.killed == 1)
        #expect(report.byOperator["user-root"]?.killed == 1)
        #expect(report.survivors.count == report.total - 1 && report.survivors.allSatisfy { !$0.caughtBy.isEmpty })
        #expect(report.byFile.keys.sorted() == ["Containerfile"])
        #expect(!report.isGood)
    }

    @Test("does not count a skipped check as a kill")
    func skipped() async throws {
        let report = try await Self.run(["Containerfile": Self.base], Finds(text: "USER 0", skips: true))
        #expect(report.killed == 0)
        #expect(report.survivors.allSatisfy { $0.skipped == "its tool is not here" })
    }

    @Test("refuses to start if the unmodified files have findings")
    func baseline() async throws {
        let error = await #expect(throws: HarnessError.self) {
            try await Self.run(["Containerfile": Self.base], Finds(text: "USER 1"))
        }
        #expect(error?.description.contains("Containerfile") == true)
    }

    @Test("stops if a file cannot be restored")
    func restored() async throws {
        try await withScratch { folder in
            try write(["Containerfile": Self.base], to: folder + "/project")
            let tree = try MutantTree(of: try await Discovery.repository(at: folder + "/project"), at: folder + "/copy")
            let mutant = try #require(MutantSample().all(in: tree.sound).first)
            let file = folder + "/copy/Containerfile"
            let broken = try await tree.with(mutant) { $0.text(of: "Containerfile") }
            #expect(broken == (try mutant.applied(to: Self.base)))
            #expect(try String(contentsOfFile: file, encoding: .utf8) == Self.base)
            await #expect(throws: (any Error).self) {
                try await tree.with(mutant) { _ in
                    try FileManager.default.removeItem(atPath: file)
                    try FileManager.default.createDirectory(atPath: file, withIntermediateDirectories: true)
                }
            }
        }
    }

    @Test("draws the same mutants for the same seed, from each operator in turn")
    func seeded() async throws {
        let files = ["a.sh": String(repeating: "exit 1\n", count: 50) + "set -euo pipefail\n"]
        var reports: [MutationReport] = []
        for seed: UInt64 in [1, 1, 2] {
            reports.append(try await Self.run(files, Finds(text: "?"), limit: 6, seed: seed))
        }
        let lines = reports.map { $0.survivors.map(\.mutant) }
        #expect(lines[0] == lines[1] && lines[0] != lines[2])
        #expect(reports[0].byOperator["errors-ignored"]?.total == 3)
    }

    @Test("excludes mutants declared equivalent, and rejects a declaration without a mutant")
    func equivalent() async throws {
        func declared(_ line: String) -> [String: String] {
            let entry = "{operator: user-root, file: Containerfile, line: \(line), reason: the base has this user}"
            return ["Containerfile": Self.base, "mutants.yaml": "equivalent:\n  - \(entry)\n"]
        }
        let report = try await Self.run(declared("USER 1"), Finds(text: "?"))
        #expect(report.byOperator["user-root"]?.equivalent == 2 && report.byOperator["user-root"]?.total == 0)
        await #expect(throws: HarnessError.self) { try await Self.run(declared("USER 2"), Finds(text: "?")) }
        let noList = ["Containerfile": Self.base, "mutants.yaml": "equivalent: user-root\n"]
        let error = await #expect(throws: HarnessError.self) { try await Self.run(noList, Finds(text: "?")) }
        #expect(error?.message.contains("mutants.yaml:1 is not a list") == true)
    }
}
