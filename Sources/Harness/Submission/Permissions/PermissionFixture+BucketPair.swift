import HarnessSupport

extension PermissionFixture {
    /// The buckets of the stack workbench. moto knows no other account, so their policies are read there and put
    /// unchanged onto buckets of the same names in ministack, which receives the calls.
    static func bucketPair(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.workbench.outputs(context)
        guard let open = outputs["public_bucket_name"]?.string, let closed = outputs["private_bucket_name"]?.string
        else {
            throw HarnessError("the stack workbench has no outputs for its buckets")
        }
        let (policies, key, keyPolicy) = try await AWSClient.with(context) { aws in
            let reader = PolicyReader(aws: aws)
            let encryption = try await aws.call("s3", "GetBucketEncryption", ["Bucket": .string(closed)])
            let rule = encryption["ServerSideEncryptionConfiguration", "Rules"].items.first
            let key = rule?["ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"]?.string ?? ""
            return (
                [open: try await reader.policy(ofBucket: open), closed: try await reader.policy(ofBucket: closed)], key,
                try await reader.policy(ofKey: key)
            )
        }
        return try await AWSClient.with(context, .ministack) { aws in
            for (bucket, policy) in policies {
                let named: JSONValue = .string(bucket)
                try await Self.unlessThere {
                    try await aws.call(
                        "s3", "CreateBucket",
                        [
                            "Bucket": named,
                            "CreateBucketConfiguration": ["LocationConstraint": .string(Emulator.region)],
                        ])
                }
                try await aws.call("s3", "DeletePublicAccessBlock", ["Bucket": named])
                try await aws.call("s3", "PutBucketPolicy", ["Bucket": named, "Policy": .string(policy.text)])
            }
            try await Self.putObjects((open, closed), aws)
            return PermissionFixture(
                emulator: .ministack, isEnforcedOnDemand: false, principals: Self.outsiders,
                resources: [
                    "public": Resource(arn: "arn:aws:s3:::\(open)", policy: policies[open]?.document),
                    "private": Resource(arn: "arn:aws:s3:::\(closed)", policy: policies[closed]?.document),
                    "key": Resource(arn: key, policy: keyPolicy, needsPolicy: true),
                ],
                leave: {
                    try await AWSClient.with(context, .ministack) { aws in
                        for bucket in [open, closed] {
                            try await RetainedResources.empty(bucket: bucket, aws)
                            try await aws.call("s3", "DeleteBucket", ["Bucket": .string(bucket)])
                        }
                    }
                })
        }
    }
}
