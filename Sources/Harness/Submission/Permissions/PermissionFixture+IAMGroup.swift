import HarnessSupport

extension PermissionFixture {
    /// The users of the stack workbench and the permissions of their group.
    static func iamGroup(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.workbench.outputs(context)
        guard let group = outputs["group_name"]?.string else {
            throw HarnessError("the stack workbench has no output group_name")
        }
        return try await AWSClient.with(context) { aws in
            let reader = PolicyReader(aws: aws)
            let shared = try await reader.policies(of: .group, group)
            let users = try await aws.call("iam", "GetGroup", ["GroupName": .string(group)])["Users"].items
            var principals: [String: Principal] = [:]
            var resources: [String: Resource] = [:]
            for user in users {
                guard let name = user["UserName"]?.string, let arn = user["Arn"]?.string else { continue }
                principals[name] = Principal(
                    arn: arn, identity: .keys(try await Self.makeKey(name, aws)),
                    policies: shared + (try await reader.policies(of: .user, name)), context: ["aws:username": [name]])
                resources[name] = Resource(arn: arn)
            }
            let names = Array(principals.keys)
            return PermissionFixture(
                emulator: .moto, isEnforcedOnDemand: true, principals: principals, resources: resources,
                leave: {
                    try await AWSClient.with(context) { aws in
                        for name in names { try await Self.removeKeys(of: name, aws) }
                    }
                })
        }
    }
}
