import CheckCore
import HarnessSupport

/// Finds scripts that continue after a failure or with an unset variable, and so silently do only half of their work.
///
/// `set errexit` without `-o` is an error: it sets no option and replaces the script's arguments (POSIX, `set`).
struct ShellOptions: Check {
    let name = "shell-options"
    let summary = "scripts stop at the first failure"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .shell).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let lines = context.repository.text(of: subject.path)?.lines ?? []
            // A sourced file inherits the options of the script that sources it.
            guard let first = lines.first, first.hasPrefix("#!"), !subject.path.split(separator: "/").contains("tests")
            else { return [] }
            let words = first.dropFirst(2).split(whereSeparator: { $0.isWhitespace || $0 == "/" })
            // Options of other shells have other names.
            guard let shell = words.first(where: { Self.shells.contains(String($0)) }) else { return [] }
            let isBash = shell == "bash"
            let given = Self.options(lines)
            let missing = (isBash ? ["e", "u", "pipefail"] : ["e", "u"]).filter { !given.contains($0) }
            let late = Self.argumentsReplaced(lines).map { number, word in
                Finding(
                    rule: "\(name)/arguments", path: subject.path, line: number,
                    message: "`set \(word)` replaces the script's arguments and sets no option",
                    remedy: "write set -o \(word)")
            }
            guard !missing.isEmpty else { return late }
            return late + [
                Finding(
                    rule: name, severity: .warning, path: subject.path, line: 1,
                    message: "the script continues after a failure: `set` lacks \(missing.joined(separator: ", "))",
                    remedy: isBash
                        ? "write set -euo pipefail before the first command" : "write set -eu before the first command")
            ]
        }
    }

    private static let shells: Set = ["sh", "bash", "dash", "ksh"]

    /// Long names of the required options, and of others that scripts set.
    private static let names = [
        "errexit": "e", "nounset": "u", "pipefail": "pipefail", "xtrace": "x", "noglob": "f", "errtrace": "E",
        "noclobber": "C",
    ]

    private static func argumentsReplaced(_ lines: [Substring]) -> [(Int, Substring)] {
        var mark: Substring?
        return lines.enumerated().compactMap { index, line in
            // The text of a here-document is not a command.
            if let end = mark {
                if line.drop(while: \.isWhitespace) == end { mark = nil }
                return nil
            }
            mark = line.firstMatch(of: /<<-?\s*["']?(\w+)/)?.1
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.count >= 2, words[0] == "set", names[String(words[1])] != nil else { return nil }
            return (index + 1, words[1])
        }
    }

    /// The options that the shebang and `set` switch on before the first other command.
    private static func options(_ lines: [Substring]) -> Set<String> {
        var options: Set<String> = []
        func add(_ words: [Substring]) {
            for (index, word) in words.enumerated() {
                if word.hasPrefix("-") {
                    options.formUnion(word.dropFirst().map(String.init))
                } else if index > 0, words[index - 1].hasPrefix("-"), words[index - 1].hasSuffix("o") {
                    options.insert(names[String(word)] ?? String(word))
                }
            }
        }
        // `#!/usr/bin/env -S bash -euo pipefail`
        let first = (lines.first ?? "").split(whereSeparator: \.isWhitespace)
        if let shell = first.lastIndex(where: { shells.contains(String($0.split(separator: "/").last ?? "")) }) {
            add(Array(first[(shell + 1)...]))
        }
        for line in lines.dropFirst() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let command = words.first, !command.hasPrefix("#") else { continue }
            guard command == "set" else { break }
            add(Array(words.dropFirst().prefix { !$0.hasPrefix("#") }))
        }
        return options
    }

    var explanations: [String: String] {
        [
            "arguments":
                "`set WORD` without a hyphen replaces the arguments of the script and sets no option.",
            "shell-options":
                "The script continues after a failed command, an unset variable or a failed pipe.",
        ]
    }

    var examples: [Example] {
        func script(_ text: String) -> [String: String] { ["a.sh": text] }
        return [
            .sound("a script that ends at a failure", script("#!/usr/bin/env bash\n# Why.\nset -euo pipefail\ntrue\n")),
            .sound("what is sourced", script("# shellcheck shell=bash\ntrue\n")),
            .sound("a plain shell, which has no pipefail", script("#!/bin/sh\nset -e\nset -u\ntrue\n")),
            .sound("options by their long names", script("#!/bin/sh\nset -o errexit -o nounset\ntrue\n")),
            .sound("options in the first line", script("#!/usr/bin/env -S bash -euo pipefail\ntrue\n")),
            .sound("another shell", script("#!/bin/zsh\ntrue\n")),
            .broken(
                "an option that is taken for an argument", script("#!/bin/sh\nset -eu\nset errexit\n"),
                triggers: "arguments"),
            .broken("no options", script("#!/bin/bash\ntrue\n"), triggers: "shell-options"),
            .broken("a failure in a pipe", script("#!/bin/bash\nset -eu\ntrue\n"), triggers: "shell-options"),
            .broken("options too late", script("#!/bin/sh\ntrue\nset -eu\n"), triggers: "shell-options"),
        ]
    }
}
