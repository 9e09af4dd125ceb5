import HarnessSupport

/// The result of one check for one subject.
public struct Outcome: Codable, Sendable {
    public let check: String
    public let subject: String
    public package(set) var findings: [Finding]
    /// Why the check could not judge; `nil` when it did.
    public let skipped: String?
    /// This subject's share of the call's duration; if cached, of the original call.
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

    /// For a folder that is checked as a whole, such as a Terraform module, findings in other files of the folder are
    /// left out. Findings elsewhere that the requested file causes are kept.
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
