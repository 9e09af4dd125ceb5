import HarnessSupport

/// One part of the stack as the table's rows see it: names, identities and policies, all read back from what is up.
struct PermissionFixture: Sendable {
    struct Principal: Sendable {
        /// `nil` for a visitor.
        let arn: String?
        /// `nil` where nobody can call as it here.
        let identity: AWSClient.Identity?
        let policies: [PolicyDocument]
        /// What is known of every request that it makes, by condition key in lower case.
        var context: [String: [String]] = [:]
    }

    /// The resource that a placeholder stands for, with its own policy.
    struct Resource: Sendable {
        let arn: String
        var policy: PolicyDocument?
        /// Whether that policy has to let the caller in.
        var needsPolicy = false
        /// Condition keys that describe the resource: its tags.
        var context: [String: [String]] = [:]
    }

    /// The account that owns everything in it.
    let account = "123456789012"
    /// Where its calls are made.
    let emulator: Emulator
    /// Whether enforcement has to be switched on for them, and off afterwards.
    let isEnforcedOnDemand: Bool
    let principals: [String: Principal]
    /// By placeholder, without braces.
    let resources: [String: Resource]
    /// Removes what was made to try the rows.
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
