extension MutationOperator {
    static let peers = [
        MutationOperator(
            "peer-widened", "a policy lets every namespace or pod in", in: [.kubernetes],
            caughtBy: "reachability.yaml, which names every wanted connection"
        ) {
            $0.removing(/^\s+(- )?(podSelector|namespaceSelector):$/)
                + $0.replacing(/\bpolicyTypes: \[Ingress, Egress\]/) { _ in ["policyTypes: [Ingress]"] }
        },
        MutationOperator(
            "peer-misspelt", "a policy speaks of a namespace that does not exist", in: [.kubernetes],
            caughtBy: "reachability.yaml, which names every wanted connection"
        ) { $0.replacing(/\b(kubernetes\.io\/metadata\.name): ([a-z][a-z0-9-]+)$/) { ["\($0.1): \($0.2)x"] } },
    ]
}
