import CheckCore
import HarnessSupport

/// A figure in a page that names its source is in that source: `**1,225** <!-- from bench/README.md -->`.
///
/// So a slide with an old figure fails after a new measurement.
struct FigureSources: Check {
    let name = "figure-source"
    let summary = "figures that name a source are in that source"

    private struct Figure {
        let text: String
        let source: String
        let line: Int
    }

    private func figures(_ text: String) -> [Figure] {
        text.lines.enumerated().flatMap { index, line -> [Figure] in
            // The expression alone takes half a second for all pages.
            guard line.contains("<!-- from ") else { return [] }
            return line.matches(of: /\*\*([^*]+)\*\*\s*<!-- from (\S+) -->/).map {
                Figure(text: String($0.1), source: String($0.2), line: index + 1)
            }
        }
    }

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .markdown).compactMap { page in
            let figures = figures(repository.text(of: page.path) ?? "")
            return figures.isEmpty
                ? nil : Subject(path: page.path, inputs: [page.path] + Set(figures.map(\.source)).sorted())
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            figures(context.repository.text(of: subject.path) ?? "").compactMap { figure -> Finding? in
                guard let source = context.repository.text(of: figure.source) else {
                    return Finding(
                        rule: "\(name)/missing", path: subject.path, line: figure.line,
                        message: "source \(figure.source) not found")
                }
                if source.contains(figure.text) { return nil }
                return Finding(
                    rule: "\(name)/differs", path: subject.path, line: figure.line,
                    message: "'\(figure.text)' is not in \(figure.source)")
            }
        }
    }

    var examples: [Example] {
        [
            .sound("a figure of its source", ["a.md": "**12 s** <!-- from b.md -->\n", "b.md": "It takes 12 s.\n"]),
            .broken(
                "a figure that was taken again", ["a.md": "**12 s** <!-- from b.md -->\n", "b.md": "It takes 14 s.\n"],
                triggers: "differs"),
            .broken("a source that does not exist", ["a.md": "**12 s** <!-- from b.md -->\n"], triggers: "missing"),
        ]
    }
}
