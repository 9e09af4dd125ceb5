import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCommands
@testable import CheckCore
@testable import DeliveryModel
@testable import DocumentModels
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission
@testable import Tooling

/// Whatever is in a file, the native readers and rules end with a result: a crash would take the whole run along.
@Suite("Any input")
struct ReaderFuzzTests {
    /// Files of the checks' examples: every kind. Those that are only long would take all the time.
    private static let trees = Checks.all.filter(\.tools.isEmpty).flatMap { check in
        check.examples.filter { !$0.files.isEmpty && $0.files.values.allSatisfy { $0.utf8.count < 100_000 } }.map {
            (check: check, files: $0.files)
        }
    }

    /// `HARNESS_FUZZ` makes it longer, by hand.
    private static let inputs = ProcessInfo.processInfo.environment["HARNESS_FUZZ"].flatMap(Int.init) ?? 300

    private static let spice = Array("{}[]()\"'$%<>&*!|-:,.#/\\@`~^?=+;\n\t\r\0 \u{FEFF}\u{1B}é".utf8)

    /// Half of the inputs for each seed, side by side.
    @Test(
        "neither readers nor rules fall over files mangled at random", .timeLimit(.minutes(60 + inputs / 500)),
        arguments: [7, 8] as [UInt64])
    func mangled(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let toolbox = Toolbox(home: HarnessHome(path: NSTemporaryDirectory() + "harness-fuzz"))
        for number in 0..<Self.inputs / 2 {
            if number > 0, number % 10_000 == 0 { print("\(number) of \(Self.inputs / 2) inputs, seed \(seed)") }
            let (check, files) = try #require(Self.trees.randomElement(using: &random))
            let chosen = try #require(files.keys.sorted().randomElement(using: &random))
            var bytes = Mutation.mangle(Array((files[chosen] ?? "").utf8), spice: Self.spice, using: &random)
            if random.next() % 2 == 0 { Self.enlargeNumber(in: &bytes, using: &random) }
            Self.readers(bytes)
            // Names too.
            let name = random.next() % 8 == 0 ? Self.name(chosen, using: &random) : chosen
            try await withScratch { folder in
                try write(files.filter { $0.key != chosen }, to: folder)
                try write([name: ""], to: folder)
                try Data(bytes).write(to: URL(fileURLWithPath: folder + "/" + name))
                if random.next() % 16 == 0 { symlink(name, folder + "/link.yaml") }
                let repository = try await Discovery.repository(at: folder)
                let context = CheckContext(repository: repository, toolbox: toolbox)
                do {
                    _ = try await check.inspect(check.subjects(in: repository), in: context)
                } catch is Skipped {
                } catch is Tool.Missing {
                }
            }
        }
    }

    /// Puts a number that is hard to count with in the place of another.
    private static func enlargeNumber(in bytes: inout [UInt8], using random: inout SeededGenerator) {
        let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
        guard let start = bytes.indices.filter({ isDigit(bytes[$0]) }).randomElement(using: &random) else { return }
        let end = bytes[start...].firstIndex { !isDigit($0) } ?? bytes.count
        let numbers = ["-1", "0", "2147483648", "9223372036854775807", "99999999999999999999", "1e999", "1e18", ".inf"]
        bytes.replaceSubrange(start..<end, with: (numbers.randomElement(using: &random) ?? "").utf8)
    }

    /// Every reader that takes a text, whatever the file was called.
    private static func readers(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        if let tree = try? YAMLTree(bytes) { for root in tree.documents { walk(root) } }
        _ = YAMLBounds.excess(in: bytes)
        _ = try? HCLBody(parsing: text)
        var scanner = JSONScanner(bytes)
        _ = scanner.problems()
        _ = MarkdownPage(text)
        _ = ShellScript(text)
        _ = try? PipelineExpression(text)
        if bytes.count < 20_000 { _ = PromQL.selectors(in: text) }
        for path in ["a.yaml", "a.json", "a", "templates/a.yaml"] { _ = Classifier.classify(path: path) { bytes } }
        for root in [1, 2] {
            var expander = PipelineExpander { $0 == "a" || root == 1 ? bytes : nil }
            _ = expander.expand("a")
        }
    }

    private static func walk(_ node: YAMLNode) {
        _ = (node.text, node.type, node.int, node.bool, node.line, node["kind"])
        for element in node.elements { walk(element) }
        for (key, value) in node.entries {
            walk(key)
            walk(value)
        }
    }

    private static func name(_ name: String, using random: inout SeededGenerator) -> String {
        let odd = [
            "\n", "\u{1B}[31m", "é", "'", "\"", "$(x)", "{{a}}", "..", " ", "-rf", String(repeating: "a", count: 180),
        ]
        return (odd.randomElement(using: &random) ?? "") + name
    }

    @Test(
        "nesting 10,000 deep ends every reader",
        arguments: [
            "[", "{", "{a: ", "- ", "? ", "a: {", "\"${", "(", "> ", "![[", "not(", "a.", "$(", "{\"a\":[", "* ",
        ])
    func deep(_ unit: String) {
        Self.readers(Array(String(repeating: unit, count: 10_000).utf8))
        var indented = ""
        for depth in 0..<400 { indented += String(repeating: " ", count: depth) + unit + "a:\n" }
        Self.readers(Array(indented.utf8))
    }
}
