extension MutationOperator {
    static let arguments = [
        MutationOperator(
            "arguments-swapped", "two values change places", in: [.shell],
            caughtBy: "a test that looks at what the call did"
        ) {
            $0.replacing(/("\$\w+") (--[a-z-]+ )("\$\w+")/) { $0.1 == $0.3 ? [] : ["\($0.3) \($0.2)\($0.1)"] }
                + $0.replacing(/("\$\w+") ("\$\w+")(?= |$)/) { $0.1 == $0.2 ? [] : ["\($0.2) \($0.1)"] }
        },
        MutationOperator(
            "test-inverted", "a script does the one thing in place of the other", in: [.shell],
            caughtBy: "a test of both ways"
        ) { $0.replacing(/\[\[ (.+?) (==|!=) (.+?) \]\]/) { ["[[ \($0.1) \($0.2 == "==" ? "!=" : "==") \($0.3) ]]"] } },
    ]
}
