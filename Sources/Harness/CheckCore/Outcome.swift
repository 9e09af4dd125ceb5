import HarnessSupport

/// What one check says of one subject.
public struct Outcome: Codable, Sendable {
    public let check: String
    public let subject: String
    public package(set) var findings: [Finding]
    /// Why the check could not judge; `nil` when it did.
    public let skipped: String?
    /// The share of the call's time that fell to this subject; of the call that filled the cache, where cached.
    public let seconds: Double
    public var cached: Bool

    package init(check: String, subject: String, findings: [Finding], skipped: String?, seconds: Double, cached: Bool) {
        self.check = check
        self.subject = subject
        self.findings = findings
        self.skipped = skipped
        self.seconds = seconds
        self.cached = cached
    }

    public var verdict: Verdict {
        if skipped != nil { return .skipped }
        return findings.contains { $0.severity == .error } ? .failed : .passed
    }

    /// A folder that is judged as a whole, as a Terraform module is, tells nothing of the files beside the one that was
    /// asked for. What such a file breaks elsewhere is told.
    package func within(_ scope: [String]) -> Outcome {
        let isBeside = scope.contains { $0 != subject && $0.isWithin(subject) }
        guard isBeside, !scope.contains(where: subject.isWithin) else { return self }
        var outcome = self
        outcome.findings = findings.filter { finding in scope.contains(where: finding.path.isWithin) }
        return outcome
    }
}

/// Skipped is never a pass.
public enum Verdict: String, Codable, Sendable {
    case passed, failed, skipped
}
