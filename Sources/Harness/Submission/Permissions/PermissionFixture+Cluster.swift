import HarnessSupport

extension PermissionFixture {
    /// The stack cluster: its nodes, and the pods with AWS permissions.
    static func cluster(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.cluster.outputs(context)
        return try await AWSClient.with(context) { aws in
            let claims = ClusterVerification(outputs: outputs, aws: aws)
            let reader = PolicyReader(aws: aws)
            var principals: [String: Principal] = [:]
            var resources: [String: Resource] = [:]
            let roles = try claims.names("pod_role_arns").merging(["node": try claims.name("node_role_arn")]) { $1 }
            for (name, arn) in roles {
                let session = try await aws.call(
                    "sts", "AssumeRole", ["RoleArn": .string(arn), "RoleSessionName": "trial"])
                principals[name] = Principal(
                    arn: arn, identity: .keys(session["Credentials"]),
                    policies: try await reader.policies(of: .role, arn.lastPathPart))
                resources["\(name)-role"] = Resource(
                    arn: arn, policy: try await reader.trust(of: arn.lastPathPart), needsPolicy: true)
            }
            for (kind, arn) in try claims.names("kms_key_arns") {
                resources["\(kind)-key"] = Resource(
                    arn: arn, policy: try await reader.policy(ofKey: arn), needsPolicy: true)
            }
            return PermissionFixture(
                emulator: .moto, isEnforcedOnDemand: true, principals: principals, resources: resources, leave: {})
        }
    }
}
