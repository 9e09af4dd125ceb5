import BuiltInRules
import CheckCore
import ToolChecks

extension Checks {
    /// Every check of the checker, for any repository. A caller with rules of its own adds them: `Checks.all + [MyRule()]`.
    public static let all: [any Check] = tools + rules

    /// Those of the checker's checks that have one of these names.
    package static func named(_ names: String...) -> [any Check] { all.filter { names.contains($0.name) } }
}
