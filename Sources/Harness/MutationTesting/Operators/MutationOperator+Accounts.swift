extension MutationOperator {
    static let accounts = [
        MutationOperator(
            "account-unquoted", "an account's number loses its quotes, and so its zeros",
            in: [.terraform, .cloudformation], caughtBy: "a validation of 12 digits, and a test with a leading zero"
        ) { $0.replacing(/["'](\d{12})["']/) { [String($0.1)] } }
    ]
}
