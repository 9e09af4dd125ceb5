import CheckCore
import Foundation
import HarnessSupport

/// Pages, messages, help and comments are in plain English: phrases that reviewers could not follow are errors.
struct Prose: Check {
    let name = "prose"
    let summary = "no sentence uses a phrase from the list of unclear phrases"

    /// What to write instead, by phrase. Each stands for a construction, not for one sentence.
    private static let phrases = [
        "that there is not": "a missing X, or X that does not exist",
        "that there are not": "missing X, or X that do not exist",
        "which there is not": "which does not exist",
        "anew": "again",
        "said to be": "is reported as, is documented as",
        "lets itself": "can be",
        "stands in the way": "blocks, prevents",
        "to mend": "to fix",
        "mended": "fixed",
    ]

    private static let kinds: [ArtifactKind] = [
        .markdown, .swift, .shell, .python, .terraform, .cloudFormation, .makefile, .containerfile,
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts.filter { Self.kinds.contains($0.kind) && !$0.path.hasSuffix("Rules/Prose.swift") }
            .map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let phrases = try Self.phrases.sorted { $0.key < $1.key }
            .map { (phrase: $0.key, instead: $0.value, pattern: try Regex("\\b\($0.key)\\b")) }
        return subjects.flatMap { subject -> [Finding] in
            guard let text = context.repository.text(of: subject.path) else { return [] }
            // Most files have none: one plain search of the whole comes first.
            let present = phrases.filter { text.contains($0.phrase) }
            guard !present.isEmpty else { return [] }
            return text.lines.enumerated().flatMap { index, line in
                present.filter { line.contains($0.pattern) }.map { phrase, instead, _ in
                    Finding(
                        rule: "\(name)/phrase", path: subject.path, line: index + 1,
                        message: "`\(phrase)` is hard to read", remedy: "write: \(instead)")
                }
            }
        }
    }

    var examples: [Example] {
        [
            .sound("plain sentences", ["a.md": "A script that does not exist is reported again.\n"]),
            .sound("other words", ["a.md": "It is recommended that there is nothing else.\n"]),
            .broken("a noun clause", ["a.md": "# A\n↓A script that there is not fails.\n"], triggers: "phrase"),
            .broken("a rare word in a comment", ["a.sh": "#!/bin/bash\n↓# Read anew.\n"], triggers: "phrase"),
        ]
    }
}
