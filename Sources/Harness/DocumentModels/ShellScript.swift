import Foundation
import HarnessSupport

/// The commands of a shell script, and the functions that run them, for rules.
package struct ShellScript: Sendable {
    package struct Call: Sendable {
        /// The leading plain words of the command: `["iam", "get-user"]` of `call iam get-user --user-name "$1"`.
        package let words: [String]
        package let line: Int
    }

    /// Lines of code, with their numbers; without comments and the texts of here-documents.
    private let lines: [(number: Int, text: String)]

    package init(_ text: String) {
        var lines: [(number: Int, text: String)] = []
        var end: String?
        for (index, line) in text.lines.enumerated() {
            if let mark = end {
                if line.trimmingCharacters(in: .whitespaces) == mark { end = nil }
                continue
            }
            if line.trimmingCharacters(in: .whitespaces).hasPrefix("#") { continue }
            lines.append((index + 1, String(line)))
            if let match = String(line).firstMatch(of: /<<-?\s*['"]?([A-Za-z_]+)['"]?/) { end = String(match.1) }
        }
        self.lines = lines
    }

    /// Functions that pass their arguments to one of these commands, such as `call() { aws "$@"; }`.
    package func wrappers(of commands: Set<String>) -> Set<String> {
        var found: Set<String> = []
        var function: String?
        for (_, text) in lines {
            if let match = text.firstMatch(of: /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*\(\)\s*\{/) {
                function = String(match.1)
            }
            if let function, commands.contains(where: { text.contains("\($0) \"$@\"") }) { found.insert(function) }
            if text.hasPrefix("}") { function = nil }
        }
        return found.subtracting(commands)
    }

    /// All uses of these commands in command position.
    package func calls(of commands: Set<String>) -> [Call] {
        lines.flatMap { number, text in
            text.matches(
                of: /(?:^|\$\(|[;|&!({]|\b(?:if|elif|then|else|do|while|until)\b)\s*([a-z_]+)((?:\s+[a-z][a-z0-9-]*)+)/
            )
            .compactMap { match -> Call? in
                guard commands.contains(String(match.1)) else { return nil }
                return Call(words: match.2.split(whereSeparator: \.isWhitespace).map(String.init), line: number)
            }
        }
    }
}
