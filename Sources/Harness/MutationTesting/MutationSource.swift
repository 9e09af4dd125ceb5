import CheckCore
import DocumentModels
import HarnessSupport

/// A file as operators see it: its lines, and which of them are code.
struct MutationSource: Sendable {
    let path: String
    let kind: MutationKind
    let syntax: ArtifactSyntax
    let text: String
    let lines: [String]
    /// Numbers of the lines that are not blank, a comment or printed text.
    private let code: [Int]

    init(path: String, kind: MutationKind, syntax: ArtifactSyntax, text: String) {
        self.path = path
        self.kind = kind
        self.syntax = syntax
        self.text = text
        lines = text.lines.map(String.init)
        var code: [Int] = []
        // Here-documents and Python's triple-quoted strings contain text for people.
        var end: String?
        for (index, line) in lines.enumerated() {
            let trimmed = line.trimming(while: \.isWhitespace)
            if let word = end {
                if trimmed == word || (word == "\"\"\"" && trimmed.hasSuffix(word)) { end = nil }
                continue
            }
            if trimmed.isEmpty || trimmed.hasPrefix("#") || trimmed.hasPrefix("//") { continue }
            if syntax == .python, trimmed.hasPrefix("\"\"\"") {
                if !(trimmed.count > 3 && trimmed.hasSuffix("\"\"\"")) { end = "\"\"\"" }
                continue
            }
            code.append(index + 1)
            if syntax == .shell, let mark = line.firstMatch(of: /<<-?\s*['"]?([A-Z]+)['"]?/) { end = String(mark.1) }
        }
        self.code = code
    }

    /// Lines in which the pattern is replaced, one match at a time.
    func replacing<Output>(_ pattern: Regex<Output>, _ make: (Regex<Output>.Match) -> [String]) -> [MutationOperator
        .Edit]
    {
        code.flatMap { number in
            let line = lines[number - 1]
            return line.matches(of: pattern).flatMap { match in
                make(match).map { replacement in
                    MutationOperator.Edit(
                        line: number, count: 1, after: line.replacingCharacters(in: match.range, with: replacement))
                }
            }
        }
    }

    /// Deletes single lines, or the whole block if a line opens a bracket or a YAML mapping.
    func removing(_ pattern: Regex<some Any>) -> [MutationOperator.Edit] {
        code.filter { lines[$0 - 1].contains(pattern) }.map { number in
            MutationOperator.Edit(line: number, count: extent(from: number), after: nil)
        }
    }

    /// The number of lines of the statement that begins here.
    func extent(from number: Int) -> Int {
        if syntax == .yaml { return yamlExtent(from: number) }
        var depth = 0
        for index in number - 1..<lines.count {
            for character in lines[index] {
                if "{[(".contains(character) { depth += 1 } else if "}])".contains(character) { depth -= 1 }
            }
            if depth <= 0 { return index + 2 - number }
        }
        return 1
    }

    /// The line and the more deeply indented lines below it.
    private func yamlExtent(from number: Int) -> Int {
        let indent = lines[number - 1].prefix { $0 == " " }.count
        var end = number
        for index in number..<lines.count {
            let line = lines[index]
            let isBlank = line.allSatisfy(\.isWhitespace)
            // List elements may have the same indentation as their key.
            let inner = line.prefix { $0 == " " }.count
            let isElement =
                inner == indent && line.dropFirst(inner).hasPrefix("- ")
                && !lines[number - 1].dropFirst(indent).hasPrefix("- ")
            if !isBlank && inner <= indent && !isElement { break }
            if !isBlank { end = index + 1 }
        }
        return end - number + 1
    }

    /// Whether the changed text is still valid HCL or YAML. Other languages are checked by their own tools.
    func parses(with mutant: Mutant) -> Bool {
        guard let changed = try? mutant.applied(to: text) else { return false }
        switch syntax {
        case .hcl: return (try? HCLBody(parsing: changed)) != nil
        case .yaml: return (try? YAMLTree(Array(changed.utf8))) != nil
        default: return true
        }
    }
}

extension String {
    func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        self[..<range.lowerBound] + text + self[range.upperBound...]
    }
}
