import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CheckEngine
@testable import Tooling

@Suite("A cancelled run", .timeLimit(.minutes(60)))
struct RunnerCancellationTests {
    @Test("ends immediately with its children, without scratch folders or partial cache entries")
    func cancellation() async throws {
        try await withScratch { folder in
            var files = Dictionary(uniqueKeysWithValues: (0..<20).map { ("\($0).txt", "x") })
            files["0.txt"] = "quick"
            try write(files, to: folder)
            let (started, start) = AsyncStream.makeStream(of: Void.self)
            let running = Mutex<Set<String>>([])
            let check = Probe { subjects, context in
                if context.repository.text(of: subjects[0].path) == "quick" { return [] }
                running.withLock { _ = $0.insert(subjects[0].path) }
                defer { running.withLock { _ = $0.remove(subjects[0].path) } }
                return try await context.withStage([subjects[0].path]) { stage in
                    start.yield()
                    _ = try await Command("sh", ["-c", "echo $$ >pid; exec sleep 3600"], folder: stage).run()
                    return []
                }
            }
            let run = Task { try await RunnerTests.run(check, in: folder) }
            for await _ in started { break }
            run.cancel()
            await #expect(throws: CancellationError.self) { try await run.value }
            let left = running.withLock { $0 }
            #expect(left == [], "a call outlived its run")
            #expect(check.seen().count < 20, "calls were begun after the end")
            let scratch = try? FileManager.default.contentsOfDirectory(atPath: folder + "/.harness/scratch")
            #expect((scratch ?? []) == [])
            for file in RunnerTests.cacheFiles(folder) {
                #expect(file.hasSuffix(".json"), "\(file) is a leftover")
                let data = try Data(contentsOf: URL(fileURLWithPath: file))
                #expect(throws: Never.self) { try JSONDecoder().decode(ResultCache.Entry.self, from: data) }
            }
        }
    }

    @Test("that was cancelled before its start inspects nothing")
    func before() async throws {
        try await withScratch { folder in
            try write(RunnerTests.files, to: folder)
            let check = Probe()
            let run = Task {
                withUnsafeCurrentTask { $0?.cancel() }
                return try await RunnerTests.run(check, in: folder)
            }
            await #expect(throws: CancellationError.self) { try await run.value }
            #expect(check.seen() == [])
        }
    }
}
