extension MutationOperator {
    static let limits = [
        MutationOperator(
            "limit-removed", "a container may take all memory", in: [.kubernetes],
            caughtBy: "a rule that asks for limits"
        ) { $0.removing(/^\s+limits:/) },
        MutationOperator(
            "request-removed", "the scheduler is told nothing", in: [.kubernetes],
            caughtBy: "a rule that asks for requests"
        ) { $0.removing(/^\s+requests:/) },
        MutationOperator(
            "unit-lost", "mebibytes become thousandths of a byte", in: [.kubernetes],
            caughtBy: "a rule that knows sensible amounts"
        ) { $0.replacing(/\b(memory: "?\d+)[MG]i\b/) { ["\($0.1)m"] } },
    ]
}
