import Foundation
import TestSupport
import Testing

@testable import CheckCore
@testable import DocumentModels
@testable import MutationTesting
@testable import Reporting
@testable import Submission

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite("A report")
struct ReportTests {
    static let hostile = "a <b> & \"c\" 'd' ]]> \u{1B}[31m \u{0} \u{FFFE} é 🚀\nsecond line"

    /// A run with every verdict, every severity, a suppressed finding and places with and without numbers.
    static func report(root: String) -> Report {
        func outcome(_ check: String, _ subject: String, _ findings: [Finding] = [], skipped: String? = nil) -> Outcome
        {
            Outcome(
                check: check, subject: subject, findings: findings, skipped: skipped, seconds: 0.25,
                cached: subject == "b.tf"
            )
        }
        return Report(
            root: root,
            outcomes: [
                outcome(
                    "fmt", "a.tf", [Finding(rule: "fmt", severity: .warning, path: "a.tf", message: "is not formatted")]
                ),
                outcome("fmt", "b.tf"),
                outcome(
                    "lint", "ein Ordner/größe #1.tf",
                    [
                        Finding(
                            rule: "lint/R1", path: "ein Ordner/größe #1.tf", line: 2, column: 3,
                            message: "no such name",
                            remedy: "name it"),
                        Finding(rule: "lint/R2", path: "ein Ordner/größe #1.tf", line: 9, message: Self.hostile),
                    ]),
                outcome("validate", "mod<1>", skipped: "terraform is \"missing\" & gone"),
                outcome("validate", "mod2", skipped: "terraform is \"missing\" & gone"),
                outcome(
                    "discovery", "closed",
                    [Finding(rule: "discovery/unreadable", path: "closed", message: "cannot be read")]),
            ],
            suppressed: 2, seconds: 1.25)
    }

    @Test("as text groups findings by file, shows their lines, and prints counts")
    func text() async throws {
        try await withScratch { folder in
            try write(["ein Ordner/größe #1.tf": "é {\n\ta = b\n}\n"], to: folder)
            let text = try ReportFormat.text.render(Self.report(root: folder))
            #expect(
                text == """
                    a.tf
                      warning  is not formatted  fmt

                    closed
                      error  cannot be read  discovery/unreadable

                    ein Ordner/größe #1.tf
                      2:3  error  no such name  lint/R1
                          1 │ é {
                        ▸ 2 │  a = b
                                ^
                          3 │ }
                        → name it
                      9  error  a <b> & "c" 'd' ]]> \u{FFFD}[31m \u{FFFD} \u{FFFE} é 🚀 second line  lint/R2

                    skipped  validate: terraform is "missing" & gone (2: mod<1>, mod2)

                    2 passed, 2 failed, 2 skipped  (3 errors, 1 warning, 2 suppressed with a reason, 1 result from cache, 1.2 s)

                    """)
        }
    }

    @Test("as text shows the right line of a file with CR LF line ends")
    func carriageReturns() async throws {
        try await withScratch { folder in
            try write(["a.tf": "one\r\ntwo\r\nthree\r\n"], to: folder)
            let finding = Finding(rule: "r", path: "a.tf", line: 2, column: 1, message: "m")
            let outcome = Outcome(
                check: "r", subject: "a.tf", findings: [finding], skipped: nil, seconds: 0, cached: false)
            let report = Report(root: folder, outcomes: [outcome], suppressed: 0, seconds: 0)
            let text = try ReportFormat.text.render(report)
            #expect(text.contains("    ▸ 2 │ two\n          ^\n"))
            #expect(!text.contains("\r"))
        }
    }

    @Test("as text has colour on request")
    func colour() throws {
        let report = Self.report(root: "/nowhere")
        let coloured = try ReportFormat.text.render(report, style: TerminalStyle(isColoured: true))
        #expect(coloured.contains("\u{1B}[31merror\u{1B}[0m"))
        #expect(coloured.replacing(/\u{1B}\[\d+m/, with: "") == (try ReportFormat.text.render(report)))
    }

    @Test("as HTML shows lines, counts and skip reasons, and escapes all checked text")
    func page() async throws {
        try await withScratch { folder in
            try write(["ein Ordner/größe #1.tf": "é {\n\ta = b\n}\n"], to: folder)
            let page = try ReportFormat.html.render(Self.report(root: folder))
            #expect(page.contains("<b class=\"failed\">2</b> failed"))
            #expect(page.contains("<b class=\"skipped\">2</b> skipped"))
            #expect(page.contains("<span class=\"here\">2   a = b</span>"))
            #expect(page.contains("<p class=\"faint\">→ name it</p>"))
            #expect(page.contains("terraform is &quot;missing&quot; &amp; gone<td>mod&lt;1&gt;<br>mod2"))
            #expect(page.contains("a &lt;b&gt; &amp; &quot;c&quot; 'd' ]]&gt; \u{FFFD}[31m"))
            #expect(!page.contains("<b> &"))
            #expect(!page.contains("script") && !page.contains("http"), "it is complete in itself")
            let parent = URL(fileURLWithPath: folder).deletingLastPathComponent().path
            #expect(!page.contains(parent), "where the folder lies is nobody's business")
        }
    }

    @Test("as JSON contains the results of the run")
    func json() throws {
        struct Document: Decodable {
            struct Counts: Decodable { let passed, failed, skipped, errors, warnings, suppressed: Int }
            struct Result: Decodable {
                let check, subject, verdict: String
                let reason: String?
                let cached: Bool
            }
            let version: Int
            let root: String
            let counts: Counts
            let findings: [Finding]
            let results: [Result]
        }
        let report = Self.report(root: "/a b")
        let text = try ReportFormat.json.render(report)
        let document = try JSONDecoder().decode(Document.self, from: Data(text.utf8))
        #expect(document.version == 1)
        #expect(document.root == "/a b")
        #expect(document.findings == report.findings)
        #expect(document.counts.passed == 2)
        #expect(document.counts.failed == 2)
        #expect(document.counts.skipped == 2)
        #expect(document.counts.errors == 3)
        #expect(document.counts.warnings == 1)
        #expect(document.counts.suppressed == 2)
        #expect(document.results.map(\.verdict) == ["passed", "passed", "failed", "skipped", "skipped", "failed"])
        #expect(document.results.filter { $0.verdict == "skipped" }.allSatisfy { $0.reason?.isEmpty == false })
        #expect(document.results.map(\.cached) == [false, true, false, false, false, false])
        var scanner = JSONScanner(Array(text.utf8))
        #expect(scanner.problems() == [])
    }

    @Test("as JUnit is well-formed XML whose counts agree with its cases")
    func junit() throws {
        let text = try ReportFormat.junit.render(Self.report(root: "/nowhere"))
        let reader = JUnitReader()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = reader
        #expect(parser.parse(), "\(String(describing: parser.parserError))\n\(text)")
        let total = try #require(reader.suites.first)
        #expect(total == ["tests": 6, "failures": 2, "errors": 0, "skipped": 2])
        for key in total.keys {
            #expect(reader.suites.dropFirst().reduce(0) { $0 + ($1[key] ?? 0) } == total[key], "\(key)")
        }
        #expect(reader.count == ["testcase": 6, "failure": 2, "skipped": 2])
        #expect(reader.names.contains("ein Ordner/größe #1.tf"))
        #expect(reader.names.contains("mod<1>"))
        #expect(reader.text.contains("a <b> & \"c\" 'd' ]]> [31m"))
        #expect(reader.text.contains("é 🚀\nsecond line"))
    }

    private final class JUnitReader: NSObject, XMLParserDelegate {
        var suites: [[String: Int]] = []
        var count: [String: Int] = [:]
        var names: Set<String> = []
        var text = ""

        func parser(
            _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
            attributes: [String: String] = [:]
        ) {
            if name.hasPrefix("testsuite") {
                suites.append(attributes.filter { $0.key != "name" && $0.key != "time" }.compactMapValues { Int($0) })
            } else {
                count[name, default: 0] += 1
                if name == "testcase", let subject = attributes["name"] { names.insert(subject) }
            }
        }

        func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
    }

    @Test("without results is still a valid report", arguments: ReportFormat.allCases)
    func empty(_ format: ReportFormat) throws {
        let report = Report(root: "/nowhere", outcomes: [], suppressed: 0, seconds: 0)
        #expect(try format.render(report).hasSuffix("\n"))
        #expect(report.isClean)
    }
}
