import DocumentModels

/// Lists and objects in expressions that `HCLBody` keeps as text.
enum HCLList {
    /// The elements of `[a, b]`; any other text is its own only element. Quotes of plain strings are removed.
    static func elements(of expression: String) -> [String] {
        let isList = expression.hasPrefix("[") && expression.hasSuffix("]") && !expression.contains(/\bfor\b/)
        let parts = isList ? split(String(expression.dropFirst().dropLast())) : [expression]
        return parts.map { HCLBody.unquoted($0) ?? $0.words }.filter { !$0.isEmpty }
    }

    /// The fields of an object's inside: `a = 1, "b" = 2`.
    static func fields(of object: String) -> [String: String] {
        split(object).reduce(into: [:]) { fields, part in
            guard let match = part.wholeMatch(of: /(?s)"?([\w:-]+)"?\s*[=:]\s*(.+)/) else { return }
            fields[String(match.1)] = String(match.2)
        }
    }

    /// The content of all objects in an expression, nested objects included.
    static func objects(in expression: String) -> [String] {
        var open: [String.Index] = []
        var found: [String] = []
        scan(expression) { index, character, _ in
            if character == "{" { open.append(expression.index(after: index)) }
            if character == "}", let start = open.popLast() { found.append(String(expression[start..<index])) }
        }
        return found
    }

    private static func split(_ text: String) -> [String] {
        var (parts, start) = ([String](), text.startIndex)
        func end(at index: String.Index) {
            let part = text[start..<index].split(separator: "\n").filter { !$0.contains(/^\s*(#|\/\/)/) }
                .joined(separator: "\n").trimming { $0.isWhitespace }
            if !part.isEmpty { parts.append(part) }
        }
        scan(text) { index, character, depth in
            guard depth == 0, character == "," || character == "\n" else { return }
            end(at: index)
            start = text.index(after: index)
        }
        end(at: text.endIndex)
        return parts
    }

    /// Passes on code only, without quoted text and comments. Depth counts open brackets.
    private static func scan(_ text: String, _ visit: (String.Index, Character, Int) -> Void) {
        var (depth, isQuoted, isComment) = (0, false, false)
        var before: Character = "\n"
        for index in text.indices {
            let character = text[index]
            defer { before = character }
            if isComment {
                if character != "\n" { continue }
                isComment = false
            }
            if character == "\"", before != "\\" {
                isQuoted.toggle()
                continue
            }
            if isQuoted { continue }
            if character == "#" || character == "/" && before == "/" {
                isComment = true
                continue
            }
            if "}])".contains(character) { depth -= 1 }
            visit(index, character, depth)
            if "{[(".contains(character) { depth += 1 }
        }
    }
}
