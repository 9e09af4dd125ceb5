import Foundation
import Harness
import TestSupport
import Testing

/// The exercise's facts, broken one at a time in a copy: a check has to notice each.
@Suite("A broken artifact is noticed:")
struct BrokenArtifactTests {
    struct Break: Sendable, CustomTestStringConvertible {
        let name: String
        let file: String
        let text: String
        let replacement: String
        /// The module or stack whose checks are run.
        let scope: String
        var testDescription: String { name }
    }

    static let stack = "terraform/stacks/workbench"

    static let breaks = [
        Break(
            name: "an account id without its quotes", file: "\(stack)/variables.tf", text: "\"001234567890\"",
            replacement: "001234567890", scope: stack),
        Break(
            name: "15,999 connections", file: "\(stack)/main.tf", text: "= 16000", replacement: "= 15999", scope: stack),
        Break(
            name: "both database instances in one zone", file: "\(stack)/main.tf",
            text: "slice(sort(data.aws_availability_zones.available.names), 0, 2)",
            replacement:
                "[data.aws_availability_zones.available.names[0], data.aws_availability_zones.available.names[0]]",
            scope: stack),
        Break(
            name: "a database class too small for its connections", file: "\(stack)/main.tf", text: "db.r6g.8xlarge",
            replacement: "db.r6g.large", scope: stack),
        Break(
            name: "another instance type", file: "\(stack)/main.tf", text: "\"t2.micro\"", replacement: "\"t2.small\"",
            scope: stack),
        Break(
            name: "another name", file: "\(stack)/main.tf", text: "\"workbench1\"", replacement: "\"workbench2\"",
            scope: stack),
        Break(name: "a user too few", file: "\(stack)/main.tf", text: ", \"dave\"", replacement: "", scope: stack),
    ]

    @Test(arguments: breaks)
    func isNoticed(_ change: Break) async throws {
        try await withScratch { folder in
            try FileManager.default.copyItem(atPath: Project.root + "/terraform", toPath: folder + "/terraform")
            let file = folder + "/" + change.file
            let text = try String(contentsOfFile: file, encoding: .utf8)
            try #require(text.components(separatedBy: change.text).count == 2, "the place to break must be exactly one")
            try Data(text.replacingOccurrences(of: change.text, with: change.replacement).utf8).write(
                to: URL(fileURLWithPath: file))

            let report = try await Self.check(folder, scope: change.scope)
            if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped { try skip(reason) }
            #expect(report.count(.failed) > 0, "nothing noticed it")
        }
    }

    @Test("and nothing is noticed in the unbroken copy", arguments: Set(breaks.map(\.scope)))
    func baselineIsClean(_ scope: String) async throws {
        try await withScratch { folder in
            try FileManager.default.copyItem(atPath: Project.root + "/terraform", toPath: folder + "/terraform")
            let report = try await Self.check(folder, scope: scope)
            if let reason = report.outcomes.first(where: { $0.verdict == .skipped })?.skipped { try skip(reason) }
            #expect(report.findings == [])
            #expect(report.count(.passed) > 0)
        }
    }

    private static func check(_ folder: String, scope: String) async throws -> Report {
        let checks = Checks.all.filter { $0.name == "terraform-test" }
        let repository = try await Discovery.repository(at: folder)
        let toolbox = Toolbox(home: Project.home)
        let report = try await Runner(repository: repository, toolbox: toolbox, checks: checks).run(scope: [scope])
        await toolbox.shutDown()
        return report
    }
}
