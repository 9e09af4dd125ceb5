import CheckCore
import HarnessSupport

/// A script that goes on after a failure, or with a variable that is not set, does half of its work in silence.
struct ShellOptions: Check {
    let name = "shell-options"
    let summary = "scripts end at the first failure"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .shell).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.compactMap { subject in
            let lines = context.repository.text(of: subject.path)?.lines ?? []
            // What is sourced leaves the options to the script that sources it.
            guard let first = lines.first, first.hasPrefix("#!"), !subject.path.split(separator: "/").contains("tests")
            else { return nil }
            let isBash = first.hasSuffix("bash")
            let given = Self.options(lines)
            let missing = (isBash ? ["e", "u", "pipefail"] : ["e", "u"]).filter { !given.contains($0) }
            guard !missing.isEmpty else { return nil }
            return Finding(
                rule: name, severity: .warning, path: subject.path, line: 1,
                message: "goes on after a failure: `set` lacks \(missing.joined(separator: ", "))",
                remedy: isBash ? "set -euo pipefail, before the first command" : "set -eu, before the first command")
        }
    }

    /// What `set` switches on before anything else is done.
    private static func options(_ lines: [Substring]) -> Set<String> {
        var options: Set<String> = []
        for line in lines.dropFirst() {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let command = words.first, !command.hasPrefix("#") else { continue }
            guard command == "set" else { break }
            for word in words.dropFirst() {
                if word.hasPrefix("-") {
                    options.formUnion(word.dropFirst().map(String.init))
                } else {
                    options.insert(String(word))
                }
            }
        }
        return options
    }

    var examples: [Example] {
        func script(_ text: String) -> [String: String] { ["a.sh": text] }
        return [
            .sound("a script that ends at a failure", script("#!/usr/bin/env bash\n# Why.\nset -euo pipefail\ntrue\n")),
            .sound("what is sourced", script("# shellcheck shell=bash\ntrue\n")),
            .sound("a plain shell, which has no pipefail", script("#!/bin/sh\nset -e\nset -u\ntrue\n")),
            .broken("no options", script("#!/bin/bash\ntrue\n"), triggers: "shell-options"),
            .broken("a failure in a pipe", script("#!/bin/bash\nset -eu\ntrue\n"), triggers: "shell-options"),
            .broken("options too late", script("#!/bin/sh\ntrue\nset -eu\n"), triggers: "shell-options"),
        ]
    }
}
