import Foundation
import TestSupport
import Testing

/// Packing alone: what is packed was built for these tests, for this machine.
@Suite("scripts/package-lambda.sh")
struct PackageLambdaTests {
    private static let built = Project.executable.replacingOccurrences(
        of: "/harness", with: "/bootstrap", options: [.backwards, .anchored])

    private static func pack(_ arguments: [String], forThisMachine: Bool = false) async throws -> (Int32?, String) {
        let output = try await HarnessProcess(
            arguments, environment: ["FOR_THIS_MACHINE": forThisMachine ? "1" : nil],
            executable: "\(Project.root)/scripts/package-lambda.sh"
        ).run()
        return (output.code, output.stderr)
    }

    @Test("gives the same bytes for the same executable, at a path with a blank")
    func repeats() async throws {
        try await withScratch { folder in
            var archives: [Data] = []
            for name in ["a zip.zip", "b.zip"] {
                let (code, error) = try await Self.pack(
                    ["--executable", Self.built, "\(folder)/\(name)"], forThisMachine: true)
                #expect(code == 0, "\(error)")
                archives.append(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
            }
            #expect(archives[0] == archives[1])
            #expect(archives[0].starts(with: "PK".utf8))
        }
    }

    @Test("refuses what would not start in Lambda, in one line, and writes nothing")
    func refuses() async throws {
        try await withScratch { folder in
            try write(["text": "no executable"], to: folder)
            let cases: [(arguments: [String], code: Int32, message: String)] = [
                // A debug build loads Swift's libraries from the toolchain.
                (["--executable", Self.built], 1, "Swift's shared libraries"),
                (["--executable", "\(folder)/text"], 2, "is not an executable"),
                (["--executable", "\(folder)/none"], 2, "there is no file"),
            ]
            for item in cases {
                let (code, error) = try await Self.pack(item.arguments + ["\(folder)/x.zip"])
                #expect(code == item.code)
                #expect(error.contains(item.message))
                #expect(error.split(separator: "\n").count == 1)
            }
            #expect(try await Self.pack(["one.zip", "two.zip"]).0 == 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["text"])
        }
    }
}
