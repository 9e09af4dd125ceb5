import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import Tooling

/// The checker and the submission are apart: the first works in any repository and knows nothing of the second.
@Suite("The checker's modules", .timeLimit(.minutes(60)))
struct ModuleBoundaryTests {
    private struct Manifest: Decodable {
        struct Product: Decodable {
            let name: String
            let targets: [String]
        }
        struct Target: Decodable {
            let name: String
            let dependencies: [Dependency]
        }
        /// `{"byName": ["A", null]}` or `{"product": ["A", "package", null, null]}`.
        struct Dependency: Decodable {
            let name: String

            init(from decoder: any Decoder) throws {
                let parts = try decoder.singleValueContainer().decode([String: [JSONValue]].self)
                name = parts.values.first?.first?.string ?? ""
            }
        }

        let products: [Product]
        let targets: [Target]

        func reached(from product: String) -> Set<String> {
            let dependencies = Dictionary(uniqueKeysWithValues: targets.map { ($0.name, $0.dependencies.map(\.name)) })
            var open = products.first { $0.name == product }?.targets ?? []
            var reached: Set<String> = []
            while let next = open.popLast() {
                if reached.insert(next).inserted { open += dependencies[next] ?? [] }
            }
            return reached
        }
    }

    private static func manifest() async throws -> Manifest {
        try await withScratch { scratch in
            // A scratch path of its own: that of the tests is in use.
            let output = try await Command(
                "swift",
                ["package", "--package-path", Project.root, "--scratch-path", scratch + "/build", "dump-package"]
            ).run()
            #expect(output.isSuccess, "\(output.stderr)")
            return try JSONDecoder().decode(Manifest.self, from: Data(output.stdout.utf8))
        }
    }

    @Test("import neither the submission nor its dependencies", arguments: ["Checker", "harness-check"])
    func boundary(_ product: String) async throws {
        let reached = try await Self.manifest().reached(from: product)
        #expect(reached.isSuperset(of: ["CheckCore", "CheckEngine", "BuiltInRules", "ToolChecks"]), "\(reached)")
        let foreign = ["Submission", "MutationTesting", "HarnessCommand", "Lambda", "CZlib", "Crypto"]
        #expect(reached.isDisjoint(with: foreign), "\(reached.sorted())")
        #expect(!reached.contains { $0.hasPrefix("NIO") }, "\(reached.sorted())")
    }

    /// So that the test above is seen to find what it looks for.
    @Test("are fewer than those of the full executable")
    func counterpart() async throws {
        let reached = try await Self.manifest().reached(from: "harness")
        #expect(reached.isSuperset(of: ["Submission", "Lambda", "NIOCore", "CheckCore"]), "\(reached.sorted())")
    }

    @Test(
        "have no rule about this repository's own pages in another repository", arguments: ["harness", "harness-check"])
    func foreignRepository(_ name: String) async throws {
        let executable = (Project.executable as NSString).deletingLastPathComponent + "/" + name
        try await withScratch { folder in
            try write(
                [
                    "SUBMISSION.md": "# Ours\n", "requirements.yaml": "asks: []\n",
                    "a.md": "**12 s** <!-- from b.md -->\n", "b.md": "It takes 14 s.\n",
                ], to: folder + "/project")
            let result = try await HarnessProcess(
                ["check", "--format", "json", "."], in: folder + "/project",
                environment: ["HARNESS_HOME": folder + "/home"], executable: executable
            ).run()
            #expect(result.code == 0, "\(result.stdout)\(result.stderr)")
            let report = try JSONDecoder().decode(JSONValue.self, from: Data(result.stdout.utf8))
            let checks = Set(report["results"]?.array?.compactMap { $0["check"]?.string } ?? [])
            #expect(checks.contains("yaml") && checks.contains("markdown-links"), "\(checks)")
            #expect(checks.isDisjoint(with: ["requirements", "submission", "figure-source"]), "\(checks)")
        }
    }
}
