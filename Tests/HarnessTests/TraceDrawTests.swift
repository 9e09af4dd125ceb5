import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel
import TestSupport
import Testing
import Tooling

/// Random fields of a repository of others: the line that the trace names is changed in a copy, and the field changes.
///
/// `HARNESS_TRACE_REPOSITORY=FOLDER HARNESS_TRACE_DRAWS=1000`, the folder being a work tree of git such as that of
/// kubeflow/manifests. The line is changed by this test's own means and not by those of the trace.
@Suite(
    "A trace of a repository of others",
    .enabled(
        if: ProcessInfo.processInfo.environment["HARNESS_TRACE_REPOSITORY"] != nil, "needs HARNESS_TRACE_REPOSITORY"))
struct TraceDrawTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let folder = environment["HARNESS_TRACE_REPOSITORY"]

    @Test("names lines whose change changes the field")
    func draws() async throws {
        let root = try #require(Self.folder)
        let count = Int(Self.environment["HARNESS_TRACE_DRAWS"] ?? "") ?? 100
        let toolbox = Toolbox(home: .standard())
        let repository = try await Discovery.repository(at: root)
        let context = CheckContext(repository: repository, toolbox: toolbox)
        var random = SeededGenerator(seed: UInt64(Self.environment["HARNESS_FUZZ_SEED"] ?? "") ?? 1)
        let all = repository.kustomizations
        let overlays = all.byFolder.values.filter { !$0.isComponent && !all.isRemote($0) }.sorted { $0.path < $1.path }
        var tracers: [String: FieldTracer] = [:]
        var (drawn, held, refused, dead) = (0, 0, 0, Set<String>())
        try await withScratch { copy in
            try FileManager.default.removeItem(atPath: copy)
            try FileManager.default.copyItem(atPath: root, toPath: copy)
            while drawn < count {
                let overlay = try #require(overlays.randomElement(using: &random))
                if dead.contains(overlay.path) { continue }
                if tracers[overlay.path] == nil {
                    tracers[overlay.path] = try? await FieldTracer(overlay: overlay, context)
                }
                guard let tracer = tracers[overlay.path], let object = tracer.objects.randomElement(using: &random),
                    let leaf = FieldPath.leaves(of: object.node).randomElement(using: &random)
                else {
                    dead.insert(overlay.path)
                    continue
                }
                drawn += 1
                let draw = "\(overlay.path) \(object.kind)/\(object.name) \(leaf.path) = \(leaf.value.text.prefix(60))"
                do {
                    let trace = try await tracer.trace(leaf.path, of: object)
                    let line = try #require(trace.setter ?? trace.lines.first)
                    if try await Self.changes(line, tracer, leaf, object, copy: copy) {
                        held += 1
                    } else if trace.setter == nil {
                        // Kustomize refuses any other value, which the trace says.
                        refused += 1
                    } else {
                        print("not held: \(draw): \(line.path):\(line.line) \(line.effect) \(line.text.prefix(60))")
                    }
                } catch let error as HarnessError {
                    print("no answer: \(draw): \(error)")
                }
                if drawn % 50 == 0 { print("\(held) of \(drawn) held") }
            }
        }
        print(
            "\(held) of \(drawn) draws held, \(refused) refused; \(overlays.count - dead.count) overlays, \(dead.count) do not build"
        )
        #expect(Double(held) >= 0.95 * Double(drawn))
    }

    /// Whether the field changes with the end of the line.
    private static func changes(
        _ line: FieldTrace.Line, _ tracer: FieldTracer, _ leaf: (path: FieldPath, value: YAMLNode),
        _ object: KubeObject,
        copy: String
    ) async throws -> Bool {
        let file = copy + "/" + line.path
        let before = try String(contentsOfFile: file, encoding: .utf8)
        defer { try? before.write(toFile: file, atomically: false, encoding: .utf8) }
        let value = leaf.value.text
        func ofValue(_ lines: inout [String], _ index: Int) -> Bool {
            guard value.count > 1, let range = lines[index].ranges(of: value).last else { return false }
            lines[index] = lines[index].replacingCharacters(range, value + "q")
            return true
        }
        for edit in [ofValue, Self.atEnd, Self.atStart, Self.below] {
            var lines = before.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            guard edit(&lines, line.line - 1) else { continue }
            try lines.joined(separator: "\n").write(toFile: file, atomically: false, encoding: .utf8)
            let output = try await Command(
                "kubectl", ["kustomize", copy + "/" + tracer.overlay.path.parentPath]
            ).run()
            guard output.isSuccess, let tree = try? YAMLTree(Array(output.stdout.utf8)) else { continue }
            let after = KubeObject.all(in: tree, path: "").filter { $0.kind == object.kind && $0.group == object.group }
            let same =
                after.first { $0.identity == object.identity }
                ?? after.first {
                    object.isGenerated && $0.isGenerated && $0.name.dropLast(10) == object.name.dropLast(10)
                        && $0.namespace == object.namespace
                }
            if leaf.path.value(in: same?.node ?? object.node)?.text != leaf.value.text { return true }
            // The object has another name or namespace.
            if same == nil, leaf.path.steps.first == .key("metadata") || leaf.path.steps.count == 1 { return true }
        }
        return false
    }

    private static func atEnd(_ lines: inout [String], _ index: Int) -> Bool {
        let line = lines[index]
        if let range = line.firstRange(of: "\"\"") ?? line.firstRange(of: "''") {
            lines[index] = line.replacingCharacters(range, "\"q\"")
            return true
        }
        if line.hasSuffix("=") {
            lines[index] += "q"
            return true
        }
        let word = /[^\s"'{}\[\],:=]+(?=["']?\s*,?\s*[}\]]*\s*(#.*)?$)/
        guard let range = line.firstRange(of: word) else { return false }
        let old = String(line[range])
        let other = old == "true" ? "false" : old == "false" ? "true" : Int(old).map { "\($0 + 7)" } ?? old + "q"
        lines[index] = line.replacingCharacters(range, other)
        return true
    }

    private static func atStart(_ lines: inout [String], _ index: Int) -> Bool {
        let line = lines[index]
        guard let range = line.firstRange(of: /(?:[:=]|- )\s*["']?(?=[\w\/$(*.])/) else { return false }
        lines[index] = line[..<range.upperBound] + "q" + line[range.upperBound...]
        return true
    }

    /// A text over several lines.
    private static func below(_ lines: inout [String], _ index: Int) -> Bool {
        guard let next = lines[(index + 1)...].firstIndex(where: { !$0.allSatisfy(\.isWhitespace) }) else {
            return false
        }
        lines[next] += "q"
        return true
    }
}

extension String {
    fileprivate func replacingCharacters(_ range: Range<Index>, _ other: String) -> String {
        self[..<range.lowerBound] + other + self[range.upperBound...]
    }
}
