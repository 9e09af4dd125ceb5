import Foundation
import TestSupport
import Testing

@testable import DocumentModels
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission

/// The action's last step as GitHub's runner would start it, with the harness that these tests were built with.
@Suite("The GitHub Action", .timeLimit(.minutes(60)))
struct GitHubActionTests {
    private func check(
        _ folder: String, paths: String, strict: String = "false", sarif: String = ""
    ) async throws -> HarnessProcess.Result {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: Project.root + "/action.yml"))
        let action = try #require(try YAMLTree(Array(bytes)).documents.first)
        let script = try #require(action["runs", "steps"]?.elements.last?["run"]?.text)
        try FileManager.default.createDirectory(atPath: folder + "/action/.build", withIntermediateDirectories: true)
        try? FileManager.default.createSymbolicLink(
            atPath: folder + "/action/.build/debug", withDestinationPath: Project.executable.parentPath)
        return try await HarnessProcess(
            ["-eo", "pipefail", "-c", script], in: folder + "/project",
            environment: [
                "GITHUB_ACTION_PATH": folder + "/action", "PATHS": paths, "STRICT": strict, "SARIF": sarif,
                "HARNESS_HOME": folder + "/home",
                "PATH": try linkTools(["git", "bash"], into: folder + "/bin-\(UUID().uuidString.prefix(8))"),
            ], executable: "/bin/bash"
        ).run()
    }

    @Test(
        "checks the paths that are named, on one line or several, and nothing else",
        arguments: ["a.json b.json", "a.json\nb.json", "a.json\nb.json\n"])
    func paths(_ paths: String) async throws {
        let files = Dictionary(uniqueKeysWithValues: ["a", "b", "c"].map { ("\($0).json", "{") })
        try await CommandLineTests.withProject(files) { folder in
            let result = try await check(folder, paths: paths)
            #expect(result.code == 1, "\(result.stderr)")
            #expect(["a", "b", "c"].map { result.stdout.contains("\($0).json") } == [true, true, false])
        }
    }

    @Test("annotates the lines, and writes SARIF to the file that is named")
    func reports() async throws {
        try await CommandLineTests.withProject(["a.json": "{"]) { folder in
            let result = try await check(folder, paths: "", sarif: folder + "/a b.sarif")
            #expect(result.code == 1 && result.stdout.hasPrefix("::error file=a.json,line=1"), "\(result.stdout)")
            let sarif = try String(contentsOfFile: folder + "/a b.sarif", encoding: .utf8)
            #expect(sarif.contains("\"ruleId\" : \"json\\/syntax\"") || sarif.contains("json/syntax"))
        }
    }

    @Test("checks the whole repository without paths, and accepts `strict` in any case")
    func strict() async throws {
        try await CommandLineTests.withProject(["a/a.json": "{}\n"]) { folder in
            try Data([0xFF, 0xFE, 0x61, 0]).write(to: URL(fileURLWithPath: folder + "/project/b.yaml"))
            let lenient = try await check(folder, paths: "")
            let strict = try await check(folder, paths: "", strict: "True")
            #expect(lenient.code == 0 && lenient.stdout.contains("discovery/binary"), "\(lenient.stdout)")
            #expect(strict.code == 1, "\(strict.stdout)")
        }
    }
}
