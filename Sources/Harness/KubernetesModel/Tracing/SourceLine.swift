import DocumentModels
import HarnessSupport

/// A line of a file that may set a field of a rendered object, and how to write another value there.
package struct SourceLine: Hashable, Sendable {
    package let path: String
    package let line: Int
    /// What kustomize takes the line for: `resource`, `patch`, `images`.
    package let role: String
    /// The value that the line holds.
    let text: String
    /// The key before the value, where there is one.
    let key: String?

    init(_ node: YAMLNode, in path: String, offset: Int = 0, key: String? = nil, role: String) {
        self.init(path: path, line: node.line + offset, role: role, text: node.text, key: key)
    }

    init(path: String, line: Int, role: String, text: String, key: String?) {
        (self.path, self.line, self.role, self.text, self.key) = (path, line, role, text, key)
    }

    package static func == (left: SourceLine, right: SourceLine) -> Bool {
        left.path == right.path && left.line == right.line && left.text == right.text
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(path)
        hasher.combine(line)
    }

    /// The file's text with other values in this line, the likeliest to be accepted first.
    package func edits(of content: String) -> [String] {
        var lines = content.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.indices.contains(line - 1) else { return [] }
        let whole = lines[line - 1]
        if whole.contains(/[|>][-+0-9]*\s*(#.*)?$/), let next = lines[line...].firstIndex(where: { !$0.isBlank }) {
            lines[next] += "x"
            return [lines.joined(separator: "\n")]
        }
        return others.compactMap { other in
            var lines = lines
            guard let changed = replacing(in: whole, with: other) else { return nil }
            lines[line - 1] = changed
            return lines.joined(separator: "\n")
        }
    }

    private var others: [String] {
        if let number = Int(text) { return ["\(number + 1)"] }
        switch text {
        case "true": return ["false"]
        case "false": return ["true"]
        case "": return ["x"]
        default: return [text + "x", "x" + text]
        }
    }

    private func replacing(in whole: String, with other: String) -> String? {
        let start = key.flatMap { key in
            whole.firstRange(of: "\(key):") ?? whole.firstRange(of: "\(key)\":") ?? whole.firstRange(of: "\(key)=")
        }?.upperBound
        let from = start ?? whole.firstIndex { $0 != " " && $0 != "-" } ?? whole.startIndex
        if text.isEmpty {
            let rest = whole[from...]
            if let quotes = rest.firstRange(of: /""|''/) { return whole.replacingCharacters(quotes, "\"x\"") }
            return whole[..<from] + " x" + rest
        }
        if let range = whole[from...].firstRange(of: text) { return whole.replacingCharacters(range, other) }
        // A scalar over several lines, or with escapes: its first line ends with a part of it.
        let end = whole.lastIndex { !"\"' ".contains($0) }.map { whole.index(after: $0) } ?? whole.endIndex
        return whole[..<end] + "x" + whole[end...]
    }
}

extension String {
    fileprivate var isBlank: Bool { allSatisfy(\.isWhitespace) }

    fileprivate func replacingCharacters(_ range: Range<Index>, _ other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
