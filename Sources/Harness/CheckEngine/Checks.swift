extension Checks {
    /// Every check of the checker, for any repository. A caller with rules of its own adds them: `Checks.all + [MyRule()]`.
    public static let all: [any Check] = tools + rules
}
