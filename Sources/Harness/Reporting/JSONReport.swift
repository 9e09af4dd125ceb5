import CheckCore
import Foundation
import HarnessSupport

/// The report for programs. `version` increases when a field changes its meaning or is removed.
struct JSONReport: Encodable {
    struct Counts: Encodable {
        let passed, failed, skipped, errors, warnings, suppressed: Int
    }
    struct Result: Encodable {
        let check: String
        let subject: String
        let verdict: Verdict
        let reason: String?
        let seconds: Double
        let cached: Bool
    }

    let version = 1
    let root: String
    let counts: Counts
    let findings: [Finding]
    let results: [Result]
    let seconds: Double

    init(_ report: Report) {
        root = report.root
        findings = report.findings
        let errors = findings.count { $0.severity == .error }
        counts = Counts(
            passed: report.count(.passed), failed: report.count(.failed), skipped: report.count(.skipped),
            errors: errors, warnings: findings.count - errors, suppressed: report.suppressed)
        results = report.outcomes.map {
            Result(
                check: $0.check, subject: $0.subject, verdict: $0.verdict, reason: $0.skipped, seconds: $0.seconds,
                cached: $0.cached)
        }
        seconds = report.seconds
    }

    func render() throws -> String { try jsonText(self) }
}
