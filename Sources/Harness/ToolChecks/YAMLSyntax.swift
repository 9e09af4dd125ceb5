import CheckCore
import DocumentModels
import HarnessSupport
import Yams

/// Checks that YAML parses and has no duplicate keys, of which most parsers silently keep the last.
struct YAMLSyntax: Check {
    let name = "yaml"
    let summary = "YAML parses and names nothing twice"
    let advice = Advice.rules("large")

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts.filter { $0.syntax == .yaml && $0.kind != .helm }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.compactMap { subject in
            context.repository.bytes(of: subject.path).flatMap { bytes in
                Self.malformed(bytes).map { line in
                    Finding(
                        rule: "\(name)/encoding", path: subject.path, line: line,
                        message: "this line has bytes that are no UTF-8", remedy: "save the file as UTF-8")
                } ?? problem(in: String(decoding: bytes.withoutByteOrderMark, as: UTF8.self), path: subject.path)
            }
        }
    }

    /// The first line that is not UTF-8; `nil` if all lines are, or if a byte order mark indicates UTF-16.
    private static func malformed(_ bytes: [UInt8]) -> Int? {
        guard ![[0xFE, 0xFF], [0xFF, 0xFE]].contains(Array(bytes.prefix(2))),
            String(validating: bytes, as: UTF8.self) == nil
        else { return nil }
        return bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .firstIndex { String(validating: $0, as: UTF8.self) == nil }.map { $0 + 1 }
    }

    /// A file that is only large: nested lists keep the text short.
    private static let large = String(repeating: "[a,a,a,a,a,a,a,a,a,a,a,a,a,a,a],", count: 126_000)

    private func problem(in text: String, path: String) -> Finding? {
        if let (line, excess) = YAMLBounds.excess(in: Array(text.utf8)) {
            return Finding(rule: "\(name)/\(excess.rawValue)", path: path, line: line, message: excess.message)
        }
        do {
            let parser = try Parser(yaml: text)
            while try parser.nextRoot() != nil {}
            return nil
        } catch let error as YamlError {
            return finding(error, text: text, path: path)
        } catch {
            return Finding(rule: "\(name)/syntax", path: path, message: "\(error)")
        }
    }

    private func finding(_ error: YamlError, text: String, path: String) -> Finding {
        switch error {
        case .duplicatedKeysInMapping(let duplicates, let context):
            let second = Self.lineOfSecond(duplicates[0], in: text, after: context.mark.line)
            return Finding(
                rule: "\(name)/duplicate-key", path: path, line: second ?? context.mark.line,
                message: "the key \(duplicates.joined(separator: ", ")) stands twice in one mapping",
                remedy: "keep one of the two")
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let place = context.map { "\($0.text) \(problem)" } ?? problem
            return Finding(rule: "\(name)/syntax", path: path, line: mark.line, column: mark.column, message: place)
        case .reader(let problem, _, _, _):
            return Finding(rule: "\(name)/syntax", path: path, message: problem)
        default:
            return Finding(rule: "\(name)/syntax", path: path, message: "\(error)")
        }
    }

    /// The parser reports the mapping's first line; the finding points at the line of the duplicate key.
    private static func lineOfSecond(_ key: String, in text: String, after line: Int) -> Int? {
        let lines = text.lines.enumerated().filter { index, line in
            let word = line.drop { $0 == " " || $0 == "-" }
            return word.hasPrefix("\(key):") || word.hasPrefix("\"\(key)\":") || word.hasPrefix("'\(key)':")
        }
        return lines.map { $0.offset + 1 }.filter { $0 >= line }.dropFirst().first
    }

    /// Nine lines, each of which repeats the line before it ten times.
    private static let bomb =
        "a0: &a0 [x]\n"
        + (1...9).map { level in
            "a\(level): &a\(level) [\(Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", "))]\n"
        }.joined()

    var explanations: [String: String] {
        [
            "bytes":
                "Aliases expand to more bytes than the check reads.",
            "depth":
                "The file is nested too deeply to read.",
            "duplicate-key":
                "A mapping has a duplicate key. Readers disagree about which value wins. Source: YAML 1.2.2, section 3.2.1.3",
            "large":
                "The file has more values than the check reads; the rest was not checked.",
            "size":
                "Aliases expand to more values than the check reads.",
            "syntax":
                "The file is not valid YAML.",
        ]
    }

    var examples: [Example] {
        [
            .sound("several documents, anchors and tags", ["a.yaml": "a: &x 1\nb: *x\nc: !Ref d\n---\na: 2\n"]),
            .sound("a byte order mark", ["a.yaml": "\u{FEFF}a: 1\nb:\n  c: 2\n"]),
            .sound("the same key in two mappings", ["a.yaml": "- a: 1\n- a: 2\n"]),
            .broken(
                "a key twice in one mapping", ["a.yaml": "a:\n  b: 1\n  c: 2\n  b: 3\n"], triggers: "duplicate-key"),
            .broken(
                "a key twice in the second document", ["a.yaml": "a: 1\n---\nb: 1\nb: 2\n"], triggers: "duplicate-key"),
            .broken("a list that is not closed", ["a.yml": "a: [1, 2\nb: 3\n"], triggers: "syntax"),
            .broken("a tab as indentation", ["a.yaml": "a:\n\tb: 1\n"], triggers: "syntax"),
            .broken("brackets without end", ["a.yaml": String(repeating: "[", count: 300)], triggers: "depth"),
            .broken("dashes without end", ["a.yaml": String(repeating: "- ", count: 10_000)], triggers: "depth"),
            .broken("aliases of aliases, a billion values", ["a.yaml": Self.bomb], triggers: "size"),
            .broken(
                "a long text that is spelt out ten thousand times",
                [
                    "a.yaml":
                        "a: &a \(String(repeating: "x", count: 10_000))\nb: [*a\(String(repeating: ", *a", count: 9_999))]\n"
                ], triggers: "bytes"),
            .broken("two million values", ["a.yaml": "[\(Self.large)]\n"], triggers: "large"),
        ]
    }
}
