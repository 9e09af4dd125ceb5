import Foundation
import HarnessSupport

/// The results of the run's steps, from its journal.
struct ModelLifecycleVerification {
    private let journal: Journal

    private struct Journal: Decodable {
        struct Step: Decodable {
            let result: String
            let seconds: Double
            let figures: JSONValue
        }
        let seconds: Double
        let steps: [String: Step]
    }

    /// - Throws: `HarnessError` if the journal is unreadable.
    init(_ folder: String) throws {
        guard let data = FileManager.default.contents(atPath: folder.appendingPath("journal.json")),
            let journal = try? JSONDecoder().decode(Journal.self, from: data)
        else { throw HarnessError("the model platform's journal cannot be read", remedy: "make down, then make up") }
        self.journal = journal
    }

    func all() -> [Assertion] {
        let steps = [
            step(id: "first-version", "pipeline run, first version") { $0["champion"]?.string == "1" },
            step(id: "second-version", "pipeline run, second version") { $0["challenger"]?.string == "2" },
            step(id: "canary-promoted", "canary promoted") { $0["champion"]?.string == "2" && split($0) },
            step(id: "drift-injected", "drift injected") { ($0["sessions"]?.int ?? 0) >= 1_000 },
            step(id: "retraining-started", "alert, retraining started") { $0["challenger"]?.string == "3" },
            step(id: "retraining-once", "not started twice") { $0["versions"]?.int == 3 },
            step(id: "new-champion-serves", "new champion serving") { $0["champion"]?.string == "3" && split($0) },
            step(id: "gate-refuses-bad-model", "bad model refused by the gate") {
                $0["versions"]?.int == 3 && !$0["reasons"].items.isEmpty
            },
            step(id: "bad-canary-rolled-back", "bad canary rolled back") {
                $0["champion"]?.string == "3" && !$0["reasons"].items.isEmpty
            },
        ]
        let sum = journal.steps.values.map(\.seconds).reduce(0, +)
        let seen = String(format: "%.1f s of %.1f s", sum, journal.seconds)
        return steps + [
            Assertion(
                id: "step-times", "the steps add up to the run time, without the registry's start",
                sum <= journal.seconds,
                seen: seen)
        ]
    }

    /// Returns an assertion for a step with its seconds. A step without figures, after an interruption, does not pass.
    private func step(id: String, _ text: String, _ holds: (JSONValue) -> Bool) -> Assertion {
        let name = Assertion.Name(id: id, text)
        guard let step = journal.steps[text] else { return Assertion(name, false, seen: "not in the journal") }
        guard step.figures.object?.isEmpty == false else { return Assertion(name, skipped: step.result) }
        let seen = String(format: "%5.1f s  ", step.seconds) + step.result
        return Assertion(name, holds(step.figures), seen: seen)
    }

    /// Whether each share of the requests was within three percentage points of its weight.
    private func split(_ figures: JSONValue) -> Bool {
        guard let measured = figures["measured"]?.object, !measured.isEmpty else { return false }
        return measured.allSatisfy { asked, found in
            guard let asked = Double(asked), case .number(let found) = found else { return false }
            return abs(asked - found) <= 3
        }
    }
}
