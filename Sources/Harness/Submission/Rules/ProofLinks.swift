import CheckCore
import CheckEngine
import Foundation
import HarnessSupport

/// Each ask in `SUBMISSION.md` links to the lines of its proofs: `[A1](ran#L1)[×](broken#L2)`.
///
/// The first link leads to the run, else to the check; `×` leads to the test of a break.
package struct ProofLinks: Check {
    package let name = "proof-links"
    package let summary = "SUBMISSION.md links each ask to the lines of its proofs"

    private static let page = "SUBMISSION.md"

    package init() {}

    package func subjects(in repository: Repository) -> [Subject] {
        guard repository.contains(Self.page), repository.contains(Catalogue.file) else { return [] }
        return [Subject(path: Self.page, inputs: [Self.page, Catalogue.file] + KnownProofs.files(in: repository))]
    }

    package func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        guard !subjects.isEmpty, let text = context.repository.text(of: Self.page) else { return [] }
        let (wanted, asks) = try Self.links(in: context.repository)
        func finding(_ rule: String, _ line: Int?, _ message: String, _ remedy: String) -> Finding {
            Finding(rule: "\(name)/\(rule)", path: Self.page, line: line, message: message, remedy: remedy)
        }
        var linked: Set<String> = []
        var findings: [Finding] = []
        for (index, line) in text.lines.enumerated() {
            let stale = line.matches(of: Self.link).filter { match in
                linked.insert(String(match.1))
                return wanted[String(match.1)] != String(match.0)
            }
            guard !stale.isEmpty else { continue }
            let ids = stale.map { String($0.1) }.joined(separator: ", ")
            findings.append(finding("stale", index + 1, "outdated proof links of \(ids)", "make links"))
        }
        for id in asks where wanted[id] != nil && !linked.contains(id) {
            findings.append(
                finding("absent", nil, "\(id) has no link to a proof", "write [\(id)]() and run `make links`"))
        }
        return findings
    }

    /// Writes the links into the page.
    ///
    /// - Throws: when the catalogue is missing or the page cannot be written.
    package static func update(_ repository: Repository) throws {
        let (wanted, _) = try links(in: repository)
        let text = (repository.text(of: page) ?? "").replacing(link) { wanted[String($0.1)] ?? String($0.0) }
        try Data(text.utf8).write(to: URL(fileURLWithPath: repository.absolute(page)), options: .atomic)
    }

    private static var link: Regex<(Substring, Substring)> { /\[([A-EX]\d+)\]\([^)]*\)(?:\[×\]\([^)]*\))?/ }

    private static func links(in repository: Repository) throws -> (byID: [String: String], asks: [String]) {
        let names = KnownProofs(in: repository)
        let asks = try Catalogue(repository.bytes(of: Catalogue.file) ?? []).asks
        var result: [String: String] = [:]
        for ask in asks {
            func target(_ level: Proof.Level) -> String? {
                ask.proofs.lazy.filter { $0.level == level }.compactMap { names.place(of: $0.source) }.first
                    .map { "\($0.path)#L\($0.line)" }
            }
            guard let shown = target(.ran) ?? target(.checked) ?? target(.refused) else { continue }
            result[ask.id] = "[\(ask.id)](\(shown))" + (target(.refused).map { "[×](\($0))" } ?? "")
        }
        return (result, asks.map(\.id))
    }

    package var examples: [Example] {
        func files(_ row: String) -> [String: String] {
            [
                Self.page: "| Ask |\n|---|\n\(row)\n",
                Catalogue.file: "asks:\n  - {id: A1, ask: a, ran: [{test: A script}], refused: [{break: a/b}]}\n"
                    + "  - {id: A2, ask: a, missing: all of it}\n",
                "Tests/ATests.swift": "@Suite(\"A script\")\nstruct A {}\n",
                "Tests/Break.swift": "Break(id: \"a/b\")\n",
            ]
        }
        return [
            .sound("both links", files("| [A1](Tests/ATests.swift#L2)[×](Tests/Break.swift#L1) |")),
            .sound("somebody else's SUBMISSION.md", [Self.page: "# Ours\n"]),
            .broken(
                "a line that moved", files("↓| [A1](Tests/ATests.swift#L2)[×](Tests/Break.swift#L7) |"),
                triggers: "stale"),
            .broken("a link too few", files("↓| [A1](Tests/ATests.swift#L2) |"), triggers: "stale"),
            .broken("an ask without a link", files("| A1, A2 |"), triggers: "absent"),
        ]
    }
}
