extension MutationOperator {
    static let quoting = [
        MutationOperator(
            "quotes-dropped", "a value with a blank becomes two", in: [.shell], caughtBy: "shellcheck SC2086"
        ) {
            $0.replacing(/"(\$\{?[A-Za-z_@]\w*\}?)"/) { match in
                // Bash does not split values in an assignment, in `[[ … ]]` and after `case`.
                let before = match.0.base[..<match.range.lowerBound]
                let isSplit = !before.hasSuffix("=") && !before.contains("[[") && !before.hasSuffix("case ")
                return isSplit ? [String(match.1)] : []
            }
        }
    ]
}
