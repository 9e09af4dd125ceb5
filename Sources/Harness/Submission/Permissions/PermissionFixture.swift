import HarnessSupport

/// One part of the stack for the table's rows: names, identities and policies, read from the running stack.
struct PermissionFixture: Sendable {
    struct Principal: Sendable {
        /// `nil` for a visitor.
        let arn: String?
        /// `nil` if no credentials exist for the principal.
        let identity: AWSClient.Identity?
        let policies: [PolicyDocument]
        /// Condition keys of all its requests, in lower case, with values.
        var context: [String: [String]] = [:]
    }

    /// The resource that a placeholder stands for, with its own policy.
    struct Resource: Sendable {
        let arn: String
        var policy: PolicyDocument?
        /// Whether that policy must allow the caller.
        var needsPolicy = false
        /// Condition keys that describe the resource: its tags.
        var context: [String: [String]] = [:]
    }

    /// The account that owns everything in it.
    let account = "123456789012"
    /// The client for its calls.
    let emulator: Emulator
    /// Whether IAM enforcement must be on during the calls.
    let isEnforcedOnDemand: Bool
    let principals: [String: Principal]
    /// By placeholder, without braces.
    let resources: [String: Resource]
    /// Removes the resources created for the test.
    let leave: @Sendable () async throws -> Void

    /// The resource of a row with its placeholder filled in: `{private}/kept.txt` is the bucket's, with the key's name.
    func resource(_ row: PermissionTable.Row) throws -> (arn: String, resource: Resource?) {
        guard row.resource.hasPrefix("{"), let end = row.resource.firstIndex(of: "}") else {
            return (row.resource, nil)
        }
        let name = String(row.resource[row.resource.index(after: row.resource.startIndex)..<end])
        guard let resource = resources[name] else {
            throw HarnessError("\(PermissionTable.path): unknown placeholder {\(name)}")
        }
        return (resource.arn + row.resource[row.resource.index(after: end)...], resource)
    }

    /// A value of the row's `with`, with its placeholder filled in.
    func filled(_ value: String) -> String {
        guard value.hasPrefix("{"), value.hasSuffix("}") else { return value }
        return resources[String(value.dropFirst().dropLast())]?.arn ?? value
    }
}
