import Foundation
import TestSupport
import Testing

/// Another package with a rule of its own. It builds the checker once more, which takes minutes.
@Suite("A package outside the repository", .timeLimit(.minutes(60)))
struct OutsidePackageTests {
    private static let manifest = """
        // swift-tools-version: 6.2
        import PackageDescription

        let package = Package(
            name: "outside",
            platforms: [.macOS(.v15)],
            dependencies: [.package(path: "\(Project.root)")],
            targets: [
                .executableTarget(
                    name: "outside",
                    dependencies: [
                        .product(name: "Checker", package: "\((Project.root as NSString).lastPathComponent)")
                    ])
            ])

        """

    private static let rule = """
        import CheckCore
        import CheckEngine
        import Tooling

        struct NoTabs: Check {
            let name = "no-tabs"
            let summary = "text has no tabs"
            let advice = Advice.nothing

            func subjects(in repository: Repository) -> [Subject] {
                repository.artifacts(of: .text).map { Subject(file: $0.path) }
            }

            func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
                subjects.flatMap { subject in
                    (context.repository.text(of: subject.path) ?? "").split(
                        separator: "\\n", omittingEmptySubsequences: false
                    ).enumerated().filter { $0.element.contains("\\t") }.map {
                        Finding(
                            rule: "no-tabs/tab", path: subject.path, line: $0.offset + 1, message: "has a tab",
                            remedy: "write blanks")
                    }
                }
            }

            var examples: [Example] {
                [
                    .sound("blanks", ["a.txt": "a b\\n"]),
                    .broken("a tab", ["a.txt": "a\\n↓b\\tc\\n"], triggers: "tab"),
                ]
            }
        }

        @main
        struct Outside {
            static func main() async throws {
                let folder = CommandLine.arguments[1]
                let toolbox = Toolbox(home: HarnessHome(path: CommandLine.arguments[2]))
                for example in NoTabs().examples {
                    print(try await SelfTest(NoTabs(), toolbox: toolbox).run(example))
                }
                let repository = try await Discovery.repository(at: folder)
                let checks = Checks.named("json") + [NoTabs()]
                let report = try await Runner(repository: repository, toolbox: toolbox, checks: checks).run()
                for finding in report.findings { print("\\(finding.path):\\(finding.line ?? 0): \\(finding.rule)") }
                await toolbox.shutDown()
            }
        }

        """

    @Test("depends on the checker's library, adds one rule in one file, and runs it", .fullDepth)
    func ownRule() async throws {
        try await withScratch { folder in
            try write(
                ["package/Package.swift": Self.manifest, "package/Sources/outside/Outside.swift": Self.rule], to: folder
            )
            try write(
                ["a.txt": "a\nb\tc\n", "b.txt": "d\n", "c.json": "{\"a\": 1, \"a\": 2}\n"], to: folder + "/project")
            let build = try await AsyncSemaphore.heavy.hold {
                try await HarnessProcess(
                    ["swift", "build", "--package-path", folder + "/package"], in: folder, executable: "/usr/bin/env"
                ).run()
            }
            #expect(build.code == 0, "\(build.stdout)\(build.stderr)")
            let run = try await HarnessProcess(
                [folder + "/project", folder + "/home"], in: folder,
                executable: folder + "/package/.build/debug/outside"
            ).run()
            #expect(run.code == 0, "\(run.stderr)")
            #expect(
                run.stdout.split(separator: "\n") == [
                    "passed", "passed", "a.txt:2: no-tabs/tab", "c.json:1: json/duplicate-key",
                ], "\(run.stdout)")
        }
    }
}
