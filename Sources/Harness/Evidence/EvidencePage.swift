import Foundation

/// Every ask with its level, what answers it and what showed that, as one page for a browser.
struct EvidencePage: HTMLPage {
    let evidence: [Evidence]
    let checks: Report
    let mutants: MutationReport?

    static let levels = ["missing", "written", "checked", "ran", "seen to fail when broken"]

    private static let exercises: KeyValuePairs = [
        "A": "Workstations and two applications", "B": "Infrastructure by CloudFormation, scripts and Terraform",
        "C": "Kubernetes for machine learning", "D": "MLOps platform", "E": "Claims model by Azure DevOps",
        "X": "The repository itself",
    ]

    func render() throws -> String {
        let asks = Self.exercises.map { letter, title in
            "<h2>\(letter). \(escaped(title))</h2>\n"
                + evidence.filter { $0.id.hasPrefix(letter) }.map(details).joined()
        }.joined()
        return try page(
            title: "What was asked, and what was shown",
            header: """
                <h1>What was asked, and what was shown</h1>
                <p class="faint">\(evidence.count) asks. An ask reaches a level where all of its proofs up to it hold; what \
                was skipped proves nothing.</p>
                <ul class="counts">
                \(counts)</ul>
                """,
            main: asks + mutation + times)
    }

    private var counts: String {
        Self.levels.enumerated().reversed().map { level, meaning in
            let count = evidence.count { $0.level == level }
            return "<li><b class=\"\(Self.colour(level))\">\(count)</b> \(level) \(meaning)</li>\n"
        }.joined()
    }

    private static func colour(_ level: Int) -> String { level >= 3 ? "passed" : level == 2 ? "skipped" : "failed" }

    // MARK: An ask

    private func details(_ item: Evidence) -> String {
        let level = "\(item.level) \(Self.levels[item.level])"
        var text = """
            <details>
            <summary><span class="id">\(escaped(item.id))</span><span class="ask">\(prose(item.ask))</span>\
            <span class="\(Self.colour(item.level))">\(level)</span></summary>
            <p>\(item.artifacts.map(link).joined(separator: ", "))</p>

            """
        if !item.proofs.isEmpty { text += "<table>\n\(item.proofs.map(row).joined())</table>\n" }
        if let blocker = item.blocker {
            text += """
                <p><b>Blocked:</b> \(prose(blocker.reason)). <b>Tried:</b> \(prose(blocker.tried)). \
                <b>The way around:</b> \(prose(blocker.around)).</p>

                """
        }
        if let missing = item.missing { text += "<p><b>Not there yet:</b> \(prose(missing)).</p>\n" }
        return text + "</details>\n"
    }

    /// The page lies in `.harness/`, one folder below the repository's root.
    private func link(_ path: String) -> String {
        "<a href=\"../\(escaped(path))\"><code>\(escaped(path))</code></a>"
    }

    private func row(_ proof: Evidence.Item) -> String {
        """
        <tr><td class="\(proof.verdict.rawValue)">\(proof.verdict.rawValue)<td>\(prose(proof.name))\
        <td class="faint">\(prose(proof.reason))

        """
    }

    /// Escaped, and what stands in backticks as code.
    private func prose(_ text: String) -> String {
        escaped(text).replacing(/`([^`]+)`/) { "<code>\($0.1)</code>" }
    }

    // MARK: Mutants

    private var mutation: String {
        guard let mutants, mutants.total > 0 else { return "" }
        let rows = mutants.byKind.sorted { $0.key < $1.key }.filter { $0.value.total > 0 }.map { kind, count in
            """
            <tr><td>\(escaped(kind))<td class="number">\(count.killed) of \(count.total)\
            <td class="number">\(String(format: "%.0f %%", count.share * 100))\
            <td><meter min="0" max="1" low="0.9" high="0.95" optimum="1" value="\(count.share)"></meter>

            """
        }
        return """
            <h2>Broken on purpose</h2>
            <p>\(mutants.killed) of \(mutants.total) mutants were noticed, drawn with the seed \(mutants.seed) from \
            \(mutants.possible).</p>
            <table>
            <tr><th>Kind<th class="number">Noticed<th class="number">Share<th>
            \(rows.joined())</table>

            """
    }

    // MARK: Time

    /// The checks that took longest, each over all that it judged; what came from the cache counts as when it ran.
    private var times: String {
        let sums = Dictionary(grouping: checks.outcomes, by: \.check).mapValues { $0.map(\.seconds).reduce(0, +) }
        let longest = sums.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12)
        guard let most = longest.first?.value, most > 0 else { return "" }
        let rows = longest.map { check, seconds in
            """
            <tr><td>\(escaped(check))<td class="number">\(String(format: "%.1f s", seconds))\
            <td><meter min="0" max="\(most)" value="\(seconds)"></meter>

            """
        }
        return "<h2>Where the checks' time goes</h2>\n<table>\n\(rows.joined())</table>\n"
    }
}
