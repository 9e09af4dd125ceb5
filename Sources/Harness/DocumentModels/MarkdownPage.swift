import Foundation
import HarnessSupport

/// The links and anchors of a Markdown text, without code, as GitHub renders it. Read by a few rules here: none of the
/// packages of this repository is a Markdown parser.
///
/// Sources: the CommonMark specification 0.31, sections 4.2, 4.3, 4.5, 4.7, 6.3; GitHub documentation, "Basic writing
/// and formatting syntax", section links, for how a heading becomes an anchor.
package struct MarkdownPage: Sendable {
    package struct Reference: Hashable, Sendable {
        package let target: String
        package let line: Int
        /// Written as HTML, which site generators do not rewrite.
        package var isHTML = false
    }

    package private(set) var links: [Reference] = []
    package private(set) var anchors: Set<String> = []
    private var slugs: [String: Int] = [:]

    package init(_ text: String) {
        var fence: Substring?
        var isInComment = false
        var isInList = false
        // The previous line, if it can belong to a paragraph.
        var previous: Substring = ""
        var wasBlank = true
        for (index, line) in Self.withoutFrontMatter(text.lines) {
            let content = line.drop { $0 == " " || $0 == ">" }
            if let open = fence {
                if content.hasPrefix(open), content.drop(while: { $0 == open.first }).allSatisfy(\.isWhitespace) {
                    fence = nil
                }
                continue
            }
            if let marks = Self.fence(content) {
                fence = marks
                (previous, wasBlank) = ("", true)
                continue
            }
            let isItem = Self.isItem(content)
            let isIndented = line.hasPrefix("    ") || line.hasPrefix("\t")
            if isItem { isInList = true } else if line.first?.isWhitespace == false { isInList = false }
            // An indented line is code, except in a paragraph or a list.
            if isIndented, wasBlank, !isInList { continue }

            let plain = Self.withoutComments(Self.withoutCode(line), &isInComment)
            var isParagraph = !isItem && !content.isEmpty
            if let heading = Self.heading(content) {
                add(heading: heading)
                isParagraph = false
            } else if !previous.isEmpty, Self.isUnderline(content) {
                add(heading: previous)
                isParagraph = false
            }
            collectAnchors(plain)
            collectLinks(plain, line: index + 1)
            previous = isParagraph ? content : ""
            wasBlank = line.allSatisfy(\.isWhitespace)
        }
    }

    /// The lines with their numbers, without front matter between `---`.
    private static func withoutFrontMatter(_ lines: [Substring]) -> ArraySlice<(offset: Int, element: Substring)> {
        let all = Array(lines.enumerated())[...]
        guard lines.first == "---", let end = lines.dropFirst().firstIndex(of: "---") else { return all }
        return all[(end + 1)...]
    }

    private static func isItem(_ line: Substring) -> Bool {
        guard let first = line.first, "-*+".contains(first) || first.isNumber else { return false }
        // No regular expression, because this runs for each line of each page.
        var rest = line.dropFirst()
        if first.isNumber {
            let digits = line.prefix(while: \.isNumber)
            rest = line.dropFirst(digits.count + 1)
            guard digits.count <= 9, let mark = line.dropFirst(digits.count).first, ".)".contains(mark) else {
                return false
            }
        }
        return rest.first?.isWhitespace ?? true
    }

    /// Markers that open a code block.
    private static func fence(_ line: Substring) -> Substring? {
        guard let first = line.first, first == "`" || first == "~" else { return nil }
        let marks = line.prefix { $0 == first }
        let isCodeInText = first == "`" && line.dropFirst(marks.count).contains("`")
        return marks.count >= 3 && !isCodeInText ? marks : nil
    }

    private static func heading(_ line: Substring) -> Substring? {
        let level = line.prefix { $0 == "#" }.count
        let rest = line.dropFirst(level)
        guard (1...6).contains(level), rest.isEmpty || rest.first == " " || rest.first == "\t" else { return nil }
        return rest
    }

    private static func isUnderline(_ line: Substring) -> Bool {
        guard let first = line.first, first == "=" || first == "-" else { return false }
        return line.drop { $0 == first }.allSatisfy(\.isWhitespace)
    }

    private mutating func add(heading: Substring) {
        var text = heading.trimmingCharacters(in: .whitespaces)
        while text.hasSuffix("#") { text.removeLast() }
        // A link in a heading contributes its text.
        if text.contains("[") { text = text.replacing(/!?\[([^\]]*)\]\([^)]*\)/) { String($0.output.1) } }
        // Tags also contribute their text; emphasis is removed, but not underscores in code.
        if text.contains("<") {
            text = text.replacing(/(`[^`]*`)|<\/?[A-Za-z][^>]*>/) { String($0.output.1 ?? "") }
        }
        if text.contains("_") {
            text = text.replacing(/(`[^`]*`)|(^|[^\w`])_+([^_\s](?:[^_]*[^_\s])?)_+(?!\w)/) { match in
                match.output.1.map(String.init) ?? "\(match.output.2 ?? "")\(match.output.3 ?? "")"
            }
        }
        text = text.trimmingCharacters(in: .whitespaces)
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
        // A definition; with `^`, a footnote, which is text.
        if line.contains("]:"), let match = line.prefixMatch(of: /\s{0,3}\[[^\]^][^\]]*\]:\s*(?:<([^>]*)>|(\S+))/) {
            let target = match.output.1 ?? match.output.2 ?? ""
            links.append(Reference(target: Self.unescaped(String(target)), line: number))
            return
        }
        var rest = line[...]
        while let start = rest.firstRange(of: "](") {
            // The link text can begin in the line above; an escaped bracket begins no link.
            let before = line[..<start.lowerBound]
            rest = rest[start.upperBound...]
            if before.contains("\\["), !before.replacing("\\[", with: "").contains("[") { continue }
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
            if !target.isEmpty { links.append(Reference(target: Self.unescaped(target), line: number)) }
        }
        if line.contains("<") {
            for match in line.matches(of: /<(?:a|img)\s[^>]*(?:href|src)=["']([^"']+)["']/) {
                links.append(Reference(target: String(match.output.1), line: number, isHTML: true))
            }
        }
    }

    private static func unescaped(_ target: String) -> String {
        guard target.contains("\\") else { return target }
        return target.replacing(/\\([!-\/:-@\[-`{-~])/) { String($0.output.1) }
    }

    /// - Parameter isOpen: whether a comment continues on the next line.
    private static func withoutComments(_ line: String, _ isOpen: inout Bool) -> String {
        var text = ""
        var rest = line[...]
        while true {
            guard let mark = rest.firstRange(of: isOpen ? "-->" : "<!--") else { return isOpen ? text : text + rest }
            if !isOpen { text += rest[..<mark.lowerBound] }
            rest = rest[mark.upperBound...]
            isOpen.toggle()
        }
    }

    private static func withoutCode(_ line: Substring) -> String {
        guard line.contains("`") else { return String(line) }
        return String(line).replacing(/(`+)[^`].*?\1/, with: "")
    }
}
