extension MutationOperator {
    static let gates = [
        MutationOperator(
            "comparison-shifted", "a limit lets its opposite pass", in: [.python],
            caughtBy: "a test on both sides of the limit"
        ) {
            $0.replacing(#/\b(if|elif|while|return|and|or|if not) ([^"'#]*?) (<=|>=|<|>) /#) { match in
                let opposite = ["<": ">=", ">": "<=", "<=": ">", ">=": "<"][String(match.3)] ?? ""
                return ["\(match.1) \(match.2) \(opposite) "]
            }
        },
        MutationOperator(
            "limit-moved", "a limit is ten times another", in: [.python], caughtBy: "a test with a value at the limit"
        ) {
            $0.replacing(/^(\s*\w+(?:_min|_max|_limit|_LIMIT|_MAX|_MIN)(?:: \w+)? = )(\d+(?:\.\d+)?)$/) {
                ["\($0.1)\((Double($0.2) ?? 0) * 10)"]
            }
        },
        MutationOperator(
            "refusal-dropped", "what was refused goes on", in: [.python], caughtBy: "a test that asks for the refusal"
        ) { $0.replacing(/^(\s+)raise [A-Z]\w*\(.*\)(?: from \w+)?$/) { ["\($0.1)pass"] } },
    ]
}
