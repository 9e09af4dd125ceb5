import CheckCore
import HarnessSupport
import Tooling

/// Runs `terraform test`: the module's tests use mocked providers and need no account.
struct TerraformTest: Check {
    let name = "terraform-test"
    let summary = "the module's tests pass"
    let tools = [Tool.terraform]
    let isBatched = false
    let weight = 5.0

    func subjects(in repository: Repository) -> [Subject] {
        let modules = repository.terraformModules
        return modules.values.filter(\.hasTests).map(\.path).sorted().map {
            Subject(path: $0, inputs: modules.files(of: $0))
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let module = subjects[0].path
        return try await TerraformCall(module: module, context: context).run { terraform in
            let output = try await terraform(["test", "-json", "-no-color"])
            var findings = Diagnostics(stream: output.stdout).findings(module: module, rule: name, stage: "")
            if findings.isEmpty && !output.isSuccess {
                findings = [Finding(rule: name, path: module, message: "the tests fail: \(output.lastLine)")]
            }
            if output.isSuccess && Self.passed(output.stdout) == 0 {
                findings.append(
                    Finding(
                        rule: "\(name)/empty", path: module, message: "its test files hold no run",
                        remedy: "add a run block, or remove the files"))
            }
            return findings
        }
    }

    /// The number of passed runs, from the summary at the end of the stream.
    private static func passed(_ stream: String) -> Int? {
        stream.split(separator: "\n").lazy.compactMap {
            JSONValue(parsing: String($0))?["test_summary"]?["passed"]?.int
        }.last
    }

    var explanations: [String: String] {
        [
            "empty":
                "The test file has no run block, so it proves nothing.",
            "terraform-test":
                "A test of the module fails.",
        ]
    }

    var examples: [Example] {
        let module =
            "variable \"a\" {\n  type    = string\n  default = \"x\"\n}\n\noutput \"a\" {\n  value = var.a\n}\n"
        func test(_ wanted: String) -> String {
            "run \"the_output_is_the_input\" {\n  command = plan\n\n  assert {\n    condition     = output.a == \"\(wanted)\"\n    error_message = \"differs\"\n  }\n}\n"
        }
        return [
            .sound("an assertion that holds", ["main.tf": module, "tests/a.tftest.hcl": test("x")]),
            .broken(
                "an assertion that does not hold", ["main.tf": module, "tests/a.tftest.hcl": test("y")],
                triggers: "terraform-test"),
            .broken("a test file without a run", ["main.tf": module, "tests/a.tftest.hcl": "\n"], triggers: "empty"),
        ]
    }
}
