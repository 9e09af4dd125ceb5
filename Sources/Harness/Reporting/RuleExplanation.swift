import CheckCore
import HarnessSupport

/// The explanation of one rule: why it exists, examples, and how to suppress it.
package struct RuleExplanation {
    /// For example `k8s-probes/missing`.
    package let rule: String
    package let check: any Check
    private let examples: [Example]

    /// - Parameters:
    ///   - rule: a rule's whole name.
    ///   - examples: the check's examples, which a caller with several rules creates once.
    package init(_ rule: String, of check: any Check, examples: [Example]? = nil) {
        self.rule = rule
        self.check = check
        self.examples = examples ?? check.examples
    }

    private var short: String { rule.lastPathPart }

    /// The address of the tool's own page; `nil` for a rule of the checker.
    package var page: String? {
        guard check.explanations[short] == nil else { return nil }
        return check.rulePages.map {
            $0.replacing("RULE", with: short).replacing(
                "rule", with: short.lowercased(), maxReplacements: $0.hasSuffix("rule") ? 1 : 0)
        }
    }

    /// The severity without settings and without `--strict`.
    package var severity: Severity {
        check.advice.covers(Finding(rule: rule, path: "", message: "")) ? .warning : .error
    }

    package var text: String {
        check.explanations[short] ?? page.map {
            "A rule of the tool that \(check.name) calls. It is explained at \($0)"
        }
            ?? "The check \(check.name) makes sure that \(check.summary)."
    }

    /// The section of the rule in Markdown.
    package var markdown: String {
        var text = """
            \(self.text)

            Default severity: \(page == nil ? severity.rawValue : "\(severity.rawValue), unless the tool reports less").

            """
        if let (broken, sound) = pair { text += "\n" + Self.shown(broken, beside: sound) }
        return text + """

            To suppress one finding, write `harness:ignore \(rule) REASON` in a comment on its line or directly above. \
            To suppress the rule, add it to `skip` in `.harness.yml`.

            """
    }

    // MARK: Examples

    /// The broken example with the fewest differences from a sound one, together with that sound one.
    private var pair: (broken: Example, sound: Example?)? {
        let broken = examples.filter { $0.triggers.contains(short) }
        let alone = broken.filter { $0.triggers.count == 1 }
        let sound = examples.filter(\.triggers.isEmpty)
        return (alone.isEmpty ? broken : alone)
            .flatMap { broken in
                sound.isEmpty ? [(broken, nil as Example?)] : sound.map { (broken, Optional($0)) }
            }
            .map { ($0, Self.size($0.0, beside: $0.1)) }
            .min { $0.1 < $1.1 }?.0
    }

    /// The files that differ.
    private static func differing(_ broken: Example, _ sound: Example?) -> [String] {
        Set(broken.files.keys).union(sound?.files.keys.map { $0 } ?? [])
            .filter { broken.files[$0] != sound?.files[$0] }.sorted()
    }

    private static func size(_ broken: Example, beside sound: Example?) -> Int {
        differing(broken, sound).reduce(0) { size, path in
            size + [broken.files[path], sound?.files[path]].compactMap { $0?.utf8.count }.reduce(0, +)
        }
    }

    private static let mostLines = 20

    private static func shown(_ broken: Example, beside sound: Example?) -> String {
        let paths = differing(broken, sound)
        let lines = paths.map { broken.files[$0]?.lines.count ?? 0 }.reduce(0, +)
        if lines <= mostLines {
            let files = { (example: Example) in
                paths.compactMap { path in example.files[path].map { file(path, $0.lines.map(String.init)) } }.joined()
            }
            return "Broken, \(broken.name):\n\n" + files(broken)
                + (sound.map { files($0).isEmpty ? "" : "\nSound, \($0.name):\n\n" + files($0) } ?? "")
        }
        let hunks = paths.map { path in
            file(path, LineDifference(from: sound?.files[path] ?? "", to: broken.files[path] ?? "").hunks, "diff")
        }
        return "From the sound example to a broken one, \(broken.name):\n\n" + hunks.joined()
    }

    private static func file(_ path: String, _ lines: [String], _ language: String = "") -> String {
        var lines = lines
        while lines.last?.isEmpty == true { lines.removeLast() }
        let text = lines.prefix(60).map { String($0.withoutControls.prefix(160)) }.joined(separator: "\n")
        let fence = text.contains("```") ? "````" : "```"
        return
            "\(fence)\(language.isEmpty ? Self.language(of: path) : language)\n\(language == "diff" ? "" : comment(path))\(text)\n\(fence)\n"
    }

    /// The file's name, as a comment where the language has one.
    private static func comment(_ path: String) -> String {
        switch language(of: path) {
        case "json", "text", "markdown": ""
        case "swift": "// \(path)\n"
        default: "# \(path)\n"
        }
    }

    private static func language(of path: String) -> String {
        switch path.pathExtension {
        case "yaml", "yml": "yaml"
        case "json": "json"
        case "tf", "hcl": "hcl"
        case "sh": "sh"
        case "md": "markdown"
        case "swift": "swift"
        case "py": "python"
        default: "text"
        }
    }
}
