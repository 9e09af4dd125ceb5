import CheckCore
import Foundation
import HarnessSupport

/// The report as JUnit XML, which build servers show as tests: a suite per check, a case per subject.
struct JUnitReport {
    let report: Report

    func render() -> String {
        var text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        text +=
            "<testsuites name=\"harness\" \(counts(report.outcomes)) time=\"\(seconds(report.seconds))\">\n"
        for (check, outcomes) in Dictionary(grouping: report.outcomes, by: \.check).sorted(by: { $0.key < $1.key }) {
            let time = outcomes.reduce(0) { $0 + $1.seconds }
            text += "  <testsuite name=\"\(escaped(check))\" \(counts(outcomes)) time=\"\(seconds(time))\">\n"
            for outcome in outcomes { text += testCase(outcome) }
            text += "  </testsuite>\n"
        }
        return text + "</testsuites>\n"
    }

    private func testCase(_ outcome: Outcome) -> String {
        let head =
            "    <testcase classname=\"\(escaped(outcome.check))\" name=\"\(escaped(outcome.subject.shownPath))\" time=\"\(seconds(outcome.seconds))\""
        switch outcome.verdict {
        case .passed: return head + "/>\n"
        case .skipped: return head + "><skipped message=\"\(escaped(outcome.skipped ?? ""))\"/></testcase>\n"
        case .failed: return head + ">\n" + failure(outcome.findings) + "    </testcase>\n"
        }
    }

    private func failure(_ findings: [Finding]) -> String {
        let lines = findings.map { finding in
            let place = [finding.path, finding.line.map(String.init), finding.column.map(String.init)].compactMap(
                \.self)
            return "\(place.joined(separator: ":")): \(finding.severity.rawValue): \(finding.message) [\(finding.rule)]"
        }
        return "      <failure message=\"\(escaped(findings[0].message))\" type=\"\(escaped(findings[0].rule))\">"
            + escaped(lines.joined(separator: "\n")) + "</failure>\n"
    }

    private func counts(_ outcomes: [Outcome]) -> String {
        let failed = outcomes.count { $0.verdict == .failed }
        let skipped = outcomes.count { $0.verdict == .skipped }
        return "tests=\"\(outcomes.count)\" failures=\"\(failed)\" errors=\"0\" skipped=\"\(skipped)\""
    }

    private func seconds(_ value: Double) -> String { String(format: "%.3f", value) }

    /// XML 1.0 cannot represent most control characters, so they are removed.
    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\n": result += "&#10;"
            case "\t": result += " "
            case let other where other.value < 0x20 || other.value == 0xFFFE || other.value == 0xFFFF: continue
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}
