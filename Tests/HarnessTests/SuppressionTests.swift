import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import CheckEngine
@testable import ToolChecks
@testable import Tooling

@Suite("A suppression")
struct SuppressionTests {
    /// Whether a finding of `check/AWS-0017` in the line that holds `here` is covered.
    private static func covers(_ text: String, file: String = "a.tf") async throws -> Bool {
        try await withScratch { folder in
            try write([file: text], to: folder)
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            let line = try #require(lines.firstIndex { $0.contains("here") }) + 1
            let repository = Repository(root: folder, artifacts: [])
            let finding = Finding(rule: "check/AWS-0017", path: file, line: line, message: "m")
            return Suppressions(repository: repository).cover(finding)
        }
    }

    private static let mark = Suppressions.marker

    @Test(
        "with a reason covers the line it stands on or below",
        arguments: [
            "here = 1 # \(mark) AWS-0017 holds no secret\n", "# \(mark) AWS-0017 holds no secret\nhere = 1\n",
            "// \(mark) AWS-0017 holds no secret\nhere\n", "/* \(mark) AWS-0017 holds no secret */\nhere\n",
            "/*\n * \(mark) AWS-0017 holds no secret\n */\nhere\n", "<!-- \(mark) AWS-0017 holds no secret -->\nhere\n",
            "-- \(mark) AWS-0017 holds no secret\nhere\n", "  \t# \(mark) check/AWS-0017 holds no secret\n  here\n",
            "# \(mark) AWS-0017 holds no secret\n# and more of the comment\nhere\n",
            "# first\n# \(mark) AWS-0017 no secret\n# \(mark) AWS-0018 other reason\nhere\n",
            "a\r\n# \(mark) AWS-0017 holds no secret\r\nhere\r\nb\r\n",
            "# \(mark)   AWS-0017   holds no secret\nhere\n",
            "# \(mark) AWS-0017\tholds no secret\nhere\n",
        ])
    func covers(_ text: String) async throws {
        #expect(try await Self.covers(text))
    }

    @Test(
        "covers nothing else",
        arguments: [
            "# \(mark) AWS-0018 holds no secret\nhere\n", "# \(mark) AWS-001 holds no secret\nhere\n",
            "# \(mark) other/AWS-0017 holds no secret\nhere\n", "# \(mark) AWS-0017\nhere\n",
            "# \(mark) AWS-0017   \nhere\n", "# \(mark) AWS-0017 --\nhere\n", "/* \(mark) AWS-0017 */\nhere\n",
            "<!-- \(mark) AWS-0017 -->\nhere\n", "# \(mark)\nhere\n", "# \(mark) AWS-0017 no secret\n\nhere\n",
            "# \(mark) AWS-0017 no secret\nb = 1\nhere\n", "here\n# \(mark) AWS-0017 no secret\n",
            "b = 1 # \(mark) AWS-0017 no secret\nhere\n", "# \(mark)d AWS-0017 no secret\nhere\n", "here\n",
        ])
    func coversNot(_ text: String) async throws {
        #expect(try await !Self.covers(text))
    }

    @Test("does not cover a finding about a whole file or a missing line")
    func places() async throws {
        try await withScratch { folder in
            try write(["a.tf": "# \(Self.mark) r no secret\n"], to: folder)
            let suppressions = Suppressions(repository: Repository(root: folder, artifacts: []))
            for line in [nil, -1, 0, 9] {
                #expect(!suppressions.cover(Finding(rule: "r", path: "a.tf", line: line, message: "m")))
            }
            #expect(!suppressions.cover(Finding(rule: "r", path: "missing.tf", line: 1, message: "m")))
        }
    }

    @Test(
        "without a reason is a finding, with one it is not",
        arguments: [
            ("a.tf", "# \(mark) AWS-0017\n", true), ("a.tf", "# \(mark) AWS-0017 no secret here\n", false),
            ("a.sh", "# shellcheck disable=SC2034\n", true), ("a.tf", "#trivy:ignore:AWS-0017\n", true),
            ("a.tf", "#trivy:ignore:AWS-0017 holds no secret\n", false), ("a.tf", "/* \(mark) AWS-0017 */\n", true),
            ("a.py", "import a  # noqa: F401\n", true), ("a.yaml", "a: b\r\n# \(mark) x\r\n", true),
            ("Dockerfile", "# hadolint ignore=DL3008 because of the mirror\n", false),
        ])
    func reasons(_ file: String, _ text: String, _ isFound: Bool) async throws {
        try await withScratch { folder in
            try write([file: text], to: folder)
            let repository = try await Discovery.repository(at: folder)
            let toolbox = Toolbox(home: HarnessHome(path: folder + "/home"))
            let report = try await Runner(repository: repository, toolbox: toolbox, checks: [SuppressionReasons()])
                .run()
            #expect(report.findings.map(\.rule) == (isFound ? ["suppression/no-reason"] : []))
        }
    }

    @Test("is counted, and its finding is removed from the result")
    func counts() async throws {
        try await withScratch { folder in
            try write(["a.json": "{\"a\": 1,\n  \"\(Self.mark) duplicate-key no harm\": 1, \"a\": 2}\n"], to: folder)
            let repository = try await Discovery.repository(at: folder)
            let toolbox = Toolbox(home: HarnessHome(path: folder + "/home"))
            let runner = Runner(repository: repository, toolbox: toolbox, checks: [JSONSyntax()])
            for _ in 1...2 {
                let report = try await runner.run()
                #expect(report.suppressed == 1)
                #expect(report.count(.passed) == 1)
                #expect(report.findings == [])
            }
        }
    }
}
