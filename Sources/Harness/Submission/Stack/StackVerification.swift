import HarnessSupport

/// Verifies a Terraform stack through the API.
protocol StackVerification: Sendable {
    /// The stack's outputs, used as names only.
    var outputs: JSONValue { get }
    var aws: AWSClient { get }
}

extension StackVerification {
    func name(_ output: String) throws -> String {
        guard let value = outputs[output]?.string else { throw missing(output) }
        return value
    }

    /// An output that maps to names.
    func names(_ output: String) throws -> [String: String] {
        guard let values = outputs[output]?.object?.compactMapValues(\.string) else { throw missing(output) }
        return values
    }

    func list(_ output: String) throws -> [String] {
        guard let values = outputs[output]?.array?.compactMap(\.string) else { throw missing(output) }
        return values
    }

    /// Returns the key in the output `kms_key_arns` for a purpose.
    func key(_ kind: String) throws -> String {
        guard let value = try names("kms_key_arns")[kind] else { throw missing("kms_key_arns.\(kind)") }
        return value
    }

    private func missing(_ output: String) -> HarnessError {
        HarnessError("the stack has no output \(output)", remedy: "add it to its outputs.tf")
    }
}

extension StackVerification {
    func rotatingKeys() async throws -> Assertion {
        let rotating = try await names("kms_key_arns").values.sorted().asyncMap { key in
            try await aws.call("kms", "GetKeyRotationStatus", ["KeyId": .string(key)])["KeyRotationEnabled"]?.text
                ?? "?"
        }
        return Assertion(id: "key-rotation", "the keys rotate", is: rotating, rotating.map { _ in "true" })
    }

    func logGroup(_ name: String) async throws -> JSONValue {
        let answer = try await aws.call("logs", "DescribeLogGroups", ["logGroupNamePrefix": .string(name)])
        return answer["logGroups"].items.first { $0["logGroupName"]?.string == name } ?? .null
    }
}
