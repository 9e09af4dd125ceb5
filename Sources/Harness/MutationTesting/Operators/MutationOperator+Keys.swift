extension MutationOperator {
    static let keys = [
        MutationOperator(
            "key-misspelt", "a field that the reader does not know", in: [.kubernetes, .cloudformation, .pipeline],
            caughtBy: "a schema"
        ) { $0.replacing(/^(\s+(?:- )?[a-z][A-Za-z]+)([a-z])([a-z]):(?=\s|$)/) { ["\($0.1)\($0.3)\($0.2):"] } },
        MutationOperator(
            "resource-forgotten", "a kustomization leaves a part out", in: [.kubernetes],
            caughtBy: "a rule that every manifest is taken up, and what refers to it"
        ) { $0.path.hasSuffix("kustomization.yaml") ? $0.removing(/^\s*- \S+$/) : [] },
    ]
}
