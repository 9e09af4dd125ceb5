extension MutationOperator {
    static let indentation = [
        MutationOperator(
            "indentation-shifted", "a field moves to another object", in: [.kubernetes, .cloudformation, .pipeline],
            caughtBy: "a schema", breaksSyntax: true
        ) { source in
            source.replacing(/^( {2,})(?=[a-zA-Z]\w*:)/) { [String($0.1.dropLast(2))] }
        }
    ]
}
