import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CheckCore
@testable import CheckEngine
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

@Suite("The runner", .timeLimit(.minutes(60)))
struct RunnerTests {
    static let files = ["a.txt": "a\n", "b.txt": "b\n", "c.txt": "c\n"]

    static func run(
        _ check: Probe, in folder: String, strict: Bool = false, scope: [String] = [], program: String = "1"
    ) async throws
        -> Report
    {
        let repository = try await Discovery.repository(at: folder)
        let toolbox = Toolbox(home: HarnessHome(path: folder + "/.harness"))
        var runner = Runner(repository: repository, toolbox: toolbox, checks: [check], isStrict: strict)
        runner.program = { _ in program }
        return try await runner.run(scope: scope)
    }

    @Test("takes a second run completely from the cache, including findings")
    func cached() async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe { subjects, _ in [Finding(rule: "probe/x", path: subjects[0].path, line: 1, message: "m")]
            }
            let first = try await Self.run(check, in: folder)
            #expect(check.seen() == ["a.txt", "b.txt", "c.txt"])
            #expect(first.outcomes.map(\.cached) == [false, false, false])
            let second = try await Self.run(check, in: folder)
            #expect(check.seen() == [])
            #expect(second.outcomes.map(\.cached) == [true, true, true])
            #expect(second.findings == first.findings)
            #expect(second.findings.count == 3)
            #expect(second.count(.failed) == 3)
        }
    }

    @Test("rechecks only changed files, new files, and files with changed inputs")
    func changed() async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe()
            _ = try await Self.run(check, in: folder)
            _ = check.seen()
            try write(["b.txt": "B\n"], to: folder)
            _ = try await Self.run(check, in: folder)
            #expect(check.seen() == ["b.txt"])
            try write(["c.txt.conf": "", "d.txt": ""], to: folder)
            _ = try await Self.run(check, in: folder)
            #expect(check.seen() == ["c.txt", "d.txt"])
            try write(["b.txt": "b\n"], to: folder)
            _ = try await Self.run(check, in: folder)
            #expect(check.seen() == [], "the first content's result is still known")
            try FileManager.default.moveItem(atPath: folder + "/a.txt", toPath: folder + "/e.txt")
            _ = try await Self.run(check, in: folder)
            #expect(check.seen() == ["e.txt"], "findings name their path, so a moved file is another subject")
        }
    }

    @Test("rechecks everything when the checker's program changes")
    func revised() async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            _ = try await Self.run(Probe(), in: folder)
            let check = Probe()
            _ = try await Self.run(check, in: folder, program: "2")
            #expect(check.seen() == ["a.txt", "b.txt", "c.txt"])
        }
    }

    @Test("removes old results once a day")
    func pruned() async throws {
        try await withScratch { folder in
            let cache = ResultCache(folder: folder)
            let (old, new) = (Digest.of("old".utf8), Digest.of("new".utf8))
            func store(_ key: Digest, daysAgo days: Double) throws {
                cache.store(ResultCache.Entry(findings: [], seconds: 0), key)
                let path = "\(folder)/\(key.hex.prefix(2))/\(key.hex.dropFirst(2)).json"
                let date = Date(timeIntervalSinceNow: -days * 86_400)
                try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
            }
            try store(old, daysAgo: 31)
            try store(new, daysAgo: 29)
            cache.prune()
            #expect(cache.entry(old) == nil && cache.entry(new) != nil)
            try store(old, daysAgo: 31)
            cache.prune()
            #expect(cache.entry(old) != nil, "it looked a moment ago")
            let yesterday = Date(timeIntervalSinceNow: -86_401)
            try FileManager.default.setAttributes([.modificationDate: yesterday], ofItemAtPath: folder + "/pruned")
            cache.prune()
            #expect(cache.entry(old) == nil && cache.entry(new) != nil)
        }
    }

    @Test("inspects nothing outside its scope")
    func scope() async throws {
        try await withScratch { folder in
            try write(["a/x.txt": "", "ab/x.txt": "", "b.txt": ""], to: folder)
            let check = Probe()
            _ = try await Self.run(check, in: folder, scope: ["a"])
            #expect(check.seen() == ["a/x.txt"])
            _ = try await Self.run(check, in: folder, scope: ["b.txt.conf", "ab"])
            #expect(check.seen() == ["ab/x.txt", "b.txt"])
        }
    }

    @Test("reports a check that throws as failed, and runs it again the next time")
    func crash() async throws {
        struct Crash: Error {}
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe { subjects, _ in
                if subjects[0].path == "b.txt" { throw Crash() }
                return []
            }
            for expected in [["a.txt", "b.txt", "c.txt"], ["b.txt"]] {
                let report = try await Self.run(check, in: folder)
                #expect(check.seen() == expected)
                #expect(report.outcomes.map(\.verdict) == [.passed, .failed, .passed])
                #expect(report.findings.map(\.rule) == ["probe/crash"])
                #expect(!report.isClean)
            }
        }
    }

    @Test("does not count skipped checks as passed, and does not cache them")
    func skipped() async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe(isBatched: true) { _, _ in throw Skipped("no tool") }
            for _ in 1...2 {
                let report = try await Self.run(check, in: folder)
                #expect(Set(check.seen()) == ["a.txt", "b.txt", "c.txt"])
                #expect(report.count(.skipped) == 3)
                #expect(report.count(.passed) == 0)
                #expect(Set(report.outcomes.map(\.skipped)) == ["no tool"])
            }
        }
    }

    @Test("checks the rest of a batch if one subject cannot be judged")
    func skippedAlone() async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe(isBatched: true) { subjects, _ in
                if subjects.contains(where: { $0.path == "b.txt" }) { throw Skipped("no schema") }
                return subjects.map { Finding(rule: "probe/a", path: $0.path, message: "m") }
            }
            let report = try await Self.run(check, in: folder)
            #expect(report.outcomes.map(\.verdict) == [.failed, .skipped, .failed])
        }
    }

    @Test("reports progress as failed for errors, not for advice")
    func progress() async throws {
        try await withScratch { folder in
            let files = ["testdata/a.txt": "a\n", "b.txt": "b\n"]
            try write(files, to: folder)
            let failed = Mutex<[String]>([])
            let check = Probe { subjects, _ in [Finding(rule: "probe/a", path: subjects[0].path, message: "m")] }
            let runner = Runner(
                repository: try await Discovery.repository(at: folder),
                toolbox: Toolbox(home: HarnessHome(path: folder + "/.harness")), checks: [check]
            ) { event in
                if case .finished(let what, _, _, _, true) = event { failed.withLock { $0.append(what) } }
            }
            _ = try await runner.run()
            #expect(failed.withLock { $0 } == ["probe b.txt"])
        }
    }

    @Test("assigns each finding of a batch to its subject, also in the cache")
    func batches() async throws {
        try await withScratch { folder in
            let names = (0..<23).map { "\($0).txt" }
            try write(Dictionary(uniqueKeysWithValues: names.map { ($0, $0) }), to: folder)
            let check = Probe(isBatched: true) { subjects, _ in
                subjects.reversed().flatMap { subject in
                    [subject.path, subject.inputs[1]].map { Finding(rule: "probe/x", path: $0, message: subject.path) }
                }
            }
            for _ in 1...2 {
                let report = try await Self.run(check, in: folder)
                for outcome in report.outcomes {
                    #expect(outcome.findings.map(\.path).sorted() == [outcome.subject, outcome.subject + ".conf"])
                    #expect(Set(outcome.findings.map(\.message)) == [outcome.subject])
                }
                #expect(report.outcomes.count == 23)
            }
            #expect(check.seen() == names.sorted())
        }
    }

    @Test("makes at most as many calls at once as there are cores")
    func cores() async throws {
        try await withScratch { folder in
            try write(Dictionary(uniqueKeysWithValues: (0..<40).map { ("\($0).txt", "") }), to: folder)
            let calls = Mutex((now: 0, most: 0))
            let check = Probe { _, _ in
                calls.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                try await Task.sleep(for: .milliseconds(5))
                calls.withLock { $0.now -= 1 }
                return []
            }
            _ = try await Self.run(check, in: folder)
            let most = calls.withLock(\.most)
            #expect(most <= ProcessInfo.processInfo.activeProcessorCount)
            #expect(check.seen().count == 40)
        }
    }

    @Test("ignores damaged cache entries", arguments: ["", "{", "{}", "null", "[\u{0}"])
    func corrupt(_ garbage: String) async throws {
        try await withScratch { folder in
            try write(Self.files, to: folder)
            let check = Probe { subjects, _ in [Finding(rule: "probe/x", path: subjects[0].path, message: "m")] }
            _ = try await Self.run(check, in: folder)
            _ = check.seen()
            let entries = Self.cacheFiles(folder)
            #expect(entries.count == 3)
            for entry in entries { try Data(garbage.utf8).write(to: URL(fileURLWithPath: entry)) }
            #expect(try await Self.run(check, in: folder).findings.count == 3)
            #expect(check.seen() == ["a.txt", "b.txt", "c.txt"])
            _ = try await Self.run(check, in: folder)
            #expect(check.seen() == [], "the broken entries were written again")
        }
    }

    @Test("turns advice into errors with `strict`, even from the cache, without changing the cache")
    func strict() async throws {
        try await withScratch { folder in
            try write(["a.txt": ""], to: folder)
            let check = Probe { subjects, _ in
                [Finding(rule: "probe/x", severity: .warning, path: subjects[0].path, message: "m")]
            }
            for strict in [true, false, true] {
                let report = try await Self.run(check, in: folder, strict: strict)
                #expect(report.findings.map(\.severity) == [strict ? .error : .warning])
                #expect(report.isClean == !strict)
                #expect(report.count(.passed) == (strict ? 0 : 1))
            }
            #expect(check.seen() == ["a.txt"])
        }
    }

    static func cacheFiles(_ folder: String) -> [String] {
        let cache = folder + "/.harness/cache"
        let names = FileManager.default.enumerator(atPath: cache)?.compactMap { $0 as? String } ?? []
        return names.filter { $0.hasSuffix(".json") }.map { cache + "/" + $0 }
    }
}
