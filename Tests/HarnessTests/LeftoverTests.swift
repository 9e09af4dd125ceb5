import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Tooling

@Suite("What killed runs leave on the disk")
struct LeftoverTests {
    /// The name of a folder as the process with this number would have made it.
    private static func name(_ purpose: String, _ process: Int32) -> String {
        OwnedFolder.name(purpose).replacingOccurrences(
            of: ".\(String(getpid(), radix: 36))-", with: ".\(String(process, radix: 36))-")
    }

    /// A number that no process has: the process that had it has ended.
    private static func endedProcess() throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "exit 0"]
        try process.run()
        process.waitUntilExit()
        return process.processIdentifier
    }

    @Test("gives every folder of a process another name")
    func uniqueNames() {
        // With five random digits, about 190 pairs of these were equal.
        let names = (0..<20_000).map { _ in OwnedFolder.name("harness-test") }
        #expect(Set(names).count == names.count)
        #expect(names.allSatisfy { $0.count <= "harness-test-zzz.zzzz-00zzzz".count })
    }

    @Test("removes the folders of processes that have ended, and no others")
    func leftovers() async throws {
        try await withScratch { parent in
            let ended = try Self.endedProcess()
            let gone = Self.name("harness-test", ended)
            let kept = [
                Self.name("harness-test", getpid()), Self.name("other", ended), "harness-test-12345678",
                // Of another container, which counts its processes by itself.
                "harness-test-zzzz.\(String(ended, radix: 36))-12345",
            ]
            for name in kept + [gone] { try write(["\(name)/a/b": "x"], to: parent) }
            OwnedFolder.removeLeftovers(in: parent, of: ["harness-test"])
            #expect(Set(FileManager.default.names(in: parent)) == Set(kept))
        }
    }

    @Test("the harness removes what a killed run left in its scratch folder")
    func scratch() async throws {
        try await withScratch { folder in
            let home = HarnessHome(path: folder + "/.harness")
            let left = Self.name("mutants", try Self.endedProcess())
            try write(["\(left)/a": "x"], to: home.scratch)
            try home.makeWritable()
            #expect(FileManager.default.names(in: home.scratch) == [])
        }
    }

    @Test("says in one line which path has too little room, and how much is needed")
    func room() throws {
        try DiskSpace.require(1, in: NSTemporaryDirectory(), for: "a test")
        let error = try #require(throws: HarnessError.self) {
            try DiskSpace.require(1 << 60, in: "/tmp", for: "the archive of the image x")
        }
        #expect(error.message.hasPrefix("/tmp has ") && error.message.contains("the archive of the image x needs"))
        #expect(error.remedy != nil)
    }
}
