import Foundation
import TestSupport
import Testing

@testable import CheckEngine
@testable import Reporting
@testable import Submission
@testable import Tooling

/// The built executable as a user meets it. No test here needs the network: what would have to be fetched is missing.
@Suite("The command line", .timeLimit(.minutes(60)))
struct CommandLineTests {
    /// Runs it in `folder/project`, with a home of its own and a `PATH` of nothing but `tools`.
    static func harness(
        _ arguments: [String], _ folder: String, tools: [String] = ["git", "sh"],
        environment: [String: String?] = [:],
        onStart: @escaping @Sendable (Int32) async throws -> Void = { _ in }
    ) async throws -> HarnessProcess.Result {
        let path = try linkTools(tools, into: folder + "/bin-\(UUID().uuidString.prefix(8))")
        return try await HarnessProcess(
            arguments, in: folder + "/project",
            environment: [
                "PATH": folder + "/fake:" + path, "HARNESS_HOME": folder + "/home", "NO_COLOR": nil,
            ].merging(environment) { $1 }
        ).run(onStart: onStart)
    }

    /// A scratch folder with `files` in `project`.
    static func withProject<Result>(_ files: [String: String], _ body: (String) async throws -> Result) async throws
        -> Result
    {
        try await withScratch { folder in
            try FileManager.default.createDirectory(atPath: folder + "/project", withIntermediateDirectories: true)
            try write(files, to: folder + "/project")
            return try await body(folder)
        }
    }

    static let knownVerbs = [
        "access", "apply", "bench", "check", "cost", "diff", "doctor", "down", "expand", "explain", "mutate",
        "permissions",
        "process",
        "reach", "report", "schedule", "status", "trace", "up",
    ]

    @Test(
        "explains itself with an example",
        arguments: [""] + knownVerbs)
    func help(_ verb: String) async throws {
        try await Self.withProject([:]) { folder in
            let result = try await Self.harness([verb, "--help"].filter { !$0.isEmpty }, folder)
            #expect(result.code == 0)
            #expect(result.stdout.contains("harness \(verb)"))
            #expect(result.stdout.contains(/Examples?:/))
            #expect(result.stderr == "")
        }
    }

    @Test("explains every verb that it knows")
    func verbs() async throws {
        try await Self.withProject([:]) { folder in
            let help = try await Self.harness(["--help"], folder).stdout
            let list = try #require(help.range(of: "SUBCOMMANDS:"))
            let verbs = help[list.upperBound...].matches(of: /\n {2}(\w+) {2,}\S/).map { String($0.output.1) }
            #expect(verbs.sorted() == Self.knownVerbs)
        }
    }

    @Test(
        "refuses what it does not know in one line that names it",
        arguments: [
            (["frobnicate"], "frobnicate"), (["--frobnicate"], "--frobnicate"),
            (["check", "--frobnicate"], "--frobnicate"),
            (["check", "--format", "yaml"], "yaml"), (["up", "--target", "moon"], "moon"),
            (["up", "--port", "x"], "x"),
            (["status", "extra"], "extra"), (["check", "no/such/place"], "no/such/place"), (["check", "."], "nothing"),
        ])
    func usage(_ arguments: [String], _ word: String) async throws {
        try await Self.withProject([:]) { folder in
            let result = try await Self.harness(arguments, folder)
            #expect(result.code == 2)
            #expect(result.stdout == "")
            let lines = result.stderr.split(separator: "\n")
            #expect(lines.count == 1, "\(result.stderr)")
            #expect(lines.first?.hasPrefix("error: ") == true)
            #expect(lines.first?.contains(word) == true, "\(result.stderr)")
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let files: [String: String]
        var options: [String] = []
        let code: Int32
        var testDescription: String { name }
    }

    @Test(
        "tells by its exit code",
        arguments: [
            Case(name: "that all is clean", files: ["a.json": "{}\n"], code: 0),
            Case(name: "that there are findings", files: ["a.json": "{"], code: 1),
            Case(name: "that there is nothing to check", files: [:], code: 2),
            Case(name: "that a file is not there", files: ["a.json": "{}\n"], options: ["b.json"], code: 2),
            Case(name: "that a link is broken", files: ["a.md": "[a](b)\n"], code: 1),
            Case(name: "that there are findings, strict", files: ["a.json": "{"], options: ["--strict"], code: 1),
            Case(name: "that all is clean, strict", files: ["a.json": "{}\n"], options: ["--strict"], code: 0),
        ])
    func exitCodes(_ testCase: Case) async throws {
        try await Self.withProject(testCase.files) { folder in
            let result = try await Self.harness(["check"] + testCase.options, folder)
            #expect(result.code == testCase.code, "\(result.stdout)\(result.stderr)")
        }
    }

    /// A linter that has advice on every file, in the stead of `swift format`.
    private static let adviser = """
        #!/bin/sh
        [ "$1" = format ] || exit 0
        shift
        for file; do case $file in *.swift) echo "$file:1:1: warning: [Advice] fix it" >&2;; esac; done
        """

    @Test("passes with only advice, unless strict", arguments: [(false, 0), (true, 1)] as [(Bool, Int32)])
    func advice(strict: Bool, code: Int32) async throws {
        try await Self.withProject(["a.swift": "let a = 1\n", ".swift-format": "{}\n"]) { folder in
            try write(["fake/swift": Self.adviser], to: folder)
            chmod(folder + "/fake/swift", 0o755)
            let result = try await Self.harness(["check"] + (strict ? ["--strict"] : []), folder)
            #expect(result.code == code, "\(result.stdout)\(result.stderr)")
            #expect(result.stdout.contains(strict ? "error  fix it" : "advice  "))
        }
    }

    @Test("prints only the report, in every format", arguments: ReportFormat.allCases)
    func formats(_ format: ReportFormat) async throws {
        try await Self.withProject(["a b.json": "{\n  \"ä\": 1,\n  \"ä\": 2\n}\n"]) { folder in
            let result = try await Self.harness(["check", "--format", format.rawValue], folder)
            #expect(result.code == 1)
            switch format {
            case .text: #expect(result.stdout.hasPrefix("a b.json\n  3:3  error  "))
            case .html: #expect(result.stdout.hasPrefix("<!doctype html>") && result.stdout.hasSuffix("</html>\n"))
            case .junit: #expect(result.stdout.hasPrefix("<?xml") && result.stdout.hasSuffix("</testsuites>\n"))
            case .github: #expect(result.stdout.hasPrefix("::error file=a b.json,line=3,col=3,title="))
            case .json, .sarif:
                #expect(throws: Never.self) { try JSONSerialization.jsonObject(with: Data(result.stdout.utf8)) }
            }
            #expect(!result.stdout.contains("\u{1B}"), "no colour but on a terminal")
        }
    }

    @Test("skips checks without their tool, with the reason, and does not count them as passed")
    func missingTool() async throws {
        let files = ["main.tf": "output \"a\" {\n  value = 1\n}\n", "a.sh": "#!/bin/sh\n", "a.json": "{}\n"]
        try await Self.withProject(files) { folder in
            let result = try await Self.harness(["check", "--format", "json"], folder)
            #expect(result.code == 0, "\(result.stderr)")
            struct Document: Decodable {
                struct Result: Decodable {
                    let check, verdict: String
                    let reason: String?
                }
                let results: [Result]
            }
            let results = try JSONDecoder().decode(Document.self, from: Data(result.stdout.utf8)).results
            for check in ["terraform-fmt", "terraform-validate", "shellcheck", "trivy-config"] {
                let own = results.filter { $0.check == check }
                #expect(!own.isEmpty && own.allSatisfy { $0.verdict == "skipped" }, "\(check)")
            }
            #expect(results.filter { $0.check == "json" }.map(\.verdict) == ["passed"])
            let reasons = Set(results.compactMap(\.reason))
            #expect(reasons.contains { $0.contains("python3") })
            #expect(reasons.contains { $0.contains("terraform") })
            let text = try await Self.harness(["check"], folder).stdout
            #expect(text.contains(/skipped {2}shellcheck: .*python3/))
            #expect(text.contains(/skipped {2}terraform-validate: .* \(1: \.\)/), "the root has a name")
            #expect(text.contains(/[1-9]\d* skipped/))
        }
    }

    @Test("exits with 2 if every check was skipped")
    func allSkipped() async throws {
        try await Self.withProject(["a.swift": "let a = 1\n", ".swift-format": "{}\n"]) { folder in
            let result = try await Self.harness(["check", "a.swift"], folder)
            #expect(result.code == 2, "\(result.stdout)")
            #expect(result.stdout == "")
            #expect(result.stderr.contains(/error: every check was skipped: .*is not on the PATH.*harness doctor/))
        }
    }

    @Test("finds malformed HCL with its file and line")
    func malformed() async throws {
        guard Toolbox.onPath("terraform") != nil else { try skip("terraform is not on the PATH") }
        let files = ["a/main.tf": "output \"a\" {\n  value = 1\n}\n\noutput \"b\" {\n  value = \"\n}\n"]
        try await Self.withProject(files) { folder in
            let result = try await Self.harness(["check"], folder, tools: ["git", "sh", "terraform"])
            #expect(result.code == 1, "\(result.stderr)")
            #expect(result.stdout.contains("a/main.tf\n  6"))
            #expect(result.stdout.contains("▸ 6 │   value = \""))
        }
    }
}
