extension MutationOperator {
    static let ports = [
        MutationOperator(
            "port-shifted", "two ends speak of different ports", in: [.kubernetes],
            caughtBy: "a rule that follows the port from the route to the process"
        ) {
            $0.replacing(/\b(port|containerPort|targetPort): (\d+)\b/) { match in
                ["\(match.1): \((Int(match.2) ?? 0) + 1)"]
            }
        },
        MutationOperator(
            "port-renamed", "a port is called by a name that it does not have", in: [.kubernetes],
            caughtBy: "a rule that looks the port's name up"
        ) { $0.replacing(/\b(port|targetPort): ([a-z][a-z-]*)$/) { ["\($0.1): \($0.2)x"] } },
    ]
}
