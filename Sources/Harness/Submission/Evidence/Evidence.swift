import CheckCore
import Foundation

/// The proof level of each ask, computed from real runs: the content of `.harness/evidence.json`.
public struct Evidence: Codable, Sendable {
    public struct Item: Codable, Sendable {
        public let name: String
        /// The level that the proof supports.
        public let level: Int
        /// Source of the proof: a path from the repository's root, and the line.
        public let source: String?
        let line: Int?
        public let verdict: Verdict
        /// The last result, or the skip reason.
        public let reason: String
        /// Duration; `nil` if unknown.
        let seconds: Double?
        /// End time in UTC; `nil` for a check, whose result can come from the cache.
        let ended: String?
        /// The tests, breaks or assertions of the proof.
        let parts: [Part]

        init(_ proof: Proof, at place: KnownProofs.Place?, _ shown: Shown) {
            name = proof.name
            level = proof.level.number
            source = place?.path
            line = place?.line
            verdict = shown.verdict
            reason = shown.verdict == .skipped ? proof.mayBeSkipped ?? shown.reason : shown.reason
            seconds = shown.seconds
            ended = shown.ended
            parts = shown.parts
        }
    }

    struct Part: Codable, Sendable {
        let text: String
        let verdict: Verdict
        let seen: String
    }

    /// The last result of a proof.
    struct Shown {
        let verdict: Verdict
        let reason: String
        var seconds: Double?
        var ended: String?
        var parts: [Part] = []
    }

    public let id: String
    /// The ask, in our words.
    public let ask: String
    /// 0 missing, 1 written, 2 checked, 3 ran, 4 fails when broken.
    public let level: Int
    /// Files and folders, from the repository's root.
    public let artifacts: [String]
    public let proofs: [Item]
    let blocker: Catalogue.Blocker?
    /// The missing part.
    public let missing: String?
    /// Proofs that were skipped although the catalogue does not allow it.
    public let unexpectedSkips: [String]

    /// - Parameter judge: returns the last result of a proof of these artifacts.
    init(_ ask: Catalogue.Ask, hasArtifacts: Bool, judge: (Proof) -> Item) {
        let judged = ask.proofs.map { ($0, judge($0)) }
        id = ask.id
        self.ask = ask.text
        artifacts = ask.artifacts.map(\.path)
        proofs = judged.map(\.1)
        blocker = ask.blocker
        missing = ask.missing
        unexpectedSkips = judged.filter { $0.1.verdict == .skipped && $0.0.mayBeSkipped == nil }.map(\.1.name)
        let reached = Self.level(judged.map { ($0.0.level, $0.1.verdict) }, hasArtifacts: hasArtifacts)
        // A run with stub programs does not prove a skipped real run.
        let hasRun = judged.contains { $0.0.level == .ran && $0.1.verdict == .passed }
        level = ask.blocker == nil || hasRun ? reached : min(reached, Proof.Level.checked.number)
    }

    /// Returns the highest level whose proofs, and those of all lower levels, hold. A skipped proof does not hold.
    static func level(_ proofs: [(Proof.Level, Verdict)], hasArtifacts: Bool) -> Int {
        guard hasArtifacts else { return 0 }
        var level = 1
        for step in Proof.Level.allCases {
            let verdicts = proofs.filter { $0.0 == step }.map(\.1)
            if verdicts.contains(where: { $0 != .passed }) { return level }
            if !verdicts.isEmpty { level = step.number }
        }
        return level
    }
}
