import CheckCore
import HarnessSupport

/// Checks that every suppression, of the harness or of a tool, has a reason on its line.
struct SuppressionReasons: Check {
    let name = "suppression"
    let summary = "every suppression has a reason"
    let advice = Advice.everything

    /// Suppression comments of the outside tools.
    private static let markers = [
        "shellcheck disable=", "trivy:ignore:", "tfsec:ignore:", "checkov:skip=", "hadolint ignore=",
        "swift-format-ignore",
        "# noqa", "zizmor: ignore[",
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts
            .filter { ![.binary, .markdown, .swift, .json, .pythonRequirements].contains($0.kind) }
            .map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let bytes = context.repository.bytes(of: subject.path) ?? []
            // Most files have none, and splitting a large file into lines is slow.
            guard (Self.markers + [Suppressions.marker]).contains(where: bytes.contains(text:)) else { return [] }
            return String(decoding: bytes, as: UTF8.self).lines.enumerated().compactMap { index, line -> Finding? in
                guard let marker = Self.markers.first(where: line.contains) ?? ours(line) else { return nil }
                return Self.hasReason(line, after: marker)
                    ? nil
                    : Finding(
                        rule: "\(name)/no-reason", path: subject.path, line: index + 1,
                        message: "a finding is suppressed without a reason",
                        remedy: "write the reason after the rule's name")
            }
        }
    }

    private func ours(_ line: Substring) -> String? {
        line.contains(Suppressions.marker) ? Suppressions.marker + " " : nil
    }

    /// A reason is at least two words after the rule's name.
    private static func hasReason(_ line: Substring, after marker: String) -> Bool {
        guard let start = line.range(of: marker) else { return false }
        let words = line[start.upperBound...].split { $0 == " " || $0 == "#" || $0 == "\t" }
        return words.dropFirst().count { $0.contains(where: \.isLetter) } >= 2
    }

    var explanations: [String: String] {
        [
            "no-reason":
                "A suppression without a reason cannot be reviewed, and nobody dares to remove it."
        ]
    }

    var examples: [Example] {
        [
            .sound(
                "a reason behind the rule", ["a.tf": "# \(Suppressions.marker) AWS-0017 holds nothing that is secret\n"]
            ),
            .sound(
                "a tool's own comment with a reason",
                ["a.sh": "# shellcheck disable=SC2034 # read by the script that sources this\n"]),
            .broken("no reason", ["a.tf": "# \(Suppressions.marker) AWS-0017\n"], triggers: "no-reason"),
            .broken(
                "a tool's own comment without one", ["a.sh": "# shellcheck disable=SC2034\n"], triggers: "no-reason"),
        ]
    }
}
