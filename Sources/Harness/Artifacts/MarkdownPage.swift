import Foundation

/// The links and anchors of a Markdown text, code left out, as GitHub renders it.
///
/// Sources: the CommonMark specification 0.31, sections 4.2, 4.3, 4.5, 4.7, 6.3; GitHub documentation, "Basic writing
/// and formatting syntax", section links, for how a heading becomes an anchor.
struct MarkdownPage: Sendable {
    struct Reference: Hashable, Sendable {
        let target: String
        let line: Int
    }

    private(set) var links: [Reference] = []
    private(set) var anchors: Set<String> = []
    private var slugs: [String: Int] = [:]

    init(_ text: String) {
        var fence: Substring?
        var previous: Substring = ""
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.hasSuffix("\r") ? line.dropLast() : line
            let content = line.drop { $0 == " " }
            if let open = fence {
                if content.hasPrefix(open), content.drop(while: { $0 == open.first }).allSatisfy(\.isWhitespace) {
                    fence = nil
                }
                continue
            }
            let marks =
                content.prefix { $0 == "`" }.count >= 3 ? content.prefix { $0 == "`" } : content.prefix { $0 == "~" }
            if marks.count >= 3 {
                fence = marks
                continue
            }
            let plain = Self.withoutCode(line)
            if let heading = Self.heading(content) {
                add(heading: heading)
            } else if !previous.isEmpty, Self.isUnderline(content) {
                add(heading: previous)
            }
            collectAnchors(plain)
            collectLinks(plain, line: index + 1)
            previous = content
        }
    }

    private static func heading(_ line: Substring) -> Substring? {
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard (1...6).contains(level), rest.isEmpty || rest.first == " " else { return nil }
        return rest
    }

    private static func isUnderline(_ line: Substring) -> Bool {
        guard let first = line.first, first == "=" || first == "-" else { return false }
        return line.allSatisfy { $0 == first || $0 == " " }
    }

    private mutating func add(heading: Substring) {
        var text = heading.trimmingCharacters(in: .whitespaces)
        while text.hasSuffix("#") { text.removeLast() }
        // A link in a heading contributes its text.
        text = text.replacing(/!?\[([^\]]*)\]\([^)]*\)/) { String($0.output.1) }.trimmingCharacters(in: .whitespaces)
        let slug = String(
            text.lowercased().compactMap { character -> Character? in
                if character.isLetter || character.isNumber || character == "-" || character == "_" { return character }
                return character == " " ? "-" : nil
            })
        let times = slugs[slug, default: 0]
        slugs[slug] = times + 1
        anchors.insert(times == 0 ? slug : "\(slug)-\(times)")
    }

    private mutating func collectAnchors(_ line: String) {
        guard line.contains("<") else { return }
        for match in line.matches(of: /<[A-Za-z][^>]*\s(?:id|name)=["']([^"']+)["']/) {
            anchors.insert(String(match.output.1))
        }
    }

    private mutating func collectLinks(_ line: String, line number: Int) {
        if let match = line.prefixMatch(of: /\s{0,3}\[[^\]]+\]:\s*<?([^\s>]+)>?/) {
            links.append(Reference(target: String(match.output.1), line: number))
            return
        }
        var rest = line[...]
        while let start = rest.firstRange(of: "](") {
            rest = rest[start.upperBound...]
            var depth = 0
            var target = ""
            for character in rest {
                if character == "(" { depth += 1 }
                if character == ")" {
                    if depth == 0 { break }
                    depth -= 1
                }
                target.append(character)
            }
            target = target.trimmingCharacters(in: .whitespaces)
            if target.hasPrefix("<"), let end = target.firstIndex(of: ">") {
                target = String(target[target.index(after: target.startIndex)..<end])
            } else {
                target = String(target.prefix { !$0.isWhitespace })
            }
            if !target.isEmpty { links.append(Reference(target: target, line: number)) }
        }
        if line.contains("<") {
            for match in line.matches(of: /<(?:a|img)\s[^>]*(?:href|src)=["']([^"']+)["']/) {
                links.append(Reference(target: String(match.output.1), line: number))
            }
        }
    }

    private static func withoutCode(_ line: Substring) -> String {
        guard line.contains("`") else { return String(line) }
        return String(line).replacing(/(`+)[^`].*?\1/, with: "")
    }
}
