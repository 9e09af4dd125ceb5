import CheckCore
import Foundation
import HarnessSupport

/// Known findings, which a check does not report again.
///
/// A finding is identified by rule, file and message, not by line. If several findings are equal in these, the
/// baseline covers as many as it recorded.
struct Baseline: Codable {
    struct Entry: Codable, Hashable {
        let rule, path, message: String
        var count: Int
    }

    var version = 1
    let findings: [Entry]

    init(_ findings: [Finding]) {
        self.findings = Dictionary(grouping: findings) {
            Entry(rule: $0.rule, path: $0.path, message: $0.message, count: 0)
        }
        .map { entry, findings in
            Entry(rule: entry.rule, path: entry.path, message: entry.message, count: findings.count)
        }
        .sorted { ($0.path, $0.rule, $0.message) < ($1.path, $1.rule, $1.message) }
    }

    /// - Throws: `HarnessError` if the file is not a baseline.
    init(file: String) throws {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw HarnessError("\(file) cannot be read", remedy: "write it with --write-baseline \(file)")
        }
        guard let baseline = try? JSONDecoder().decode(Self.self, from: data), baseline.version == 1 else {
            throw HarnessError("\(file) is not a baseline", remedy: "write it again with --write-baseline \(file)")
        }
        self = baseline
    }

    func write(to file: String) throws {
        try Data(jsonText(self).utf8).write(to: URL(fileURLWithPath: file), options: .atomic)
    }

    /// Returns the findings that are not in the baseline.
    func others(among findings: [Finding]) -> Set<Finding> {
        var known = Dictionary(
            self.findings.map { (Entry(rule: $0.rule, path: $0.path, message: $0.message, count: 0), $0.count) },
            uniquingKeysWith: +)
        return Set(
            findings.filter { finding in
                let entry = Entry(rule: finding.rule, path: finding.path, message: finding.message, count: 0)
                guard let count = known[entry], count > 0 else { return true }
                known[entry] = count - 1
                return false
            })
    }
}

extension Report {
    /// Returns the report with a part of its findings. Skip reasons stay.
    func keeping(_ kept: Set<Finding>) -> Report {
        var report = Report(
            root: root,
            outcomes: outcomes.map { outcome in
                Outcome(
                    check: outcome.check, subject: outcome.subject, findings: outcome.findings.filter(kept.contains),
                    skipped: outcome.skipped, seconds: outcome.seconds, cached: outcome.cached)
            }, suppressed: suppressed, seconds: seconds, summaries: summaries)
        report.checks = checks
        return report
    }
}
