import Foundation
import Synchronization
import TestSupport
import Testing

@testable import Tooling

@Suite("A shared installation")
struct SharedInstallationsTests {
    struct Failed: Error {}

    @Test("runs once for concurrent callers, and its result is cached")
    func runsOnce() async throws {
        let installations = SharedInstallations()
        let runs = Mutex(0)
        let install: @Sendable () async throws -> String = {
            runs.withLock { $0 += 1 }
            try await Task.sleep(for: .milliseconds(20))
            return "/tool"
        }
        async let first = installations.result(of: "tool", install)
        async let second = installations.result(of: "tool", install)
        #expect(try await [first, second] == ["/tool", "/tool"])
        #expect(try await installations.result(of: "tool", install) == "/tool")
        #expect(runs.withLock { $0 } == 1)
    }

    @Test("that failed is tried again by the next caller")
    func failureIsNotKept() async throws {
        let installations = SharedInstallations()
        await #expect(throws: Failed.self) { try await installations.result(of: "tool") { throw Failed() } }
        #expect(try await installations.result(of: "tool") { "/tool" } == "/tool")
    }

    @Test("continues for the other callers when one is cancelled")
    func oneCallerLeaves() async throws {
        let installations = SharedInstallations()
        let (gate, open) = AsyncStream<Void>.makeStream()
        let install: @Sendable () async throws -> String = {
            for await _ in gate { break }
            try Task.checkCancellation()
            return "/tool"
        }
        let patient = Task { try await installations.result(of: "tool", install) }
        let leaving = Task { try await installations.result(of: "tool", install) }
        leaving.cancel()
        await #expect(throws: CancellationError.self) { try await leaving.value }
        open.yield()
        #expect(try await patient.value == "/tool")
    }

    @Test("is cancelled with its last caller, and can be requested again")
    func lastCallerLeaves() async throws {
        let installations = SharedInstallations()
        let (started, start) = AsyncStream<Void>.makeStream()
        let (ended, end) = AsyncStream<Void>.makeStream()
        let caller = Task {
            try await installations.result(of: "tool") {
                start.yield()
                defer { end.yield() }
                try await Task.sleep(for: .seconds(600))
                return "/late"
            }
        }
        for await _ in started { break }
        caller.cancel()
        for await _ in ended { break }
        await #expect(throws: CancellationError.self) { try await caller.value }
        #expect(try await installations.result(of: "tool") { "/tool" } == "/tool")
    }

    @Test("is taken from whichever process finished first")
    func publishedTwice() async throws {
        try await withScratch { folder in
            let home = HarnessHome(path: folder)
            try write(["first": "1", "second": "2"], to: folder)
            for file in ["first", "second"] { try home.publish("\(folder)/\(file)", at: "\(folder)/cache/file") }
            #expect(try String(contentsOfFile: "\(folder)/cache/file", encoding: .utf8) == "1")
            #expect(throws: (any Error).self) { try home.publish("\(folder)/third", at: "\(folder)/cache/other") }
        }
    }
}
