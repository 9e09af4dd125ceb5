import Foundation
import TestSupport
import Testing
import Yams

@testable import CheckCore
@testable import DocumentModels
@testable import Submission

/// The fast reader and libyaml are two judges of one thing: wherever the first does not give up, they agree.
@Suite("The YAML parser")
struct YAMLTreeTests {
    static let texts = [
        "a: 1\nb: [x, 'y', \"z\"]\nc: {d: e, f: }\n",
        "- a\n- b: 1\n  c: 2\n-\n  d: 3\n- - e\n  - f\n",
        "a:\n- b\n- c\nd: e\n",
        "a: b\n  c\n\n  d # said\ne: 'f\n  g''h'\n",
        "a: |\n  one\n   two\n\n  three\nb: >-\n  four\n  five\n\n  six\n   seven\n  eight\nc: |+\n  nine\n\nd: 1\n",
        "a: \"x\\ty\\u00e9\\n\\\"z\\\" \\\n  w\"\n",
        "# nothing\n---\na: 1 # one\n...\n---\nb: http://x/y#z\nc: a:b\n",
        "{\"a\": [1, 2.5, true, null], \"b\":{\"c\":\"d\"}}",
        "\"quoted key\": 1\n'another': 2\nplain key: 3\n",
        "a: |2\n    indented\n  b\n",
        "a:\n    - b:\n        c\n    # between\n    - d\n",
        "a: \n\n  # only a comment\nb: ~\n",
        "a: x\r\nb:\r\n  - c\r\n",
        "base: &b {x: 1}\nuse:\n  <<: *b\n  y: 2\n",
        "a: !!str 1\n? b\n: c\n",
        "a: [1,\n  2, # two\n  {b: c,\n   d: 'e f'}]\n",
    ]

    @Test("counts expanded aliases even if a byte is not valid UTF-8")
    func bombWithBadByte() {
        let text = Array("# ".utf8) + [0xFF, 0x0A] + Array(CommandLineRefusalTests.bomb.utf8)
        let error = #expect(throws: YAMLTree.Malformed.self) { try YAMLTree(text) }
        #expect(error?.message.contains("aliases expanded") == true)
    }

    @Test("says what libyaml says", arguments: texts)
    func agrees(_ text: String) throws { try compare(text) }

    @Test("agrees with libyaml on every YAML and JSON file of this repository")
    func agreesHere() async throws {
        let repository = try await Discovery.repository(at: Project.root)
        let files = repository.artifacts.filter { ($0.syntax == .yaml || $0.syntax == .json) && $0.kind != .helm }
        #expect(files.count > 20)
        for file in files {
            let text = try #require(repository.text(of: file.path))
            // libyaml leaves merge keys to its caller; the tree spells them out.
            if !text.contains("<<:") { try compare(text, file.path) }
        }
    }

    @Test(
        "refuses what libyaml refuses",
        arguments: ["a: [1, 2\nb: 3\n", "a:\n\tb: 1\n", "a: b: c\n", "a: 'x\n", "a: 1\n b: 2\n", "- a\nb: 1\n"])
    func refuses(_ text: String) {
        #expect(throws: YAMLTree.Malformed.self) { try YAMLTree(Array(text.utf8)) }
    }

    @Test("knows the line of each value")
    func lines() throws {
        let tree = try YAMLTree(Array("a: |\n  x\n  y\nb:\n  - c: 'd\n      e'\n    f: 1\n".utf8))
        let root = try #require(tree.documents.first)
        #expect(root["a"]?.line == 1)
        #expect(root["b"]?.elements[0].line == 5)
        #expect(root["b"]?.elements[0]["f"]?.line == 7)
    }

    @Test(
        "gives plain words their types",
        arguments: [
            ("1", .integer), ("0x1F", .integer), ("010", .integer), ("-2", .integer), ("1.5", .number),
            ("1e3", .number),
            ("1.0e+3", .number), ("yes", .boolean), ("Off", .boolean), ("y", .string), ("~", .null), ("null", .null),
            ("10.0.0.1", .string), ("100m", .string), ("2026-01-01", .string), ("1_000", .integer),
        ] as [(String, YAMLNode.ValueType)])
    func types(_ text: String, _ type: YAMLNode.ValueType) throws {
        let tree = try YAMLTree(Array("a: \(text)\n".utf8))
        #expect(tree.documents[0]["a"]?.type == type)
    }

    private func compare(_ text: String, _ name: String = "") throws {
        let tree = try YAMLTree(Array(text.utf8))
        let parser = try Parser(yaml: text)
        var roots: [Node] = []
        while let root = try parser.nextRoot() { if root.scalar?.string.isEmpty != true { roots.append(root) } }
        #expect(tree.documents.map(spelt) == roots.map(spelt), "\(name)")
    }

    private func spelt(_ node: YAMLNode) -> String {
        if node.isMapping {
            return "{" + node.entries.map { "\(spelt($0.key)): \(spelt($0.value))" }.joined(separator: ", ") + "}"
        }
        return node.isSequence ? "[" + node.elements.map(spelt).joined(separator: ", ") + "]" : "«\(node.text)»"
    }

    private func spelt(_ node: Node) -> String {
        switch node {
        case .scalar(let scalar): return "«\(scalar.string)»"
        case .sequence(let sequence): return "[" + sequence.map(spelt).joined(separator: ", ") + "]"
        case .mapping(let mapping):
            var pairs = mapping.filter { $0.key.string != "<<" }.map { ($0.key, $0.value) }
            pairs += mapping.filter { $0.key.string == "<<" }.flatMap { $0.value.mapping.map(Array.init) ?? [] }
                .map { ($0.key, $0.value) }
            return "{" + pairs.map { "\(spelt($0.0)): \(spelt($0.1))" }.joined(separator: ", ") + "}"
        case .alias: return "*"
        }
    }
}
