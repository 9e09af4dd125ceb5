import CheckCore
import DocumentModels
import Foundation
import HarnessSupport

/// Checks that relative links point to a file, and fragments to a heading or anchor in it. Ignores external addresses.
package struct MarkdownLinks: Check {
    package let name = "markdown-links"
    package let summary = "relative links and anchors in Markdown exist"

    package func subjects(in repository: Repository) -> [Subject] {
        let site = ["mkdocs.yml"].filter(repository.contains)
        return repository.artifacts(of: .markdown).map { page in
            let links = repository.markdownPages[page.path]?.links ?? []
            let places = [page.path, Self.sitePage(page.path)]
            let targets = Set(links.flatMap { link in places.compactMap { Link(link, on: $0).path } })
                .subtracting([page.path])
            return Subject(path: page.path, inputs: [page.path] + targets.sorted() + site)
        }
    }

    package func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let pages = context.repository.markdownPages
        let isSite = context.repository.contains("mkdocs.yml")
        var findings: [Finding] = []
        for subject in subjects {
            for reference in pages[subject.path]?.links ?? [] {
                let link = Link(reference, on: subject.path)
                func report(_ rule: String, _ message: String) {
                    findings.append(
                        Finding(rule: "\(name)/\(rule)", path: subject.path, line: reference.line, message: message))
                }
                guard let path = link.path else {
                    if link.leavesRepository { report("outside", "`\(reference.target)` is outside the repository") }
                    continue
                }
                guard
                    Self.isThere(path, in: context.repository)
                        || isSite && reference.isHTML
                            && Link(reference, on: Self.sitePage(subject.path)).path.map({
                                Self.isThere($0, in: context.repository)
                            }) == true
                else {
                    report("missing-file", "`\(reference.target)` does not exist")
                    continue
                }
                if let fragment = link.fragment, let page = pages[path], !page.anchors.contains(fragment),
                    !isSite || !page.anchors.contains(where: { Self.siteAnchor($0) == fragment })
                {
                    report("missing-anchor", "\(path) has no heading or anchor `#\(fragment)`")
                }
            }
        }
        return findings
    }

    private static func isThere(_ path: String, in repository: Repository) -> Bool {
        repository.contains(path) || repository.containsFolder(path)
    }

    /// The path under which MkDocs serves a page: `a/b.md` becomes `a/b/`, which HTML links are relative to.
    private static func sitePage(_ path: String) -> String {
        path.lastPathPart == "index.md" || !path.hasSuffix(".md") ? path : "\(path.dropLast(3))/index.md"
    }

    /// Converts GitHub's anchor of a heading to that of MkDocs.
    private static func siteAnchor(_ anchor: String) -> String {
        anchor.split(separator: "-").joined(separator: "-")
    }

    /// The target of a link, relative to its page.
    package struct Link {
        package var path: String?
        var fragment: String?
        var leavesRepository = false

        package init(_ reference: MarkdownPage.Reference, on page: String) {
            let target = reference.target.removingPercentEncoding ?? reference.target
            // `{{` is a template expression; `#:~:text=` is a text fragment, not an anchor.
            guard !target.isEmpty, !target.contains("://"), !target.contains("{{"), !target.contains("#:~:"),
                !target.hasPrefix("//"), !Self.hasScheme(target)
            else {
                return
            }
            let parts = target.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            let file = parts[0].prefix { $0 != "?" }
            fragment = parts.count > 1 && !parts[1].isEmpty ? String(parts[1]) : nil
            if file.isEmpty {
                path = page
            } else {
                path =
                    file.hasPrefix("/")
                    ? String(file).normalizedPath : page.parentPath.appendingPath(String(file)).normalizedPath
                leavesRepository = path == nil
            }
        }

        private static func hasScheme(_ target: String) -> Bool {
            guard let colon = target.firstIndex(of: ":") else { return false }
            return target[..<colon].allSatisfy { $0.isLetter || $0.isNumber || "+-.".contains($0) }
        }
    }

    package var explanations: [String: String] {
        [
            "missing-anchor":
                "The link points to a heading that does not exist.",
            "missing-file":
                "The link points to a file that does not exist.",
            "outside":
                "The link points to a path outside the repository.",
        ]
    }

    package var examples: [Example] {
        [
            .sound(
                "a link to a file and to a heading",
                [
                    "README.md": "# A b!\n\n[self](#a-b) [other](docs/x.md#one) ![p](p.png)\n",
                    "docs/x.md": "One\n===\n", "p.png": "x",
                ]),
            .sound("links in code are no links", ["README.md": "`[a](b)`\n\n```\n[a](b)\n```\n"]),
            .sound(
                "a picture, seen from where MkDocs puts the page",
                ["mkdocs.yml": "site_name: a\n", "docs/a.md": "<img src=\"../p.png\">\n", "docs/p.png": "x"]),
            .broken(
                "the same without MkDocs", ["docs/a.md": "<img src=\"../p.png\">\n", "docs/p.png": "x"],
                triggers: "missing-file"),
            .broken("a file that is not there", ["README.md": "[a](b.md)\n"], triggers: "missing-file"),
            .broken(
                "a reference that leads nowhere", ["README.md": "[a][x]\n\n[x]: ./b.md \"title\"\n"],
                triggers: "missing-file"),
            .broken("a heading that is not there", ["README.md": "# A\n\n[a](#b)\n"], triggers: "missing-anchor"),
            .broken("a way out of the repository", ["README.md": "[a](../../b.md)\n"], triggers: "outside"),
        ]
    }
}
