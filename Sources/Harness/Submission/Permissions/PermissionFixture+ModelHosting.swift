import HarnessSupport

extension PermissionFixture {
    /// The stack model-hosting: pipeline, jobs, endpoint, monitor and retraining.
    static func modelHosting(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.modelHosting.outputs(context)
        return try await AWSClient.with(context) { aws in
            let stack = ModelHostingVerification(outputs: outputs, aws: aws)
            let reader = PolicyReader(aws: aws)
            var principals: [String: Principal] = [:]
            var resources: [String: Resource] = [
                "lock": Resource(
                    arn: "arn:aws:dynamodb:\(Emulator.region):123456789012:table/\(try stack.name("lock_table_name"))"),
                "machine": Resource(arn: try stack.name("state_machine_arn")),
                "subnet": Resource(arn: try stack.list("subnet_ids").first ?? ""),
            ]
            for (kind, role) in try stack.names("role_names") {
                let arn = try await aws.call("iam", "GetRole", ["RoleName": .string(role)])["Role", "Arn"]
                let session = try await aws.call(
                    "sts", "AssumeRole", ["RoleArn": arn ?? .null, "RoleSessionName": "trial"])
                principals[kind] = Principal(
                    arn: arn?.string, identity: .keys(session["Credentials"]),
                    policies: try await reader.policies(of: .role, role))
                resources["\(kind)-role"] = Resource(
                    arn: arn?.string ?? "", policy: try await reader.trust(of: role), needsPolicy: true)
            }
            for (kind, arn) in try stack.names("kms_key_arns") {
                resources["\(kind)-key"] = Resource(
                    arn: arn, policy: try await reader.policy(ofKey: arn), needsPolicy: true)
            }
            var objects: [(String, String)] = []
            let (artifacts, captures) = (
                try stack.name("artifacts_bucket_name"), try stack.name("captures_bucket_name")
            )
            for (kind, bucket) in [("artifacts", artifacts), ("captures", captures)] {
                resources[kind] = Resource(
                    arn: "arn:aws:s3:::\(bucket)", policy: try await reader.policy(ofBucket: bucket).document)
            }
            objects += ["claims", "models"].map { (artifacts, "\($0)/kept.txt") } + [(captures, "captures/kept.txt")]
            for (bucket, key) in objects {
                try await aws.call("s3", "PutObject", ["Bucket": .string(bucket), "Key": .string(key), "Body": "1"])
            }
            let made = [(artifacts, "runs/new.txt"), (captures, "captures/new.txt"), (captures, "reports/new.txt")]
            let all = objects + made
            return PermissionFixture(
                emulator: .moto, isEnforcedOnDemand: true, principals: principals, resources: resources,
                leave: {
                    try await AWSClient.with(context) { aws in
                        for (bucket, key) in all {
                            try await RetainedResources.empty(bucket: bucket, below: key, aws)
                        }
                    }
                })
        }
    }
}
