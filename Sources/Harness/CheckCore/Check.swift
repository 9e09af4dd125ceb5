import Tooling

/// A check of files in a repository. Callers can pass their own checks to `Runner`.
public protocol Check: Sendable {
    /// The name that results and findings carry, for example `shellcheck`.
    var name: String { get }
    /// The property that holds if the check passes, as a clause.
    var summary: String { get }
    /// The rules whose findings are warnings; other findings keep the severity that the check gave them.
    var advice: Advice { get }
    var tools: [Tool] { get }
    /// Why each of the check's own rules exists, by the rule's last part: one or two sentences, with the source.
    var explanations: [String: String] { get }
    /// The address of the outside tool's rule documentation, with the placeholder `RULE` for the rule's name (`rule`
    /// for lower case); `nil` for a check with only its own rules.
    var rulePages: String? { get }
    /// Whether one call may inspect many subjects, which saves time if the tool starts slowly.
    var isBatched: Bool { get }
    /// The approximate duration of one call in seconds. The runner starts long calls first.
    var weight: Double { get }

    /// Returns the subjects to inspect, each with every file whose content can change the result.
    func subjects(in repository: Repository) -> [Subject]
    /// Inspects the subjects. Paths in the findings are relative to the repository's root.
    ///
    /// - Throws: `Skipped` if it cannot judge the subjects; any other error fails all of them.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding]

    /// Small sets of files that the check accepts or rejects; they are both documentation and tests.
    var examples: [Example] { get }
}

extension Check {
    public var advice: Advice { .nothing }
    public var explanations: [String: String] { [:] }
    public var rulePages: String? { nil }
    public var tools: [Tool] { [] }
    public var isBatched: Bool { true }
    public var weight: Double { 0.1 }
}

/// The file or folder (such as a Terraform module) that one result is about.
public struct Subject: Hashable, Sendable {
    public let path: String
    /// Every file whose content can change the result, including files that do not exist.
    public let inputs: [String]

    public init(path: String, inputs: [String]) {
        self.path = path
        self.inputs = inputs
    }

    /// Creates a subject for one file that depends on no other file.
    public init(file path: String) {
        self.init(path: path, inputs: [path])
    }
}

/// The lists of checks. Each module with checks adds its own list in an extension.
public enum Checks {}
