import Tooling

/// Something that can be checked in a repository. An own check is a value that the caller hands to `Runner`.
public protocol Check: Sendable {
    /// The name that results and findings carry, for example `shellcheck`.
    var name: String { get }
    /// What holds where this check passes, as half a sentence.
    var summary: String { get }
    /// The rules whose findings are warnings; those of the others have the severity that they were made with.
    var advice: Advice { get }
    var tools: [Tool] { get }
    /// Why each of the check's own rules exists, by the rule's last part: one or two sentences, with the source.
    var explanations: [String: String] { get }
    /// Where the outside tool explains its rules, with `RULE` in place of a name (`rule` for its lower case); `nil` for a
    /// check that has its own rules only.
    var rulePages: String? { get }
    /// Whether one call may look at many subjects, which pays where starting the tool is what costs.
    var isBatched: Bool { get }
    /// Seconds that one call takes, roughly. The runner starts long calls first.
    var weight: Double { get }

    /// What there is to look at, each with every file whose content can change the result.
    func subjects(in repository: Repository) -> [Subject]
    /// Looks at the subjects; paths in the findings are relative to the repository's root.
    ///
    /// - Throws: `Skipped` when it cannot judge them; anything else counts as a failure of each.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding]

    /// Small trees of files that the check accepts or refuses: its documentation and its test.
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

/// What one result is about: a file, or a folder such as a Terraform module.
public struct Subject: Hashable, Sendable {
    public let path: String
    /// Every file whose content can change the result; one that does not exist counts as absent.
    public let inputs: [String]

    public init(path: String, inputs: [String]) {
        self.path = path
        self.inputs = inputs
    }

    /// A subject that is one file and depends on nothing else.
    public init(file path: String) {
        self.init(path: path, inputs: [path])
    }
}

/// The lists of checks. Each module with checks adds its own list in an extension.
public enum Checks {}
