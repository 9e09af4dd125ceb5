import Foundation
import Testing

@testable import DocumentModels
@testable import HarnessSupport

@Suite("The JSON scanner")
struct JSONScannerTests {
    private static func problems(_ text: String) -> [JSONScanner.Problem] { problems(Array(text.utf8)) }

    private static func problems(_ bytes: [UInt8]) -> [JSONScanner.Problem] {
        var scanner = JSONScanner(bytes)
        return scanner.problems()
    }

    @Test(
        "accepts what RFC 8259 accepts",
        arguments: [
            "0", "-0", "1", "-1.5", "1e5", "1E+5", "1.0e-5", "123456789012345678901234567890", "true", "false", "null",
            "\"\"", "[]", "{}", " [ ] ", "\t{\r\n}\n", "[1,2]", "{\"a\":[{\"b\":null}]}",
            "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
            "\"\\u00e9\\uD83D\\uDE00\"", "\"\\uD800\"", "\"\\uDC00\\uD800\"", "\"é😀\"", "\"\u{7F}\"", "\"\\u0000\"",
            "{\"\":0}", "[1,[2,[3]]]", "\u{FEFF}{}",
        ])
    func accepts(_ text: String) {
        #expect(Self.problems(text) == [])
    }

    @Test(
        "refuses what RFC 8259 refuses",
        arguments: [
            "", " ", "01", "-01", "1.", ".5", "-.5", "+1", "1e", "1e+", "0x1", "1_000", "-", "NaN", "Infinity",
            "-Infinity", "nul", "nulll", "True", "tru", "undefined", "'a'", "\"a", "\"\\x\"", "\"\\u12\"",
            "\"\\u12G4\"",
            "\"\\", "\"a\tb\"", "\"a\nb\"", "\"\u{0}\"", "[", "]", "[1,]", "[,1]", "[1 2]", "[1", "{", "}", "{\"a\"}",
            "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{,}", "{a:1}", "{1:1}", "{\"a\":1 \"b\":2}", "[}", "{]", "1 2",
            "{} {}", "[] x", "// a\n1", "/* a */ 1", "1 // a", "{\"a\":1}}", "\u{A0}1", "\u{FEFF}", "\u{FEFF}\u{FEFF}1",
        ])
    func refuses(_ text: String) {
        let problems = Self.problems(text)
        #expect(problems.map(\.rule) == ["syntax"])
    }

    @Test(
        "refuses bytes that are not UTF-8",
        arguments: [
            [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0x22, 0xC0, 0x80, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22],
        ])
    func encoding(_ bytes: [UInt8]) {
        #expect(Self.problems(bytes).map(\.rule) == ["syntax"])
    }

    @Test("accepts 500 levels of nesting and rejects 600")
    func depth() {
        func nested(_ count: Int) -> String {
            String(repeating: "[", count: count) + String(repeating: "]", count: count)
        }
        #expect(Self.problems(nested(500)) == [])
        #expect(Self.problems(nested(600)).map(\.message) == ["nested more than 512 deep"])
        #expect(Self.problems(String(repeating: "{\"a\":", count: 100_000)).count == 1)
    }

    @Test("finds a duplicate name in an object, even with escapes")
    func duplicates() {
        #expect(Self.problems("{\"a\":1,\"b\":{\"a\":1},\"a\":2}").map(\.rule) == ["duplicate-key"])
        #expect(Self.problems("{\"a\":1,\"a\":2,\"a\":3}").count == 2)
        #expect(Self.problems("{\"a\":1,\"\\u0061\":2}").map(\.rule) == ["duplicate-key"])
        #expect(Self.problems("{\"/\":1,\"\\/\":2}").map(\.rule) == ["duplicate-key"])
        #expect(Self.problems("{\"é\":1,\"e\u{301}\":2}") == [], "other code points are another name")
        #expect(Self.problems("{\"\\\\u0061\":1,\"a\":2}") == [])
        #expect(Self.problems("[{\"a\":1},{\"a\":2},{\"A\":1,\"a\":2}]") == [])
    }

    @Test(
        "names line and column",
        arguments: [
            ("{\n  \"a\": 1,\n  \"a\": 2\n}", 3, 3), ("{\n  \"a\": 01\n}", 2, 9), ("[1,\n2,\n", 3, 1), ("nope", 1, 1),
            ("{}\n  x", 2, 3), ("{\"é\": x}", 1, 7), ("", 1, 1), ("\u{FEFF}x", 1, 1), ("[\r\n x]", 2, 2),
        ])
    func places(_ text: String, _ line: Int, _ column: Int) {
        let problem = Self.problems(text).first
        #expect(problem?.line == line)
        #expect(problem?.column == column)
    }

    @Test("agrees with Foundation on 5,000 mangled texts")
    func agreement() {
        let texts = [
            "{\"a\": [1, -2.5e3, \"\\u00e9\", true, false, null, {}], \"b\": {\"c\": \"d\"}}",
            "[[0, 10, 1.25E-2], \"\\\\ \\\" \\n\", {\"x\": [], \"y\": [[]]}]\n", "\"é\\uD83D\\uDE00\"", "-0.5e+7",
        ]
        let spice = Array("{}[]\",:\\u0e-+. \ntn".utf8)
        var random = SeededGenerator(seed: 3)
        var compared = 0
        for index in 0..<5_000 {
            let bytes = Mutation.mangle(Array(texts[index % texts.count].utf8), spice: spice, using: &random)
            if Self.isReadDifferently(bytes) { continue }
            let ours = Self.problems(bytes).contains { $0.rule == "syntax" }
            let theirs = (try? JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)) == nil
            #expect(ours == theirs, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            compared += 1
        }
        #expect(compared > 4_000)
    }

    /// Where Foundation knowingly differs.
    private static func isReadDifferently(_ bytes: [UInt8]) -> Bool {
        let text = String(decoding: bytes, as: UTF8.self)
        // It makes strings, which cannot hold the half of a surrogate pair; RFC 8259 section 8.2 leaves that open.
        if text.contains(/\\u[dD][89a-fA-F]/) { return true }
        // It accepts a comma behind an array's last value, and refuses numbers that a Double cannot hold; RFC 8259 does
        // neither (sections 5 and 6).
        if text.contains(/,\s*\]/) || text.contains(/[eE]\+?\d{3}/) { return true }
        // It takes a text with zero bytes for UTF-16 or UTF-32; RFC 8259 section 8.1 asks for UTF-8.
        return bytes.contains(0)
    }
}
