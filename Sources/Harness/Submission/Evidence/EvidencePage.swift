import CheckCore
import Foundation
import KubernetesModel
import Reporting

/// Every ask with its level, artifacts and proofs, as one HTML page.
struct EvidencePage: HTMLPage {
    let evidence: [Evidence]
    let collector: EvidenceCollector
    let clusters: ClusterOverview

    private static let levels = ["missing", "written", "checked", "ran", "fails when broken"]

    private static let exercises: KeyValuePairs = [
        "A": "Workstations and two applications", "B": "Infrastructure by CloudFormation, scripts and Terraform",
        "C": "Kubernetes for machine learning", "D": "MLOps platform", "E": "Claims model by Azure DevOps",
        "X": "The repository itself",
    ]

    init(evidence: [Evidence], from collector: EvidenceCollector, clusters: ClusterOverview) {
        self.evidence = evidence
        self.collector = collector
        self.clusters = clusters
    }

    func render() throws -> String {
        let sections = [
            ("asks", "Every ask", asks), ("skipped", "Skipped", skipped), ("mutants", "Mutation tests", mutation),
            ("stack", "The stack", stack), ("access", "Access", access),
            ("reach", "Reachability", reach), ("schedule", "Pod placement", schedule),
            ("cost", "Cost", cost), ("times", "Run times", times),
        ]
        let links = sections.map { "<li><a href=\"#\($0.0)\">\($0.1)</a>\n" }.joined()
        return try page(
            title: "Asks and proofs",
            header: """
                <h1>Asks and proofs</h1>
                <p class="lead">Five exercises with \(evidence.count) asks. Each ask has a level, computed from real runs: an \
                ask reaches a level if all its proofs up to that level hold. A skipped proof proves nothing.</p>
                \(warning)\(distribution)\(map)
                """,
            navigation: "<nav aria-label=\"Sections\">\n<ul>\n\(links)</ul>\n</nav>\n",
            main: sections.map { id, title, text in
                "<section id=\"\(id)\">\n<h2>\(title)</h2>\n\(text)</section>\n"
            }.joined()
                + """
                <footer class="faint">\(records)
                <p>Links to files work in the repository whose <code>.harness</code> folder holds this page.</p></footer>

                """)
    }

    // MARK: All asks at a glance

    private var warning: String {
        let failed = evidence.flatMap { item in
            item.proofs.filter { $0.verdict == .failed }.map { proof in
                "<a href=\"#\(escaped(item.id))\">\(escaped(item.id))</a> \(prose(proof.name)): \(prose(proof.reason))"
            }
        }
        return note("<b class=\"failed\">Failed</b> when it last ran:", failed)
            + note(
                "<b class=\"skipped\">Levels are lower than they may be.</b> Missing records:",
                collector.absent.map(prose))
    }

    private func note(_ text: String, _ items: [String]) -> String {
        guard !items.isEmpty else { return "" }
        return """
            <div class="note" role="note">
            <p>\(text)</p>
            <ul>
            \(items.map { "<li>\($0)\n" }.joined())</ul>
            </div>

            """
    }

    private var distribution: String {
        let counts = Self.levels.indices.map { level in evidence.count { $0.level == level } }
        var left = 0.0
        let total = Double(max(1, evidence.count))
        let parts = counts.enumerated().reversed().map { level, count in
            let width = Double(count) / total * 100
            defer { left += width }
            return String(format: "<rect class=\"l%d\" x=\"%.2f\" width=\"%.2f\" height=\"1\"/>", level, left, width)
        }
        let lines = counts.enumerated().reversed().map { level, count in
            """
            <li>\(pill(level)) <b>\(count)</b> \(count == 1 ? "ask" : "asks") \
            <span class="faint">\(Self.levels[level])</span>

            """
        }
        return """
            <svg class="levels" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">\(parts.joined())</svg>
            <ul class="legend">
            \(lines.joined())</ul>

            """
    }

    private var map: String {
        let rows = Self.exercises.map { letter, title in
            let cells = evidence.filter { $0.id.hasPrefix(letter) }.map { item in
                """
                <a class="chip l\(item.level)" href="#\(escaped(item.id))" \
                aria-label="\(escaped(item.id)), level \(item.level)">\(escaped(item.id))</a>

                """
            }
            return
                "<li><span class=\"name\">\(escaped(title))</span> <span class=\"chips\">\n\(cells.joined())</span>\n"
        }
        return "<ul class=\"map\">\n\(rows.joined())</ul>"
    }

    private func pill(_ level: Int) -> String { "<span class=\"pill l\(level)\">level \(level)</span>" }

    // MARK: An ask

    private var asks: String {
        Self.exercises.map { letter, title in
            "<h3>\(letter). \(escaped(title))</h3>\n"
                + evidence.filter { $0.id.hasPrefix(letter) }.map(details).joined()
        }.joined()
    }

    /// The anchor is inside the element, so that a link to it opens the element.
    private func details(_ item: Evidence) -> String {
        let id = escaped(item.id)
        var text = """
            <details>
            <summary><span class="id">\(id)</span><span class="ask">\(prose(item.ask))</span>\
            <span class="level">\(pill(item.level)) <span class="faint">\(Self.levels[item.level])</span></span></summary>
            <div class="answer" id="\(id)">
            <p>Answered by \(item.artifacts.map { link($0) }.joined(separator: ", ")).</p>

            """
        if !item.proofs.isEmpty {
            text += table(
                "Proofs of \(item.id)", head: ["For level", "Verdict", "Proof", "Last output", "Time"], numbers: [4],
                item.proofs.map(row))
        }
        if let blocker = item.blocker {
            text += """
                <p><b>Blocked:</b> \(prose(blocker.reason)). <b>Tried:</b> \(prose(blocker.tried)). \
                <b>The way around:</b> \(prose(blocker.around)).</p>

                """
        }
        if let missing = item.missing { text += "<p><b>Missing:</b> \(prose(missing)).</p>\n" }
        return text + "</div>\n</details>\n"
    }

    private func row(_ proof: Evidence.Item) -> [String] {
        var output = prose(proof.reason)
        if proof.parts.count > 1 {
            let parts = proof.parts.map { part in
                "<li>\(verdict(part.verdict)) \(prose(part.text)) <span class=\"faint\">\(prose(part.seen))</span>\n"
            }
            output = "<details><summary>\(output)</summary>\n<ul>\n\(parts.joined())</ul></details>"
        }
        return [
            "\(proof.level) \(Self.levels[proof.level])", verdict(proof.verdict),
            name(of: proof), output,
            [proof.seconds.map(seconds), proof.ended.map { "<span class=\"faint\">\(time($0))</span>" }]
                .compactMap(\.self).joined(separator: "<br>"),
        ]
    }

    /// Links to the source line of the proof.
    private func name(of proof: Evidence.Item) -> String {
        guard let source = proof.source, let line = proof.line else { return prose(proof.name) }
        return link("\(source)#L\(line)", prose(proof.name))
            + "<br><span class=\"faint\">\(escaped(source.lastPathPart)):\(line)</span>"
    }

    func verdict(_ verdict: Verdict) -> String { "<span class=\"\(verdict.rawValue)\">\(verdict.rawValue)</span>" }

    /// The page lies in `.harness/`, one folder below the repository's root.
    func link(_ path: String, _ text: String? = nil) -> String {
        "<a href=\"../\(escaped(path))\">\(text ?? "<code>\(escaped(path))</code>")</a>"
    }

    /// `2026-01-31T12:00:00Z` as people read it.
    func time(_ stamp: String) -> String {
        let text = String(stamp.prefix(16)).replacing("T", with: " ") + " UTC"
        return "<time datetime=\"\(escaped(stamp))\">\(escaped(text))</time>"
    }
}
