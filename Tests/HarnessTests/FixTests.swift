import Foundation
import TestSupport
import Testing
import Tooling

@Suite("harness check --fix", .timeLimit(.minutes(60)))
struct FixTests {
    private static let style = "root = true\n\n[*]\nindent_style = space\nindent_size = 2\n"
    private static let crooked = "#!/usr/bin/env bash\nset -euo pipefail\nif true; then\n      echo yes\nfi\n"

    private func fixed(
        _ files: [String: String], arguments: [String] = [],
        _ body: (HarnessProcess.Result, String) throws -> Void
    ) async throws {
        try await CommandLineTests.withProject(files) { folder in
            try body(
                try await Self.harness(arguments, folder), folder + "/project")
        }
    }

    /// With the tools of this machine.
    private static func harness(_ arguments: [String], _ folder: String) async throws -> HarnessProcess.Result {
        try await HarnessProcess(
            ["check", "--fix"] + arguments, in: folder + "/project",
            environment: ["HARNESS_HOME": HarnessHome.standard().path]
        ).run()
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test("lays out scripts and Terraform, and checks again")
    func layout() async throws {
        let files = [
            ".editorconfig": Self.style, "a.sh": Self.crooked,
            "main.tf": "variable \"a\" {\ntype = string\n}\n",
        ]
        try await fixed(files, arguments: ["--strict", "--only", "shfmt,terraform-fmt"]) { result, folder in
            #expect(result.code == 0, "\(result.stdout)\(result.stderr)")
            #expect(result.stderr.contains("fixed a.sh: shfmt\n"), "\(result.stderr)")
            #expect(result.stderr.contains("fixed main.tf: terraform-fmt\n"))
            let (script, code) = (try text(folder + "/a.sh"), try text(folder + "/main.tf"))
            #expect(script.contains("\n  echo yes\n"))
            #expect(code == "variable \"a\" {\n  type = string\n}\n")
            #expect(FileManager.default.isExecutableFile(atPath: folder + "/a.sh"))
        }
    }

    @Test("lays out Swift and Python")
    func languages() async throws {
        let files = [
            ".swift-format": #"{"version": 1, "indentation": {"spaces": 4}}"#, "a.swift": "func a() {\n  print(1)\n}\n",
            "pyproject.toml": "[tool.ruff]\nline-length = 100\n", "a.py": "x = {'a':1}\n",
        ]
        try await fixed(files, arguments: ["--strict", "--only", "swift-format,ruff"]) { result, folder in
            #expect(result.code == 0, "\(result.stdout)\(result.stderr)")
            #expect(result.stderr.contains("fixed a.swift: swift-format/"), "\(result.stderr)")
            #expect(result.stderr.contains("fixed a.py: ruff/format"), "\(result.stderr)")
            let (swift, python) = (try text(folder + "/a.swift"), try text(folder + "/a.py"))
            #expect(swift == "func a() {\n    print(1)\n}\n")
            #expect(python == "x = {\"a\": 1}\n")
        }
    }

    @Test("sets the run bit of a script that a workflow calls")
    func runBit() async throws {
        let workflow = """
            name: ci
            on: push
            permissions: {}
            jobs:
              test:
                runs-on: ubuntu-24.04
                timeout-minutes: 5
                steps:
                  - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683
                    with: {persist-credentials: false}
                  - run: ./ci/test.sh

            """
        try await CommandLineTests.withProject([".github/workflows/ci.yaml": workflow, "ci/test.sh": Self.crooked]) {
            let script = $0 + "/project/ci/test.sh"
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: script)
            let result = try await Self.harness(["--only", "workflow/executable"], $0)
            #expect(result.stderr.contains("fixed ci/test.sh: workflow/executable"), "\(result.stdout)\(result.stderr)")
            #expect(FileManager.default.isExecutableFile(atPath: script))
            #expect(result.code == 0)
        }
    }

    @Test("leaves alone a script that a manifest holds")
    func rendered() async throws {
        let files = [
            ".editorconfig": Self.style, "k8s/a.sh": Self.crooked,
            "k8s/kustomization.yaml": "configMapGenerator:\n  - name: scripts\n    files: [a.sh]\n",
        ]
        try await fixed(files, arguments: ["--strict", "--only", "shfmt"]) { result, folder in
            #expect(result.code == 1)
            #expect(
                result.stderr.contains("not fixed k8s/a.sh: k8s/kustomization.yaml renders this file"),
                "\(result.stderr)")
            let text = try text(folder + "/k8s/a.sh")
            #expect(text == Self.crooked)
        }
    }

    @Test("leaves alone what is not certain, or does not parse")
    func uncertain() async throws {
        let script = "#!/usr/bin/env bash\nset -euo pipefail\nls $1\n"
        let files = ["a.sh": script, "main.tf": "variable \"a {\n"]
        try await fixed(files, arguments: ["--only", "shellcheck,terraform-fmt"]) { result, folder in
            #expect(result.code == 1)
            #expect(result.stderr.contains("nothing to fix"), "\(result.stderr)")
            let text = try text(folder + "/a.sh")
            #expect(text == script)
        }
    }
}
