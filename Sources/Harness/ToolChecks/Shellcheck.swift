import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs shellcheck on every shell script and the files that it sources.
struct Shellcheck: Check {
    let name = "shellcheck"
    let summary = "shell scripts are free of known mistakes"
    let rulePages: String? = "https://www.shellcheck.net/wiki/RULE"
    let advice = Advice.rules("SC2068", "SC2145", "SC2148")
    let tools = [Tool.shellcheck]
    let weight = 1.0

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .shell).map { script in
            let text = repository.text(of: script.path) ?? ""
            let sourced = text.lines.compactMap { line -> String? in
                guard let mark = line.range(of: "shellcheck source=") else { return nil }
                return script.folder.appendingPath(String(line[mark.upperBound...].prefix { $0 != " " })).normalizedPath
            }
            return Subject(path: script.path, inputs: [script.path] + sourced)
        }
    }

    private struct Output: Decodable {
        struct Comment: Decodable {
            let file: String
            let line: Int
            let column: Int
            let level: String
            let code: Int
            let message: String
        }
        let comments: [Comment]
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let output = try await Command(
            try await context.path(of: .shellcheck),
            [
                "--norc", "--enable=quote-safe-variables", "--format=json1", "--external-sources",
                "--source-path=SCRIPTDIR",
            ]
                + subjects.map { "./" + $0.path },
            folder: context.repository.root
        ).run()
        guard let result = try? JSONDecoder().decode(Output.self, from: Data(output.stdout.utf8)) else {
            throw HarnessError("shellcheck: \(output.lastLine)")
        }
        var parsed: [String: Bool] = [:]
        for path in Set(result.comments.filter { Self.parsing.contains($0.code) }.map(\.file)) {
            parsed[path] = await isAccepted(path, context)
        }
        // Scripts for shells that shellcheck does not support.
        return result.comments.filter { $0.code != 1071 }.map { comment in
            let isOwnLimit = Self.parsing.contains(comment.code) && parsed[comment.file] == true
            return Finding(
                rule: "shellcheck/SC\(comment.code)",
                severity: !isOwnLimit && ShellFaults.isError("SC\(comment.code)", level: comment.level)
                    ? .error : .warning,
                path: comment.file.normalizedPath ?? comment.file, line: comment.line, column: comment.column,
                message: comment.message, remedy: "see shellcheck.net/wiki/SC\(comment.code)")
        }
    }

    /// "Couldn't parse", which also covers limits of shellcheck's parser.
    private static let parsing: Set = [1009, 1072, 1073]

    /// Whether the shell in the shebang parses the script without an error (`-n` executes nothing).
    private func isAccepted(_ path: String, _ context: CheckContext) async -> Bool {
        let file = path.normalizedPath ?? path
        let first = context.repository.text(of: file)?.lines.first ?? ""
        let shell = first.contains("bash") ? "bash" : first.hasPrefix("#!") ? "sh" : "bash"
        let command = Command("/usr/bin/env", [shell, "-n", "./" + file], folder: context.repository.root)
        // If the shell is not installed, shellcheck's verdict counts.
        return (try? await command.run())?.isSuccess ?? false
    }

    var examples: [Example] {
        [
            .sound("a quoted variable", ["a.sh": "#!/usr/bin/env bash\necho \"$1\"\n"]),
            .broken("a variable without quotes", ["a.sh": "#!/usr/bin/env bash\nrm -r $1\n"], triggers: "SC2086"),
            .broken(
                "a variable without quotes that cannot hold a blank today",
                ["a.sh": "#!/usr/bin/env bash\na=300\nsleep $a\n"], triggers: "SC2248"),
            .broken(
                "a condition that always holds",
                ["a.sh": "#!/usr/bin/env bash\nif [ \"$1\" != a ] || [ \"$1\" != b ]; then echo c; fi\n"],
                triggers: "SC2252"),
            .broken("a loop that is not closed", ["run": "#!/bin/sh\nwhile true; do\n"], triggers: "SC1073", "SC1072"),
            .broken(
                "an operator in a variable, which shellcheck cannot read and the shell can",
                ["run": "#!/bin/sh\nfor test in -d -f; do\n\tif [ $test \"$1\" ]; then echo a; fi\ndone\n"],
                triggers: "SC1073", "SC1072", "SC1009"),
            .sound("a script of another shell", ["run.sh": "#!/bin/zsh\nprint ${(U)file:t}\n"]),
        ]
    }
}
