extension MutationOperator {
    static let dependencies = [
        MutationOperator(
            "dependency-removed", "a resource no longer waits for another", in: [.terraform, .cloudformation],
            caughtBy: "a rule that knows which order the service needs: no plan shows it"
        ) { $0.removing(/^\s+(depends_on|DependsOn)\s*[=:]/) }
    ]
}
