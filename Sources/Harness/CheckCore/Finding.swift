import HarnessSupport

/// A problem in one place.
public struct Finding: Codable, Hashable, Sendable {
    /// The check and, where it has several, its rule: `shellcheck/SC2086`.
    public var rule: String
    public var severity: Severity
    /// Relative to the repository's root.
    public var path: String
    /// Counted from 1; `nil` when the finding is about the whole file.
    public var line: Int?
    /// Counted from 1.
    public var column: Int?
    public var message: String
    /// How to fix the problem, if known.
    public var remedy: String?

    public init(
        rule: String, severity: Severity = .error, path: String, line: Int? = nil, column: Int? = nil,
        message: String, remedy: String? = nil
    ) {
        self.rule = rule
        self.severity = severity
        self.path = path
        self.line = line
        self.column = column
        self.message = message
        self.remedy = remedy
    }

    /// The last part of the rule's name, which a suppression may use.
    package var shortRule: String { rule.lastPathPart }
}

/// An error is a certain mistake: syntax, schema, contradiction, secret, public access. A warning is advice.
public enum Severity: String, Codable, Sendable, Comparable {
    case warning, error

    public static func < (left: Severity, right: Severity) -> Bool { left == .warning && right == .error }
}
