extension MutationOperator {
    static let actions = [
        MutationOperator(
            "wildcard-action", "one action becomes all of its service", in: [.terraform, .cloudformation],
            caughtBy: "a test that no statement allows a wildcard"
        ) {
            $0.replacing(/"((?!aws)[a-z0-9-]+):[A-Z]\w+"(?!\s*=)/) { ["\"\($0.1):*\""] }
                + $0.replacing(/((?:- |\[|, |Action: ))((?!aws)[a-z0-9-]+):[A-Z][A-Za-z]+\b(?!:)/) {
                    ["\($0.1)'\($0.2):*'"]
                }
        },
        MutationOperator(
            "wildcard-resource", "a statement speaks of every resource", in: [.terraform, .cloudformation],
            caughtBy: "a row in permissions.yaml that is denied, or a test that reads the policy"
        ) {
            $0.replacing(/\b(Resource\s*=\s*)[^\s"\[{].*$/) { ["\($0.1)\"*\""] }
                + $0.replacing(/\b(Resource: )(?!['"]\*).+$/) { ["\($0.1)'*'"] }
        },
        MutationOperator(
            "effect-inverted", "what was denied is allowed", in: [.terraform, .cloudformation],
            caughtBy: "a row in permissions.yaml that is denied"
        ) { $0.replacing(/\b(Effect\s*[=:]\s*"?)Deny\b/) { ["\($0.1)Allow"] } },
    ]
}
