import Synchronization
import Testing

@testable import Submission

@Suite("A schedule")
struct ScheduleTests {
    private struct Broken: Error {}

    @Test("starts each task only after its dependencies are done")
    func order() async throws {
        let schedule = Schedule(waits: ["a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"], "e": ["not there"]])
        let done = Mutex<[String]>([])
        let spans = try await schedule.run { name in
            let before = done.withLock { $0 }
            #expect((schedule.waits[name] ?? []).filter { $0 != "not there" }.allSatisfy(before.contains))
            try await Task.sleep(for: .milliseconds(5))
            done.withLock { $0.append(name) }
        }
        #expect(Set(spans.keys) == ["a", "b", "c", "d", "e"])
    }

    @Test("runs independent tasks in parallel")
    func sideBySide() async throws {
        let (arrivals, arrive) = AsyncStream.makeStream(of: Void.self)
        let all = Mutex(0)
        // Each ends only once both have begun.
        try await Schedule(waits: ["a": [], "b": []]).run { _ in
            if all.withLock({
                $0 += 1
                return $0 == 2
            }) {
                arrive.yield()
                arrive.finish()
            } else {
                for await _ in arrivals {}
            }
        }
    }

    @Test("after a failure finishes independent tasks, skips dependent ones, and throws the error")
    func failure() async {
        let done = Mutex<Set<String>>([])
        await #expect(throws: Broken.self) {
            try await Schedule(waits: ["bad": [], "after": ["bad"], "slow": [], "last": ["slow"]]).run { name in
                if name == "bad" { throw Broken() }
                try await Task.sleep(for: .milliseconds(20))
                _ = done.withLock { $0.insert(name) }
            }
        }
        #expect(done.withLock { $0 } == ["slow", "last"])
    }

    @Test("starts no task after it is cancelled")
    func cancelled() async {
        let done = Mutex<[String]>([])
        let run = Task {
            try await Schedule(waits: ["a": [], "b": ["a"]]).run { name in
                withUnsafeCurrentTask { _ in done.withLock { $0.append(name) } }
                try await Task.sleep(for: .seconds(3_600))
            }
        }
        while done.withLock({ $0.isEmpty }) { await Task.yield() }
        run.cancel()
        await #expect(throws: CancellationError.self) { try await run.value }
        #expect(done.withLock { $0 } == ["a"])
    }

    @Test("names the critical path")
    func criticalPath() {
        let schedule = Schedule(waits: ["emulator": [], "fast": ["emulator"], "slow": ["emulator"], "alone": []])
        let path = schedule.criticalPath(of: [
            "emulator": .init(start: 0, seconds: 2), "fast": .init(start: 2, seconds: 1),
            "slow": .init(start: 2, seconds: 90), "alone": .init(start: 0, seconds: 50),
        ])
        #expect(path.map(\.name) == ["emulator", "slow"])
    }

    @Test("takes the applications down without waiting for what only runs beside them")
    func teardown() {
        let waits = Schedule.down(Stack.local()).waits
        #expect(waits["applications"] == [])
        #expect(waits["emulator"]?.contains("model-hosting") == true)
        #expect(Schedule.up(Stack.local()).waits["model-hosting"]?.contains("applications") == true)
    }
}
