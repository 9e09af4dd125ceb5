import CheckCore
import HarnessSupport
import Tooling

/// Runs shfmt with the repository's `.editorconfig`; without that file the check has no subjects.
struct Shfmt: Check {
    let name = "shfmt"
    let summary = "shell scripts are formatted as .editorconfig specifies"
    let tools = [Tool.shfmt]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .shell).compactMap { script in
            let configurations = repository.configurations(named: ".editorconfig", for: script.path)
            return configurations.isEmpty ? nil : Subject(path: script.path, inputs: [script.path] + configurations)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .shfmt), ["--list"] + subjects.map { "./" + $0.path },
            folder: context.repository.root
        ).run()
        let unformatted = output.stdout.split(separator: "\n").map { line in
            let path = String(line).normalizedPath ?? String(line)
            return Finding(
                rule: name, severity: .warning, path: path, message: "is not formatted",
                remedy: "run shfmt --write \(path)"
            )
        }
        // Text that does not parse: `./a.sh:2:1: reached EOF …`.
        let malformed = output.stderr.split(separator: "\n").compactMap { line -> Finding? in
            let parts = line.split(separator: ":", maxSplits: 3)
            guard parts.count == 4, let number = Int(parts[1]) else { return nil }
            return Finding(
                rule: "\(name)/syntax", path: String(parts[0]).normalizedPath ?? String(parts[0]), line: number,
                column: Int(parts[2]), message: parts[3].drop { $0 == " " }.description)
        }
        if output.exitCode != 0 && unformatted.isEmpty && malformed.isEmpty {
            throw HarnessError("shfmt: \(output.lastLine)")
        }
        return unformatted + malformed
    }

    var explanations: [String: String] {
        [
            "shfmt":
                "The script is not formatted as .editorconfig specifies.",
            "syntax":
                "The script does not parse.",
        ]
    }

    var examples: [Example] {
        let style = "root = true\n\n[*]\nindent_style = space\nindent_size = 2\n"
        return [
            .sound(
                "two blanks where two are asked for", [".editorconfig": style, "a.sh": "if true; then\n  echo\nfi\n"]),
            .sound("any layout where none is asked for", ["a.sh": "if true; then\n      echo\nfi\n"]),
            .broken(
                "a tab where blanks are asked for", [".editorconfig": style, "a.sh": "if true; then\n\techo\nfi\n"],
                triggers: "shfmt"),
            .broken(
                "a condition that is not closed", [".editorconfig": style, "a.sh": "if true; then\n"],
                triggers: "syntax"),
        ]
    }
}
