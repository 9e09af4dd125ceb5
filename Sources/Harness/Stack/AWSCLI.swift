/// Calls of the AWS CLI against the stack's target.
struct AWSCLI: Sendable {
    private let context: StackContext

    init(_ context: StackContext) { self.context = context }

    /// The answer of a call, for example `call("ec2", "describe-instances")`.
    ///
    /// - Throws: `HarnessError` with the service's own message when it refuses.
    func call(_ arguments: String...) async throws -> JSONValue { try await call(arguments) }

    func call(_ arguments: [String]) async throws -> JSONValue {
        let output = try await run(arguments)
        guard output.isSuccess else {
            throw HarnessError("aws \(arguments.prefix(2).joined(separator: " ")): \(output.lastLine)")
        }
        return JSONValue(parsing: output.stdout) ?? .null
    }

    var isEmulated: Bool { context.target == .local }

    /// Where a visitor's browser finds an object.
    func address(bucket: String, key: String) -> String {
        let environment = context.awsEnvironment()
        if let endpoint = environment["AWS_ENDPOINT_URL"].flatMap(\.self) { return "\(endpoint)/\(bucket)/\(key)" }
        return "https://\(bucket).s3.amazonaws.com/\(key)"
    }

    private func run(_ arguments: [String]) async throws -> Command.Output {
        let environment = context.awsEnvironment()
        // The CLI ignores the variable for some services, and would call the real one.
        let endpoint = environment["AWS_ENDPOINT_URL"].flatMap(\.self).map { ["--endpoint-url", $0] } ?? []
        return try await Command(
            try await context.toolbox.path(of: .aws), endpoint + ["--output", "json"] + arguments,
            environment: environment
        ).run()
    }
}
