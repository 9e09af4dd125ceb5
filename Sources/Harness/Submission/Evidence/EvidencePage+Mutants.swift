import Foundation
import MutationTesting
import Reporting
import Tooling

/// The results of the mutants, and the share that each tool alone detects.
extension EvidencePage {
    var mutation: String {
        guard let mutants = collector.mutants, mutants.total > 0 else {
            return "<p>No mutation run on this machine; <code>make mutate</code> starts one.</p>\n"
        }
        let kinds = mutants.byKind.sorted { $0.key < $1.key }.filter { $0.value.total > 0 }
        let rows = kinds.map { kind, count in
            [
                escaped(kind), "\(count.killed) of \(count.total)", percent(count.share),
                bar(count.share, count.share >= 0.9 ? "good" : "bad"), "\(count.skipped)", "\(count.equivalent)",
            ]
        }
        let share = Double(mutants.killed) / Double(mutants.total)
        let later = mutants.killedAgain.map {
            " \($0) of them only when tried again, with checks or tests added since."
        }
        return """
            <p>Each mutant is one realistic mistake at one place of a copy. The checks noticed \
            <b>\(mutants.killed) of \(mutants.total)</b> (\(percent(share))), drawn with the seed \(mutants.seed) from \
            \(mutants.possible); the aim is 95 %, and 90 % of each kind. Skipped counts as not noticed.\(later ?? "")</p>

            """
                + table(
                    "Mutants by kind", head: ["Kind", "Noticed", "Share", "", "Skipped", "Equivalent (not counted)"],
                    numbers: [1, 2, 4, 5], rows) + tools(kinds.map(\.key), mutants) + survivors(mutants)
    }

    /// The same mutants given to well-known tools one by one.
    private func tools(_ kinds: [String], _ mutants: MutationReport) -> String {
        let tools = collector.toolCatches.sorted { ($1.caught, $0.tool) < ($0.caught, $1.tool) }
        guard !tools.isEmpty else { return "" }
        func cell(_ caught: Int, _ total: Int) -> String { total == 0 ? "–" : "\(caught) of \(total)" }
        let rows = tools.map { tool in
            [escaped(tool.tool), cell(tool.caught, tool.total), bar(tool.share)]
                + kinds.map { kind in tool.byKind[kind].map { cell($0.caught, $0.total) } ?? "–" }
        }
        let all =
            ["<b>harness check</b>", "<b>\(cell(mutants.killed, mutants.total))</b>"]
            + [bar(Double(mutants.killed) / Double(mutants.total), "good")]
            + kinds.map { kind in mutants.byKind[kind].map { cell($0.killed, $0.total) } ?? "–" }
        let numbers = Set([1] + kinds.indices.map { $0 + 3 })
        return "<h3>Mutants detected by each tool alone</h3>\n"
            + table(
                "Mutants detected by each tool alone", head: ["Tool", "Detected", ""] + kinds.map(escaped),
                numbers: numbers,
                [all] + rows)
    }

    private func survivors(_ mutants: MutationReport) -> String {
        guard !mutants.survivors.isEmpty else { return "" }
        let items = mutants.survivors.map { survivor in
            let mutant = survivor.mutant
            return """
                <li>\(link(mutant.path, "<code>\(escaped(mutant.path)):\(mutant.line)</code>")) \
                \(escaped(mutant.mutation))
                <pre>- \(escaped(mutant.before))\n+ \(escaped(mutant.after ?? ""))</pre>
                <p class="faint">\(prose(survivor.skipped.map { "skipped: \($0)" } ?? survivor.caughtBy))</p>

                """
        }
        return """
            <details>
            <summary><span class="ask">\(mutants.survivors.count) that were not noticed, and what would catch \
            them</span></summary>
            <ul>
            \(items.joined())</ul>
            </details>

            """
    }

    private func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
}

/// The mutants that one tool detects: an entry of `tools` in `.harness/mutants.json`.
struct ToolCatches: Decodable {
    struct Count: Decodable { let total, caught: Int }

    let tool: String
    let byKind: [String: Count]
    let total, caught: Int

    var share: Double { total == 0 ? 0 : Double(caught) / Double(total) }

    private struct File: Decodable { let tools: [ToolCatches]? }

    static func read(_ home: HarnessHome) -> [ToolCatches] {
        let bytes = FileManager.default.contents(atPath: MutationReport.path(in: home))
        return bytes.flatMap { try? JSONDecoder().decode(File.self, from: $0) }?.tools ?? []
    }
}
