import CheckCore
import DocumentModels
import HarnessSupport
import ToolChecks

/// `SUBMISSION.md` and the pages in `docs/` name every file of the repository: by a link to it, or by a row of a table
/// that begins with a link to its folder. A top folder is too much for one row.
///
/// Only a repository that has both that page and a catalogue of asks promises this.
struct SubmissionPages: Check {
    let name = "submission"
    let summary = "SUBMISSION.md and its pages name every file"

    private static let page = "SUBMISSION.md"

    func subjects(in repository: Repository) -> [Subject] {
        guard repository.contains(Self.page), repository.contains(Catalogue.file) else { return [] }
        // File content does not matter, so only unlisted files are read.
        return [Subject(path: Self.page, inputs: Self.pages(in: repository) + Self.unnamed(in: repository))]
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        guard !subjects.isEmpty else { return [] }
        let byFolder = Dictionary(grouping: Self.unnamed(in: context.repository), by: \.parentPath)
        return byFolder.values.sorted { $0[0] < $1[0] }.map { files in
            Finding(
                rule: "\(name)/unnamed", path: Self.page,
                message: "no page names \(files[0])" + (files.count > 1 ? " and \(files.count - 1) beside it" : ""),
                remedy: "add a row with a link to \(Self.page) or to a page in docs/")
        }
    }

    private static func pages(in repository: Repository) -> [String] {
        [page] + repository.artifacts(of: .markdown).map(\.path).filter { $0.parentPath == "docs" }
    }

    private static func unnamed(in repository: Repository) -> [String] {
        var files: Set<String> = [page]
        var folders: Set<String> = []
        for path in pages(in: repository) {
            let lines = (repository.text(of: path) ?? "").lines
            for reference in repository.markdownPages[path]?.links ?? [] {
                guard let target = MarkdownLinks.Link(reference, on: path).path else { continue }
                files.insert(target)
                let row = lines[reference.line - 1]
                guard row.hasPrefix("|"), let cell = row.split(separator: "|").first,
                    cell.contains("](\(reference.target))")
                else { continue }
                // A folder's README represents the folder, unless the row is about the README.
                let isFolder = target.lastPathPart == "README.md" && !cell.contains("[README.md]")
                let folder = isFolder ? target.parentPath : target
                if folder.contains("/") { folders.insert(folder) }
            }
        }
        return repository.artifacts.map(\.path).filter { file in
            guard !files.contains(file) else { return false }
            var folder = file.parentPath
            while !folder.isEmpty {
                if folders.contains(folder) { return false }
                folder = folder.parentPath
            }
            return true
        }
    }

    var examples: [Example] {
        func files(_ rows: String, more: [String: String] = [:]) -> [String: String] {
            [
                "SUBMISSION.md": "[pages](docs/a.md), [asks](requirements.yaml)\n",
                "docs/a.md": "# A\n\n| File | What it does |\n|---|---|\n\(rows)", "requirements.yaml": "asks: []\n",
                "scripts/lib/a.sh": "true\n", "scripts/lib/README.md": "# lib\n",
            ].merging(more) { $1 }
        }
        let both = "| [a.sh](../scripts/lib/a.sh), [README.md](../scripts/lib/README.md) | nothing |\n"
        return [
            .sound("a row for each file", files(both)),
            .sound("a row for the folder", files("| [lib](../scripts/lib) | nothing |\n")),
            .sound("a folder by its README", files("| [lib](../scripts/lib/README.md) | nothing |\n")),
            .sound("a repository without such a page", ["a.sh": "true\n"]),
            .sound("somebody else's SUBMISSION.md", ["SUBMISSION.md": "# Ours\n", "a.sh": "true\n"]),
            .broken("a file that no page names", files(both, more: ["b.sh": "true\n"]), triggers: "unnamed"),
            .broken(
                "a row about the README alone", files("| [README.md](../scripts/lib/README.md) | how to |\n"),
                triggers: "unnamed"),
            .broken(
                "a folder in a sentence", files("\nThere is [lib](../scripts/lib/README.md).\n"), triggers: "unnamed"),
            .broken(
                "a top folder in one row", files("| [scripts](../scripts) | everything |\n"), triggers: "unnamed"),
        ]
    }
}
