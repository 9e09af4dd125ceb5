import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import CheckEngine
@testable import KubernetesModel
@testable import Reporting

@Suite("Selecting and configuring rules", .timeLimit(.minutes(60)))
struct SelectionTests {
    /// One error (`json/duplicate-key`), one warning (`discovery/binary`), one error in `old/`.
    private static let files = [
        "a.json": "{\"a\": 1, \"a\": 2}\n", "old/b.json": "{\n", "c.yaml": "a: \"\0\"\n", "d.yaml": "a: 1\na: 2\n",
    ]

    private func run(_ arguments: [String], settings: String? = nil) async throws -> HarnessProcess.Result {
        var files = Self.files
        files[".harness.yml"] = settings
        return try await CommandLineTests.withProject(files) { folder in
            try await CommandLineTests.harness(["check"] + arguments, folder)
        }
    }

    private func rules(_ result: HarnessProcess.Result) -> Set<String> {
        Set(result.stdout.matches(of: /(?:json|yaml|discovery)\/[a-z-]+/).map { String($0.output) })
    }

    @Test("prints the version with the commit of the build")
    func version() async throws {
        try await CommandLineTests.withProject([:]) { folder in
            let result = try await CommandLineTests.harness(["--version"], folder)
            #expect(result.code == 0)
            #expect(result.stdout.wholeMatch(of: /\d+\.\d+\.\d+( \([0-9a-f]{12}\))?\n/) != nil, "\(result.stdout)")
        }
    }

    @Test("prints completions for each shell", arguments: ["bash", "zsh", "fish"])
    func completions(_ shell: String) async throws {
        try await CommandLineTests.withProject([:]) { folder in
            let result = try await CommandLineTests.harness(["--generate-completion-script", shell], folder)
            #expect(result.code == 0 && result.stdout.contains("self-test"))
        }
    }

    @Test(
        "reports the selected rules only",
        arguments: [
            (["--only", "json"], ["json/duplicate-key", "json/syntax"]),
            (["--only", "json/duplicate-key"], ["json/duplicate-key"]),
            (["--only", "duplicate-key"], ["json/duplicate-key", "yaml/duplicate-key"]),
            (["--only", "*/dupl*"], ["json/duplicate-key", "yaml/duplicate-key"]),
            (["--only", "json,yaml", "--skip", "*/syntax"], ["json/duplicate-key", "yaml/duplicate-key"]),
            (["--skip", "json", "--skip", "yaml"], ["discovery/binary"]),
        ])
    func selection(_ arguments: [String], _ expected: [String]) async throws {
        let result = try await run(arguments)
        #expect(rules(result) == Set(expected), "\(result.stdout)\(result.stderr)")
        #expect(result.code == (expected.contains { !$0.hasPrefix("discovery") } ? 1 : 0))
    }

    @Test(
        "refuses a pattern that no rule matches, and names the nearest rule",
        arguments: [
            ("jsn", "did you mean `json`?"), ("json/duplicatekey", "did you mean `json/duplicate-key`?"),
            ("k8s-probes/mising", "did you mean `k8s-probes/missing`?"), ("zzz*", "`harness explain` lists every rule"),
            ("json/SC2086", "no rule matches"),
        ])
    func unknown(_ pattern: String, _ words: String) async throws {
        for option in ["--only", "--skip"] {
            let result = try await run([option, pattern])
            #expect(result.code == 2 && result.stdout == "")
            #expect(result.stderr.split(separator: "\n").count == 1)
            #expect(result.stderr.contains(words), "\(result.stderr)")
        }
    }

    @Test("accepts any rule name of a tool")
    func toolRules() throws {
        let catalogue = RuleCatalogue(Checks.all)
        for name in ["shellcheck/SC9999", "trivy-*", "ruff/*", "ansible-lint/name[missing]"] {
            try catalogue.require(RulePattern(name))
        }
        #expect(RulePattern("ansible-lint/name[missing]").matches("ansible-lint/name[missing]"))
    }

    @Test("applies severity, skips, exclusions and paths of the settings")
    func settings() async throws {
        let lenient = try await run(
            [],
            settings:
                "severity:\n  '*': error\n  'json/*': warning\nskip:\n  - rule: yaml\n    paths: ['d.*']\n    reason: shows both values\n"
        )
        #expect(rules(lenient) == ["json/duplicate-key", "json/syntax", "discovery/binary"], "\(lenient.stdout)")
        #expect(lenient.code == 1, "the warning of discovery is an error here")
        #expect(lenient.stdout.contains("1 suppressed with a reason"))
        let strict = try await run(["--strict"], settings: "severity: {json: warning}\n")
        #expect(strict.stdout.contains("error  a name twice") || strict.code == 1)
        let part = try await run(
            [], settings: "exclude: ['old/**', 'd.yaml']\nskip: [{rule: discovery, reason: no text}]\n")
        #expect(rules(part) == ["json/duplicate-key"], "\(part.stdout)")
        let paths = try await run([], settings: "paths: [old]\n")
        #expect(rules(paths) == ["json/syntax"], "\(paths.stdout)")
        let named = try await run(["a.json"], settings: "paths: [old]\n")
        #expect(rules(named) == ["json/duplicate-key"], "\(named.stdout)")
    }

    @Test(
        "refuses malformed settings in one line",
        arguments: [
            ("exclud: []\n", ".harness.yml:1: exclud is not a field; write `exclude`"), ("a: [\n", ".harness.yml:2:"),
            ("severity: {json: off}\n", ".harness.yml:1: severity.json"), ("[]\n", ".harness.yml:1: it is an array"),
            ("skip:\n  - {rule: json, reason: because}\n", ".harness.yml:2: skip[0].reason"),
            ("skip:\n  - {rule: json}\n", ".harness.yml:2: skip[0] lacks `reason`"),
            ("skip:\n  - {rule: jso, reason: of no use}\n", ".harness.yml:2: no rule matches `jso`"),
            ("severity:\n  json/duplicatekey: error\n", ".harness.yml:2: no rule matches"),
            ("a: 1\n---\nb: 1\n", ".harness.yml"), ("paths: old\n", ".harness.yml:1: paths is a string"),
        ])
    func malformed(_ settings: String, _ words: String) async throws {
        let result = try await run([], settings: settings)
        #expect(result.code == 2 && result.stdout == "", "\(result.stdout)")
        #expect(result.stderr.split(separator: "\n").count == 1, "\(result.stderr)")
        #expect(result.stderr.contains(words), "\(result.stderr)")
    }

    @Test("shows advice as one line for each rule, and in full on request")
    func advice() async throws {
        let summary = try await run([])
        #expect(summary.stdout.contains("  1  discovery/binary  harness check --only discovery/binary\n"))
        #expect(!summary.stdout.contains("save the file as UTF-8"))
        #expect(summary.stdout.contains("error  "), "errors stay in full")
        for arguments in [["--advice"], ["--strict"], ["--only", "discovery/binary"]] {
            let full = try await run(arguments)
            #expect(full.stdout.contains("save the file as UTF-8"), "\(full.stdout)")
        }
        #expect(try await run(["--format", "json"]).stdout.contains("save the file as UTF-8"))
    }

    @Test("writes GitHub's annotations, escaped, and a second format to a file")
    func github() async throws {
        let finding = Finding(
            rule: "a/b", severity: .warning, path: "x,y:z.tf", line: 3, column: 4, message: "50 %\nof it", remedy: "fix"
        )
        let outcome = Outcome(check: "a", subject: "s", findings: [finding], skipped: nil, seconds: 0, cached: false)
        let report = Report(root: "/r", outcomes: [outcome], suppressed: 0, seconds: 0)
        #expect(
            try ReportFormat.github.render(report)
                == "::warning file=x%2Cy%3Az.tf,line=3,col=4,title=a/b::50 %25%0Aof it%0A→ fix\n1 passed, 0 failed, 0 skipped\n"
        )
        try await CommandLineTests.withProject(["a.json": "{"]) { folder in
            let file = folder + "/out.sarif"
            let result = try await CommandLineTests.harness(
                ["check", "--format", "github", "--write", "sarif=\(file)"], folder)
            #expect(result.code == 1 && result.stdout.hasPrefix("::error file=a.json,line=1"), "\(result.stdout)")
            #expect(try String(contentsOfFile: file, encoding: .utf8).contains("json/syntax"))
            let wrong = try await CommandLineTests.harness(["check", "--write", "pdf=x"], folder)
            #expect(wrong.code == 2 && wrong.stderr.contains("--write pdf=x is not valid"))
        }
    }

    @Test("prints no colour if NO_COLOR is set or the output is not a terminal")
    func noColour() async throws {
        let result = try await run([])
        #expect(!result.stdout.contains("\u{1B}"))
        #expect(TerminalStyle.detect(descriptor: -1).paint("a", .error) == "a")
    }
}

@Suite("Definitions in the settings")
struct ConfiguredDefinitionTests {
    @Test("are read even if git ignores the files")
    func definitions() async throws {
        try await withScratch { folder in
            try write(
                [
                    ".harness.yml": "definitions: ['crds/*.yaml']\n", ".git/HEAD": "", "crds/a.yaml": "a: 1\n",
                    "crds/b.txt": "",
                ], to: folder)
            let configuration = try Configuration(of: folder, RuleCatalogue(Checks.all))
            let repository = configuration.applied(to: Repository(root: folder, artifacts: []))
            #expect(repository.definitions == ["crds/a.yaml"])
            #expect(repository.ownDefinitions == ["crds/a.yaml"])
        }
    }
}
