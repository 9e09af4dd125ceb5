/// The results of a run of the checks.
public struct Report: Sendable {
    public let root: String
    /// Sorted by check and subject.
    public let outcomes: [Outcome]
    /// Findings that a comment suppresses with a reason.
    public let suppressed: Int
    public let seconds: Double
    /// The summaries of the checks, by name.
    public var summaries: [String: String] = [:]
    /// The checks that ran, for the explanations of their rules.
    package var checks: [any Check] = []

    package init(
        root: String, outcomes: [Outcome], suppressed: Int, seconds: Double, summaries: [String: String] = [:]
    ) {
        self.root = root
        self.outcomes = outcomes
        self.suppressed = suppressed
        self.seconds = seconds
        self.summaries = summaries
    }

    /// The distinct findings, sorted by location.
    public var findings: [Finding] {
        Set(outcomes.flatMap(\.findings)).sorted {
            ($0.path, $0.line ?? 0, $0.column ?? 0, $0.rule, $0.message)
                < ($1.path, $1.line ?? 0, $1.column ?? 0, $1.rule, $1.message)
        }
    }

    public func count(_ verdict: Verdict) -> Int { outcomes.count { $0.verdict == verdict } }

    public var isClean: Bool { !findings.contains { $0.severity == .error } }
}
