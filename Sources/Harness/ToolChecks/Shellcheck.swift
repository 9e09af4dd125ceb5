import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// shellcheck over every shell script, with the files that it sources.
struct Shellcheck: Check {
    let name = "shellcheck"
    let summary = "shell scripts are free of known mistakes"
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
        return result.comments.map { comment in
            Finding(
                rule: "shellcheck/SC\(comment.code)", severity: comment.level == "error" ? .error : .warning,
                path: comment.file.normalizedPath ?? comment.file, line: comment.line, column: comment.column,
                message: comment.message, remedy: "see shellcheck.net/wiki/SC\(comment.code)")
        }
    }

    var examples: [Example] {
        [
            .sound("a quoted variable", ["a.sh": "#!/usr/bin/env bash\necho \"$1\"\n"]),
            .broken("a variable without quotes", ["a.sh": "#!/usr/bin/env bash\nrm -r $1\n"], triggers: "SC2086"),
            .broken(
                "a variable without quotes that cannot hold a blank today",
                ["a.sh": "#!/usr/bin/env bash\na=300\nsleep $a\n"], triggers: "SC2248"),
            .broken("a loop that is not closed", ["run": "#!/bin/sh\nwhile true; do\n"], triggers: "SC1073", "SC1072"),
        ]
    }
}
