import HarnessSupport

/// The real account of a target.
enum Account {
    /// Prints the account that pays, before anything is built or created.
    ///
    /// - Throws: `HarnessError` if no credentials exist.
    static func announce(_ context: StackContext) async throws {
        do {
            let identity = try await AWSClient.with(context) { try await $0.call("sts", "GetCallerIdentity") }
            context.say("account \(identity["Account"]?.string ?? "?"), as \(identity["Arn"]?.string ?? "?")")
        } catch let refusal as AWSClient.Refusal {
            throw HarnessError(
                "the target aws needs credentials (\(refusal.message))",
                remedy: "sign in (aws sso login) or set AWS_PROFILE, then try again")
        }
    }
}

extension HarnessError {
    static func unapproved(_ changes: Int) -> HarnessError {
        HarnessError(
            "the plan has \(changes) changes; none were applied",
            remedy: "to apply the plan, at your account's cost: make up TARGET=aws BACKEND=FILE APPROVE=yes")
    }
}
