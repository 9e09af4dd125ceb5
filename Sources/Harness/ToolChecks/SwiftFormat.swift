import CheckCore
import HarnessSupport
import Tooling

/// Runs `swift format lint` with the repository's `.swift-format`; without that file the check has no subjects.
struct SwiftFormat: Check {
    let name = "swift-format"
    let summary = "Swift code follows .swift-format"
    let rulePages: String? =
        "https://github.com/swiftlang/swift-format/blob/main/Documentation/RuleDocumentation.md#rule"
    let tools = [Tool.swift]
    let weight = 2.0

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .swift).compactMap { file in
            let configurations = repository.configurations(named: ".swift-format", for: file.path)
            return configurations.isEmpty ? nil : Subject(path: file.path, inputs: [file.path] + configurations)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .swift), ["format", "lint", "--strict"] + subjects.map { "./" + $0.path },
            folder: context.repository.root
        ).run()
        let findings = output.stderr.split(separator: "\n").compactMap(finding)
        if output.exitCode != 0 && findings.isEmpty { throw HarnessError("swift format: \(output.lastLine)") }
        return findings
    }

    /// `./A.swift:2:1: error: [Indentation] indent by 4 spaces`; a syntax error has no rule in brackets.
    private func finding(_ line: Substring) -> Finding? {
        let parts = line.split(separator: ":", maxSplits: 4)
        guard parts.count == 5, let number = Int(parts[1]), let column = Int(parts[2]) else { return nil }
        var message = parts[4].drop { $0 == " " }
        var rule = "syntax"
        if message.first == "[", let end = message.firstIndex(of: "]") {
            rule = String(message[message.index(after: message.startIndex)..<end])
            message = message[message.index(after: end)...].drop { $0 == " " }
        }
        let path = String(parts[0]).normalizedPath ?? String(parts[0])
        return Finding(
            rule: "\(name)/\(rule)", severity: rule == "syntax" ? .error : .warning, path: path, line: number,
            column: column, message: String(message), remedy: "run swift format --in-place \(path)")
    }

    var examples: [Example] {
        let style = "{\n  \"version\": 1,\n  \"indentation\": { \"spaces\": 4 }\n}\n"
        return [
            .sound(
                "four blanks where four are asked for",
                [".swift-format": style, "A.swift": "struct A {\n    let b = 1\n}\n"]),
            .broken(
                "two blanks where four are asked for",
                [".swift-format": style, "A.swift": "struct A {\n  let b = 1\n}\n"], triggers: "Indentation"),
            .broken(
                "a brace that is not closed", [".swift-format": style, "A.swift": "struct A {\n"], triggers: "syntax"),
        ]
    }
}
