extension MutationOperator {
    static let verbs = [
        MutationOperator(
            "verb-widened", "a role may do everything", in: [.kubernetes], caughtBy: "a rule on rights"
        ) { $0.replacing(/\b(verbs|resources): \[[^\]*]+\]/) { ["\($0.1): [\"*\"]"] } },
        MutationOperator(
            "subject-misspelt", "a binding speaks of nobody", in: [.kubernetes], caughtBy: "a rule on rights"
        ) {
            $0.replacing(/^(\s*- kind: |\s+kind: )ServiceAccount$/) { ["\($0.1)User"] }
                + $0.replacing(/^(\s+kind: )ClusterRole$/) { ["\($0.1)Role"] }
        },
    ]
}
