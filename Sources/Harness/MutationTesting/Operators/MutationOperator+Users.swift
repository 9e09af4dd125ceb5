extension MutationOperator {
    static let users = [
        MutationOperator(
            "run-as-root", "a process gets more rights than it needs", in: [.kubernetes],
            caughtBy: "a rule on the pod's security context"
        ) {
            $0.replacing(/\b(runAsNonRoot|readOnlyRootFilesystem): true/) { ["\($0.1): false"] }
                + $0.replacing(/\b(runAsUser|runAsGroup): [1-9]\d*/) { ["\($0.1): 0"] }
                + $0.replacing(/\b(allowPrivilegeEscalation|privileged): false/) { ["\($0.1): true"] }
                + $0.replacing(/\bdrop: \[ALL\]/) { _ in ["drop: []"] }
                + $0.removing(/^\s+seccompProfile:/)
        },
        MutationOperator(
            "admission-lowered", "a namespace admits pods with more rights", in: [.kubernetes],
            caughtBy: "a rule on the namespace's labels"
        ) { $0.replacing(/\b(pod-security\.kubernetes\.io\/enforce): restricted/) { ["\($0.1): privileged"] } },
    ]
}
