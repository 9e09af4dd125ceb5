import Foundation
import TestSupport
import Testing

@testable import Tooling

@Suite("A Debian package taken apart", .timeLimit(.minutes(60)))
struct DebianPackageTests {
    /// Small, and nothing that runs.
    private static func package(_ home: String) -> DebianPackage {
        DebianPackage(name: "hello", home: HarnessHome(path: home))
    }

    @Test("is available to two concurrent first runs, without leftover files")
    func twice() async throws {
        guard DebianPackage.canUnpack else { try skip("apt-get and dpkg-deb are Debian's") }
        try await withScratch { folder in
            async let one = Self.package(folder).install { _ in }
            async let other = Self.package(folder).install { _ in }
            let folders = try await [one, other]
            #expect(folders == Array(repeating: folder + "/tools/debian-hello", count: 2))
            #expect(FileManager.default.isExecutableFile(atPath: folders[0] + "/usr/bin/hello"))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/tools") == ["debian-hello"])
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/scratch") == [])
        }
    }
}
