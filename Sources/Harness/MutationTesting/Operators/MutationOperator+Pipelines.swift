extension MutationOperator {
    static let pipelines = [
        MutationOperator(
            "stage-unordered", "a stage no longer waits for the one before", in: [.pipeline],
            caughtBy: "a rule that each deployment waits for its tests"
        ) { $0.removing(/^\s+(needs|dependsOn):/) },
        MutationOperator(
            "stage-misspelt", "a stage waits for one that does not exist", in: [.pipeline],
            caughtBy: "a schema of references"
        ) { $0.replacing(/^(\s+(?:needs|dependsOn): \[?)([\w-]+)/) { ["\($0.1)\($0.2)x"] } },
        MutationOperator(
            "run-unconditionally", "a step runs for every branch", in: [.pipeline],
            caughtBy: "a rule that a deployment has its condition"
        ) { $0.removing(/^\s+(if|condition):/) },
        MutationOperator(
            "approval-dropped", "nobody is asked before production", in: [.pipeline],
            caughtBy: "a rule that a deployment names its environment"
        ) { $0.removing(/^\s+environment:/) },
        MutationOperator(
            "permission-widened", "the token may write everything", in: [.pipeline],
            caughtBy: "zizmor excessive-permissions"
        ) {
            $0.replacing(/\b(contents|packages|id-token|actions): read\b/) { ["\($0.1): write"] }
                + $0.replacing(/^permissions: (\{\}|read-all)$/) { _ in ["permissions: write-all"] }
                + $0.replacing(/\bpersist-credentials: false/) { _ in ["persist-credentials: true"] }
        },
        MutationOperator(
            "action-unpinned", "an action is whatever its tag means today", in: [.pipeline],
            caughtBy: "zizmor unpinned-uses"
        ) { $0.replacing(/\b(uses: \S+)@[0-9a-f]{40}/) { ["\($0.1)@main"] } },
        MutationOperator(
            "failure-tolerated", "a failed step counts as good", in: [.pipeline],
            caughtBy: "a rule on continueOnError"
        ) {
            $0.replacing(/^(\s+)(- )run: .*$/) { ["\($0.0)\n\($0.1)  continue-on-error: true"] }
                + $0.replacing(/^(\s+)(- )script: (?!\|).*$/) { ["\($0.0)\n\($0.1)  continueOnError: true"] }
        },
    ]
}
