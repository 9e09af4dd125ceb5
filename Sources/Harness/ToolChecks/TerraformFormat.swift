import CheckCore
import Foundation
import Tooling

/// Runs `terraform fmt -check`.
struct TerraformFormat: Check {
    let name = "terraform-fmt"
    let summary = "Terraform code is formatted with `terraform fmt`"
    let tools = [Tool.terraform]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform, .terraformVariables, .terraformTest)
            .filter { !$0.path.hasSuffix(".tfmock.hcl") }
            .map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let program = try await context.path(of: .terraform)
        let variables = try TerraformEnvironment(home: context.toolbox.home).variables(data: "/dev/null")
        let unreadable = subjects.compactMap {
            TerraformCall.unreadable($0.path, in: context.repository, rule: name)
        }
        let subjects = subjects.filter { subject in !unreadable.contains { $0.path == subject.path } }
        guard !subjects.isEmpty else { return unreadable }
        return try await context.withStage(subjects.flatMap(\.inputs)) { stage in
            let output = try await Command(
                program, ["fmt", "-check", "-list=true", "-recursive", "-no-color"], environment: variables,
                folder: stage
            ).run()
            let unformatted = output.stdout.split(separator: "\n").map(String.init).map { path in
                Finding(
                    rule: name, severity: .warning, path: path, message: "is not formatted",
                    remedy: "run terraform fmt \(path)")
            }
            // If a file does not parse, fmt exits with 2 and reports the line.
            return unreadable + unformatted + (output.exitCode == 2 ? malformed(output.stderr, subjects: subjects) : [])
        }
    }

    private func malformed(_ stderr: String, subjects: [Subject]) -> [Finding] {
        let lines = stderr.split(separator: "\n").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "│╷╵ ")) }
        var findings: [Finding] = []
        var summary = "cannot be parsed"
        for line in lines {
            if line.hasPrefix("Error: ") { summary = String(line.dropFirst(7)) }
            guard line.hasPrefix("on "), let mark = line.range(of: " line ") else { continue }
            let path = String(line[line.index(line.startIndex, offsetBy: 3)..<mark.lowerBound])
            let number = Int(line[mark.upperBound...].prefix(while: \.isNumber))
            findings.append(Finding(rule: "\(name)/syntax", path: path, line: number, message: summary))
        }
        return findings.isEmpty
            ? [Finding(rule: "\(name)/syntax", path: subjects[0].path, message: lines.last { !$0.isEmpty } ?? summary)]
            : findings
    }

    var explanations: [String: String] {
        [
            "depth":
                "The file is nested too deeply to format.",
            "encoding":
                "The file is not UTF-8.",
            "syntax":
                "The file does not parse.",
            "terraform-fmt":
                "The file is not formatted with `terraform fmt`.",
        ]
    }

    var examples: [Example] {
        [
            .broken(
                "brackets that no parser survives", ["a.tf": "a = \(String(repeating: "[", count: 100_000))\n"],
                triggers: "depth"),
            .sound("canonical layout", ["main.tf": "variable \"a\" {\n  type = string\n}\n"]),
            .broken(
                "an attribute that is not indented", ["main.tf": "variable \"a\" {\ntype = string\n}\n"],
                triggers: "terraform-fmt"),
            .broken("a string that is not closed", ["main.tf": "variable \"a {\n"], triggers: "syntax"),
            .broken("what is not text", ["main.tf": "a = \"\0\"\n"], triggers: "encoding"),
        ]
    }
}
