extension MutationOperator {
    static let exitCodes = [
        MutationOperator(
            "exit-code-lost", "a failure is reported as success", in: [.shell],
            caughtBy: "a test that runs the script into this failure"
        ) { $0.replacing(/\b(exit|return) [1-9]\d*\b/) { ["\($0.1) 0"] } },
        MutationOperator(
            "failure-swallowed", "a failure is passed over", in: [.shell],
            caughtBy: "a test that runs the script into this failure"
        ) { $0.replacing(/\|\| (fail|die|misuse|explain)\b.*$/) { _ in ["|| true"] } },
    ]
}
