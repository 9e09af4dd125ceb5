import CheckCore
import HarnessSupport
import KubernetesModel
import MutationTesting
import Reporting

/// Skipped proofs with reasons, and the sources of the page.
extension EvidencePage {
    /// Lists each reason once, with the number of skipped proofs.
    var skipped: String {
        var rows: [[String]] = []
        func add(_ kind: String, _ items: [(what: String, reason: String)]) {
            for (reason, items) in Dictionary(grouping: items, by: \.reason).sorted(by: { $0.key < $1.key }) {
                let names = Set(items.map(\.what)).sorted()
                let list = names.prefix(5).map(prose).joined(separator: "<br>")
                let rest = names.count > 5 ? "<br>and \(names.count - 5) more" : ""
                rows.append(["<span class=\"faint\">\(kind)</span><br>\(list)\(rest)", prose(reason)])
            }
        }
        add(
            "check",
            collector.checks.outcomes.filter { $0.verdict == .skipped }.map {
                ("\($0.check): \($0.subject.shownPath)", $0.skipped ?? "")
            })
        add(
            "test",
            (collector.tests?.all ?? []).filter { $0.test.verdict == .skipped }.map {
                ("\($0.suite) \($0.test.name)", $0.test.reason)
            })
        for (component, claims) in (collector.lastUp?.components ?? [:]).sorted(by: { $0.key < $1.key }) {
            add("stack", claims.filter { $0.verdict == .skipped }.map { ("\(component): \($0.text)", $0.seen) })
        }
        add(
            "mutant",
            (collector.mutants?.survivors ?? []).compactMap { survivor in
                survivor.skipped.map { ("\(survivor.mutant.mutation) in \(survivor.mutant.path)", $0) }
            })
        add("table", clusters.skipped.map { ("`harness \($0.verb)`", $0.reason) })
        let proofs = evidence.flatMap(\.proofs).count { $0.verdict == .skipped }
        let sum = proofs == 0 ? "No proof was skipped." : "\(proofs) proofs count as skipped."
        guard !rows.isEmpty else { return "<p>\(sum) All checks could run.</p>\n" }
        return "<p>\(sum) A skip is not a pass. The reasons:</p>\n"
            + table("Skipped, with reasons", head: ["Skipped", "Reason"], rows)
    }

    /// The sources of the page.
    var records: String {
        var items = ["The checks: \(collector.checks.outcomes.count) results in \(seconds(collector.checks.seconds))."]
        if let tests = collector.tests?.all {
            let verdicts = tests.map(\.test.verdict)
            let counts = [Verdict.passed, .failed, .skipped].map { verdict in
                "\(verdicts.count { $0 == verdict }) \(verdict.rawValue)"
            }
            let ended = tests.compactMap(\.test.ended).max()?.ISO8601Format()
            items.append("The tests: \(counts.joined(separator: ", "))\(ended.map { ", ended \(time($0))" } ?? "").")
        }
        if let up = collector.lastUp {
            let ended = up.runs?.values.map(\.ended).max()
            items.append(
                "The stack: \(up.components.count) components verified"
                    + "\(ended.map { ", the last \(time($0))" } ?? "").")
        }
        if let mutants = collector.mutants { items.append("The mutants: \(mutants.total) run.") }
        return "<p>Sources of this page:</p>\n<ul>\n" + items.map { "<li>\($0)\n" }.joined() + "</ul>"
    }
}
