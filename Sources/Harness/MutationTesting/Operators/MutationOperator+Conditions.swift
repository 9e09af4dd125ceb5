extension MutationOperator {
    static let conditions = [
        MutationOperator(
            "condition-dropped", "a statement holds without its condition", in: [.terraform, .cloudformation],
            caughtBy: "a row in permissions.yaml that is denied, or a test that reads the policy"
        ) { $0.removing(/^\s+Condition\s*=\s*\{|^\s+Condition:/) },
        MutationOperator(
            "condition-negated", "a condition asks for the opposite", in: [.terraform, .cloudformation],
            caughtBy: "a row in permissions.yaml, or a test that reads the policy"
        ) {
            $0.replacing(/\b(StringEquals|ArnLike|ArnEquals|StringLike)\b(?=\s*[=:])/) {
                [$0.1.hasPrefix("Arn") ? "ArnNotLike" : "StringNotEquals"]
            }
        },
        MutationOperator(
            "validation-dropped", "a wrong value is taken in silence", in: [.terraform],
            caughtBy: "a run with expect_failures"
        ) { $0.removing(/^\s+validation \{/) },
    ]
}
