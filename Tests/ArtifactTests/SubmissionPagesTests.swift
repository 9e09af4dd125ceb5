import Foundation
import TestSupport
import Testing

@testable import Harness

@Suite("The submission's pages")
struct SubmissionPagesTests {
    private static let repository = Task { try await Discovery.repository(at: Project.root) }

    @Test("list each suppression, as often as it occurs, and none that there is not")
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
        #expect(!comments.isEmpty && rows == comments)
        #expect(page.contains("There are \(comments.values.reduce(0, +));"))
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
                let link = MarkdownPage(String(line)).links.first.flatMap { MarkdownLinks.Link($0, on: page).path }
                for (pattern, count) in try Self.counts(beside: link ?? "", in: repository) {
                    for match in line.matches(of: pattern) {
                        figures.append(Figure(quoted: Int(match.1), counted: count, line: line))
                    }
                }
            }
        }
        #expect(figures.count > 15)
        for figure in figures { #expect(figure.quoted == figure.counted, "\(figure.line)") }
    }

    /// What a figure counts by the words behind it, on a line that leads to a file or folder.
    private static func counts(beside link: String, in repository: Repository) throws
        -> [(Regex<(Substring, Substring)>, Int)]
    {
        func count(_ start: String, _ files: (String) -> Bool) -> Int {
            repository.artifacts.map(\.path).filter(files).flatMap { repository.text(of: $0)?.lines ?? [] }
                .count { $0.trimmingPrefix { $0 == " " }.hasPrefix(start) }
        }
        if link.hasSuffix(".tftest.hcl") {
            return [
                (/(\d+) runs/, count("run \"") { $0 == link }),
                (/(\d+) of which expect a refusal/, count("expect_failures") { $0 == link }),
            ]
        }
        if link.isWithin("cloudformation"), link.pathExtension == "yaml" {
            let template = try YAMLTree(repository.bytes(of: link) ?? []).documents.first
            return [(/(\d+) resources/, template?["Resources"].entries.count ?? 0)]
        }
        if link == "k8s/observability/rules" {
            return [(/(\d+) alerts/, count("- alert: ") { $0.isWithin(link) })]
        }
        return [
            (/(\d+) runs of `terraform test`/, count("run \"") { $0.hasSuffix(".tftest.hcl") }),
            (/(?:in|then) (\d+) rows/, count("- {") { $0 == PermissionTable.path }),
        ]
    }
}
