import CheckCore
import Reporting

/// The longest run times, as bars.
extension EvidencePage {
    var times: String {
        let outcomes = collector.checks.outcomes
        let checks = Dictionary(grouping: outcomes, by: \.check).mapValues { $0.map(\.seconds).reduce(0, +) }
        let suites = Dictionary(grouping: collector.tests?.all ?? [], by: \.suite)
            .mapValues { $0.compactMap(\.test.seconds).reduce(0, +) }
        return chart(
            "The stack's components", (collector.lastUp?.runs ?? [:]).mapValues(\.seconds),
            "From start to end of verification; many components run in parallel.")
            + chart("The checks", checks, "Over all subjects; what came from the cache counts as when it ran.")
            + chart("Test suites", suites, "Sum of the tests' times; many run in parallel.")
    }

    /// The twelve longest run times.
    private func chart(_ title: String, _ times: [String: Double], _ meaning: String) -> String {
        let longest = times.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(12)
        guard let most = longest.first?.value, most > 0 else { return "" }
        let rows = longest.map { name, time in [prose(name), seconds(time), bar(time / most)] }
        return "<h3>\(title)</h3>\n<p class=\"faint\">\(meaning)</p>\n"
            + table(title, head: ["", "Took", ""], numbers: [1], rows)
    }
}
