import CheckCore
import Foundation

/// How far each ask is proved by what really ran: the content of `.harness/evidence.json`.
public struct Evidence: Codable, Sendable {
    public struct Item: Codable, Sendable {
        public let name: String
        /// The level that it stands for.
        public let level: Int
        /// Where it is written: a file from the repository's root, and the line.
        public let source: String?
        let line: Int?
        public let verdict: Verdict
        /// What was seen last, or why nothing was.
        public let reason: String
        /// How long it took; `nil` where nothing says so.
        let seconds: Double?
        /// When it ended, in UTC; the result of a check can come from the cache and has no such time.
        let ended: String?
        /// Tests, breaks or assertions that it consists of.
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

    /// What was seen when a proof last ran.
    struct Shown {
        let verdict: Verdict
        let reason: String
        var seconds: Double?
        var ended: String?
        var parts: [Part] = []
    }

    public let id: String
    /// What is asked, in our words.
    public let ask: String
    /// 0 missing, 1 written, 2 checked, 3 ran, 4 seen to fail where it is broken.
    public let level: Int
    /// Files and folders, from the repository's root.
    public let artifacts: [String]
    public let proofs: [Item]
    let blocker: Catalogue.Blocker?
    /// What is not there yet.
    public let missing: String?
    /// Skipped, and the catalogue does not say that it may be.
    public let unexpectedSkips: [String]

    /// - Parameter judge: what is known of a proof of these artifacts.
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
        // What was kept from running is not shown by scripts whose programs only note their calls.
        let hasRun = judged.contains { $0.0.level == .ran && $0.1.verdict == .passed }
        level = ask.blocker == nil || hasRun ? reached : min(reached, Proof.Level.checked.number)
    }

    /// The highest level such that it and each below it that has proofs hold. A skipped proof holds nothing.
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
