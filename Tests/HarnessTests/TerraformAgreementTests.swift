import CheckCore
import CheckEngine
import DocumentModels
import Foundation
import HarnessSupport
import TestSupport
import Testing
import Tooling

/// Compares `terraform-schema` with `terraform validate` on mutants of this repository's AWS modules.
///
/// `HARNESS_SEED` draws other mutants. Every mutant is a module of its own, called by one root module, so that Terraform
/// starts a few times only.
@Suite("Agreement of terraform-schema with terraform validate", .heavy)
struct TerraformAgreementTests {
    private struct Mutant: Sendable {
        let kind: String
        let file: String
        let line: Int
        let old: String
        let new: String
    }

    private static let count = 200
    private static let seed = UInt64(ProcessInfo.processInfo.environment["HARNESS_SEED"] ?? "") ?? 1

    /// Whether the provider's own code rejects the mutant: a value that the argument does not take, or arguments that
    /// exclude or need each other. No schema has these rules. `terraform-schema` also leaves the elements of maps.
    private static func isLeftToProvider(_ mutant: Mutant, _ message: String) -> Bool {
        mutant.kind == "value" || message.contains(": element \"")
            || message.hasPrefix("Invalid combination of arguments")
            || message.contains(": one of `")
    }

    @Test("rejects what terraform validate rejects, and nothing else", .fullDepth)
    func agreement() async throws {
        let repository = try await Discovery.repository(at: Project.root)
        let mutants = Self.drawn(try Self.mutants(of: repository))
        try #require(mutants.count == Self.count)
        try await withScratch { root in
            for (number, mutant) in mutants.enumerated() { try Self.copy(mutant, to: "\(root)/m\(number)") }
            var terraform: [String: String] = [:]
            var open = Set(mutants.indices)
            // An error that Terraform meets while it loads the code hides the errors of other modules.
            while !open.isEmpty {
                try Self.writeCalls(of: open, in: root)
                let found = try await Self.rejected("terraform-validate", at: root) { $0.path.isEmpty }
                let rejected = open.filter { found["m\($0)"] != nil }
                try #require(!rejected.isEmpty || found.isEmpty, "\(found)")
                if rejected.isEmpty { break }
                terraform.merge(found) { $1 }
                open.subtract(rejected)
            }
            let ours = try await Self.rejected("terraform-schema", at: root) { !$0.path.isEmpty }
            var counts: [String: [String: Int]] = [:]
            var falseErrors: [String] = []
            var misses: [String] = []
            for (number, mutant) in mutants.enumerated() {
                let (theirs, own) = (terraform["m\(number)"], ours["m\(number)"])
                let verdict =
                    theirs == nil
                    ? (own == nil ? "both accept" : "only ours") : own == nil ? "only terraform" : "both reject"
                counts[mutant.kind, default: [:]][verdict, default: 0] += 1
                let place =
                    "\(mutant.kind) \(mutant.file):\(mutant.line): \(mutant.old.trimmingCharacters(in: .whitespaces)) -> \(mutant.new.trimmingCharacters(in: .whitespaces)): \(theirs ?? own ?? "")"
                // Terraform reads the content of a dynamic block, and what belongs to a `for_each`, once it knows how many.
                let isDeferred =
                    mutant.kind == Self.inDynamic || mutant.kind == "reference" && mutant.old.contains("[each.")
                if verdict == "only ours", !isDeferred { falseErrors.append(place) }
                if verdict == "only terraform", !Self.isLeftToProvider(mutant, theirs ?? "") { misses.append(place) }
            }
            for (kind, found) in counts.sorted(by: { $0.key < $1.key }) {
                print(
                    "\(kind): \(found.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))"
                )
            }
            #expect(falseErrors == [])
            #expect(misses == [])
        }
    }

    private static func writeCalls(of numbers: Set<Int>, in root: String) throws {
        let calls = try numbers.sorted().map { number in
            // A value that is known only after apply has every type.
            let inputs = try required(in: "\(root)/m\(number)").map { "  \($0) = terraform_data.any.output\n" }
            return "\nmodule \"m\(number)\" {\n  source = \"./m\(number)\"\n\(inputs.joined())}\n"
        }
        try write(["main.tf": "resource \"terraform_data\" \"any\" {}\n" + calls.joined()], to: root)
    }

    /// The first error of each folder, by the folder's name.
    private static func rejected(
        _ name: String, at root: String, _ isChosen: (Subject) -> Bool
    ) async throws -> [String: String] {
        let context = CheckContext(
            repository: try await Discovery.repository(at: root), toolbox: Toolbox(home: Project.home))
        let check = try #require(Checks.named(name).first)
        var found: [String: String] = [:]
        for subject in check.subjects(in: context.repository) where isChosen(subject) {
            for finding in try await check.inspect([subject], in: context) where finding.severity == .error {
                let folder = String(finding.path.prefix { $0 != "/" })
                found[folder] = found[folder] ?? finding.message
            }
        }
        return found
    }

    // MARK: Mutants

    private static let inDynamic = "in a dynamic block"

    private static func mutants(of repository: Repository) throws -> [Mutant] {
        try repository.artifacts.map(\.path).filter {
            $0.hasPrefix("terraform/modules/") && $0.hasSuffix(".tf") && $0.split(separator: "/").count == 4
        }.flatMap { path -> [Mutant] in
            let text = try String(contentsOfFile: repository.absolute(path), encoding: .utf8)
            let lines = text.components(separatedBy: "\n")
            guard let body = repository.hcl(path) else { return [] }
            return body.blocks.filter { ["resource", "data"].contains($0.type) && $0.labels[0].hasPrefix("aws_") }
                .flatMap { mutants(of: $0, path, lines) }
        }
    }

    private static func mutants(of block: HCLBlock, _ path: String, _ lines: [String], isDynamic: Bool = false)
        -> [Mutant]
    {
        func change(_ kind: String, _ line: Int, _ old: String, _ new: String) -> [Mutant] {
            guard let range = lines[line - 1].range(of: old) else { return [] }
            let changed = lines[line - 1].replacingCharacters(in: range, with: new)
            return [
                Mutant(kind: isDynamic ? inDynamic : kind, file: path, line: line, old: lines[line - 1], new: changed)
            ]
        }
        let meta: Set = ["count", "for_each", "provider", "depends_on", "iterator", "labels"]
        let blocks: Set = ["lifecycle", "dynamic", "content", "timeouts", "provisioner", "connection"]
        var found: [Mutant] = []
        if ["resource", "data"].contains(block.type) {
            found += change("resource", block.line, "\"\(block.labels[0])\"", "\"\(block.labels[0])s\"")
        }
        if block.type == "lifecycle" { return [] }
        for attribute in block.body.attributes where !meta.contains(attribute.name) {
            if block.type == "dynamic" { continue }
            let (name, value, line) = (attribute.name, attribute.expression, attribute.line)
            found += change("misspelt argument", line, name, name + "s")
            guard !value.contains("\n") else { continue }
            found += change("argument removed", line, lines[line - 1], "")
            found += change("list", line, "= \(value)", "= [[true]]")
            found += change("map", line, "= \(value)", "= { x = { y = true } }")
            if ["true", "false"].contains(value) {
                found += change("text for a boolean", line, "= \(value)", "= \"often\"")
            }
            if Int(value) != nil { found += change("text for a number", line, "= \(value)", "= \"many\"") }
            if HCLBody.unquoted(value) != nil { found += change("value", line, "= \(value)", "= \"no such value\"") }
            if let reference = value.wholeMatch(of: /((?:data\.)?aws_\w+\.\w+)(?:\[[\w.]+\])?\.(\w+)/) {
                found += change("reference", line, ".\(reference.2)", ".\(reference.2)_x")
            }
        }
        for inner in block.body.blocks {
            if !blocks.contains(inner.type) {
                found += change("misspelt block", inner.line, inner.type, inner.type + "s")
                found += change("attribute for a block", inner.line, "\(inner.type) {", "\(inner.type) = {")
            }
            if inner.type == "dynamic" {
                found += change("misspelt block", inner.line, "\"\(inner.labels.first ?? "")\"", "\"no_such_block\"")
            }
            found += mutants(of: inner, path, lines, isDynamic: isDynamic || inner.type == "dynamic")
        }
        return found
    }

    /// In turn from every kind, so that rare kinds are as many as common ones.
    private static func drawn(_ mutants: [Mutant]) -> [Mutant] {
        var generator = SeededGenerator(seed: seed)
        let groups = Dictionary(grouping: mutants, by: \.kind).sorted { $0.key < $1.key }
            .map { $0.value.shuffled(using: &generator) }
        let longest = groups.map(\.count).max() ?? 0
        return Array(
            (0..<longest).flatMap { turn in groups.compactMap { turn < $0.count ? $0[turn] : nil } }.prefix(count))
    }

    private static func copy(_ mutant: Mutant, to folder: String) throws {
        let module = URL(fileURLWithPath: mutant.file).deletingLastPathComponent().relativePath
        try FileManager.default.copyItem(atPath: "\(Project.root)/\(module)", toPath: folder)
        try? FileManager.default.removeItem(atPath: "\(folder)/tests")
        let file = "\(folder)/\(URL(fileURLWithPath: mutant.file).lastPathComponent)"
        var lines = try String(contentsOfFile: file, encoding: .utf8).components(separatedBy: "\n")
        lines[mutant.line - 1] = mutant.new
        try lines.joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
        // Both judge by the mirrored version.
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) where name.hasSuffix(".tf") {
            let text = try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)
            try text.replacingOccurrences(of: "\">= 5.100, < 7.0\"", with: "\"5.100.0\"")
                .write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    /// The variables without a default.
    private static func required(in folder: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".tf") }.flatMap { name in
            try HCLBody(parsing: String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8)).blocks("variable")
                .filter { $0.body.expression("default") == nil }.compactMap(\.labels.first)
        }
    }
}
