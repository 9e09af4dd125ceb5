/// The rules of a check whose findings are advice: hardening and conventions, which a repository may have reasons to
/// ignore.
///
/// A certain mistake (schema, reference, contradiction, secret, open door) is an error in any repository. `--strict`
/// reports advice as errors too.
public enum Advice: Sendable {
    case everything
    case some(Set<String>)

    public static let nothing = Advice.some([])

    /// - Parameter names: the last parts of rule names, `SC2086` of `shellcheck/SC2086`.
    public static func rules(_ names: String...) -> Advice { .some(Set(names)) }

    package func covers(_ finding: Finding) -> Bool {
        switch self {
        case .everything: true
        case .some(let names): names.contains(finding.shortRule)
        }
    }
}
