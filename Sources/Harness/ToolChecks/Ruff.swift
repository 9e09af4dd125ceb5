import CheckCore
import HarnessSupport
import Tooling

/// Runs ruff on every Python file, with the rules and the format of the repository's `ruff.toml`.
struct Ruff: Check {
    let name = "ruff"
    let summary = "Python is free of known mistakes"
    let rulePages: String? = "https://docs.astral.sh/ruff/rules/"
    let tools = [Tool.ruff]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .python).map { file in
            let configurations = ["ruff.toml", ".ruff.toml", "pyproject.toml"].flatMap {
                repository.configurations(named: $0, for: file.path)
            }
            return Subject(path: file.path, inputs: [file.path] + configurations)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let program = try await context.path(of: .ruff)
        let files = subjects.map { "./" + $0.path }
        let root = context.repository.root
        let lint = try await Command(
            program, ["check", "--no-cache", "--quiet", "--output-format=json"] + files, folder: root
        ).run()
        guard let found = JSONValue(parsing: lint.stdout)?.array else { throw HarnessError("ruff: \(lint.lastLine)") }
        let format = try await Command(
            program, ["format", "--no-cache", "--check", "--quiet", "--output-format=json"] + files, folder: root
        ).run()
        guard let layout = JSONValue(parsing: format.stdout)?.array else {
            throw HarnessError("ruff: \(format.lastLine)")
        }
        return (found + layout.filter { isUnwanted($0, subjects: subjects, root: root) }).map {
            finding($0, root: root)
        }
    }

    private func finding(_ item: JSONValue, root: String) -> Finding {
        let path = path(item, root: root)
        if item["code"]?.string == "unformatted" {
            return Finding(
                rule: "\(name)/format", severity: .warning, path: path, message: "is not formatted",
                remedy: "run ruff format \(path)")
        }
        return Finding(
            rule: "\(name)/\(item["code"]?.string ?? "syntax")",
            severity: item["code"]?.string.map { $0 == "invalid-syntax" } ?? true ? .error : .warning,
            path: path, line: item["location", "row"]?.int, column: item["location", "column"]?.int,
            message: item["message"]?.string ?? "", remedy: item["fix", "message"]?.string)
    }

    /// Checks the format only if the repository configures one. Files that do not parse are already reported.
    private func isUnwanted(_ item: JSONValue, subjects: [Subject], root: String) -> Bool {
        let path = path(item, root: root)
        return item["code"]?.string == "unformatted" && subjects.contains { $0.path == path && $0.inputs.count > 1 }
    }

    private func path(_ item: JSONValue, root: String) -> String {
        let path = item["filename"]?.string ?? ""
        return path.hasPrefix(root + "/") ? String(path.dropFirst(root.count + 1)) : path
    }

    var explanations: [String: String] {
        [
            "format":
                "The file is not formatted with `ruff format`."
        ]
    }

    var examples: [Example] {
        let style = ["ruff.toml": "line-length = 100\n"]
        return [
            .sound("plain code", ["a.py": "import os\n\nprint(os.name)\n"]),
            .sound("any layout where none is asked for", ["a.py": "x = {'a':1}\n"]),
            .broken("an import that nothing uses", ["a.py": "import os\n"], triggers: "F401"),
            .broken("a name that is not defined", ["a.py": "print(x)\n"], triggers: "F821"),
            .broken("a bracket that is not closed", ["a.py": "print(\n"], triggers: "invalid-syntax"),
            .broken("another layout", style.merging(["a.py": "x = {'a':1}\n"]) { $1 }, triggers: "format"),
            .broken(
                "another layout beside a file that does not parse",
                style.merging(["a.py": "x = {'a':1}\n", "b.py": "print(\n"]) { $1 }, triggers: "format",
                "invalid-syntax"),
        ]
    }
}
