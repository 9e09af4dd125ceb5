extension MutationOperator {
    static let tokens = [
        MutationOperator(
            "token-mounted", "a pod gets a token that it does not use", in: [.kubernetes],
            caughtBy: "a rule on tokens"
        ) {
            $0.replacing(/\b(automountServiceAccountToken): false/) { ["\($0.1): true"] }
                + $0.removing(/^\s*automountServiceAccountToken: false/)
        }
    ]
}
