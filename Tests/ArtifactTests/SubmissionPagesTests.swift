import Foundation
import TestSupport
import Testing

@testable import BuiltInRules
@testable import CheckCore
@testable import DocumentModels
@testable import HarnessSupport
@testable import KubernetesModel
@testable import Submission
@testable import ToolChecks

@Suite("The submission's pages")
struct SubmissionPagesTests {
    private static let repository = Task { try await Discovery.repository(at: Project.root) }

    @Test("list each suppression, as often as it occurs, and none that does not exist")
    func suppressions() async throws {
        let repository = try await Self.repository.value
        var comments: [String: Int] = [:]
        for subject in SuppressionReasons().subjects(in: repository) {
            for line in repository.text(of: subject.path)?.lines ?? [] {
                if let rule = Suppressions.parse(line)?.rule { comments["\(subject.path) \(rule)", default: 0] += 1 }
            }
        }
        let page = try #require(repository.text(of: "docs/suppressions.md"))
        var rows: [String: Int] = [:]
        for row in page.matches(of: /\| \[[^\]]+\]\(\.\.\/([^)]+)\) \| `([^`]+)`[^|]*\| (\d+) \|/) {
            rows["\(row.1) \(row.2)", default: 0] += try #require(Int(row.3))
        }
        #expect(!comments.isEmpty)
        #expect(Set(rows.map { "\($0) \($1)" }).symmetricDifference(comments.map { "\($0) \($1)" }) == [])
        #expect(page.contains("There are \(comments.values.reduce(0, +));"))
    }

    @Test("say of each ask how far it is proved, and of each blocker what it is")
    func asks() async throws {
        let repository = try await Self.repository.value
        let asks = try Catalogue(try #require(repository.bytes(of: Catalogue.file))).asks
        let sections = try #require(repository.text(of: "SUBMISSION.md")).split(separator: "\n## ")
        func named(under heading: String) -> Set<String> {
            let section = sections.first { $0.hasPrefix(heading) } ?? ""
            return Set(section.lines.filter { $0.hasPrefix("|") }.flatMap { Self.ids($0.split(separator: "|")[0]) })
        }
        #expect(Set(asks.map(\.id)).subtracting(named(under: "How far each claim is proved")) == [])
        let blocked = Set(asks.filter { $0.blocker != nil }.map(\.id))
        #expect(!blocked.isEmpty && blocked.subtracting(named(under: "Blockers and unclear asks")) == [])
    }

    /// What a line lacks of what `kubectl drain` needs here: our pods write to emptyDir, and each node has DaemonSets.
    ///
    /// Source: kubernetes/kubectl@v0.32.0:pkg/drain/filters.go, daemonSetFilter and localStorageFilter.
    private static func missing(of line: Substring) -> [String] {
        guard line.contains("kubectl drain ") else { return [] }
        return ["--ignore-daemonsets", "--delete-emptydir-data"].filter { !line.contains($0) }
    }

    @Test("drain a node in a way that kubectl does not refuse")
    func drains() async throws {
        #expect(Self.missing(of: "kubectl drain a --ignore-daemonsets") == ["--delete-emptydir-data"])
        let repository = try await Self.repository.value
        let pages = repository.artifacts(of: .markdown) + repository.artifacts(of: .shell)
        let lines = pages.flatMap { page in
            (repository.text(of: page.path) ?? "").lines.map { (page.path, $0) }
        }
        #expect(lines.contains { $0.1.contains("kubectl drain ") })
        for (path, line) in lines { #expect(Self.missing(of: line) == [], "\(path): \(line)") }
    }

    /// The ids in a cell, such as `B2 to B6, D14`.
    private static func ids(_ cell: Substring) -> [String] {
        cell.matches(of: /\b([A-EX])(\d+)(?: to [A-EX](\d+))?/).flatMap { match in
            let first = Int(match.2) ?? 0
            return (first...max(first, match.3.flatMap { Int($0) } ?? first)).map { "\(match.1)\($0)" }
        }
    }

    /// A figure of a page, and what is counted.
    private struct Figure {
        let quoted: Int?
        let counted: Int
        let line: Substring
    }

    @Test("quote rows, runs, refusals, resources and alerts as they are counted")
    func figures() async throws {
        let repository = try await Self.repository.value
        let pages = repository.artifacts(of: .markdown).map(\.path).filter {
            ["README.md", "SUBMISSION.md"].contains($0) || $0.parentPath == "docs"
        }
        var figures: [Figure] = []
        for page in pages {
            for line in repository.text(of: page)?.lines ?? [] {
                for match in line.matches(of: Self.quoted) {
                    let link = MarkdownPage(String(line)).links.first.flatMap { MarkdownLinks.Link($0, on: page).path }
                    if let counted = try Self.count(of: match.2, beside: link ?? "", in: repository) {
                        figures.append(Figure(quoted: Int(match.1), counted: counted, line: line))
                    }
                }
            }
        }
        #expect(!figures.isEmpty)
        for figure in figures { #expect(figure.quoted == figure.counted, "\(figure.line)") }
    }

    private static var quoted: Regex<(Substring, Substring, Substring)> {
        /(\d+) (runs of `terraform test`|runs|of which expect a refusal|resources|alerts|rows(?! of))/
    }

    /// What a figure with these words behind it counts, on a line that leads to a file or folder; `nil` where it was
    /// measured and not counted.
    private static func count(of words: Substring, beside link: String, in repository: Repository) throws -> Int? {
        func lines(_ start: String, in files: (String) -> Bool) -> Int {
            repository.artifacts.map(\.path).filter(files).flatMap { repository.text(of: $0)?.lines ?? [] }
                .count { $0.trimmingPrefix { $0 == " " }.hasPrefix(start) }
        }
        switch words {
        case "runs of `terraform test`": return lines("run \"") { $0.hasSuffix(".tftest.hcl") }
        case "runs" where link.hasSuffix(".tftest.hcl"): return lines("run \"") { $0 == link }
        case "of which expect a refusal": return lines("expect_failures") { $0 == link }
        case "resources" where link.isWithin("cloudformation"):
            return try YAMLTree(repository.bytes(of: link) ?? []).documents.first?["Resources"].entries.count
        case "alerts": return lines("- alert: ") { $0.isWithin(link) }
        case "rows": return lines("- {") { $0 == PermissionTable.path }
        default: return nil
        }
    }
}
