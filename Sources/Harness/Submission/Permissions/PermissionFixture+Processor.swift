import HarnessSupport

extension PermissionFixture {
    /// The stack processor: the permissions of its function and backfill roles, and of S3.
    static func processor(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.processor.outputs(context)
        func output(_ name: String) throws -> String {
            guard let value = outputs[name]?.string else {
                throw HarnessError("the stack processor has no output \(name)")
            }
            return value
        }
        let (input, results) = (try output("input_bucket_name"), try output("results_bucket_name"))
        let (role, function) = (try output("role_name"), try output("function_arn"))
        let (queue, log) = (try output("dead_letter_queue_url"), try output("log_group_name"))
        let (backfill, backfillRole) = (try output("backfill_bucket_name"), try output("backfill_role_name"))
        let keys = outputs["kms_key_arns"]
        let place = "\(Emulator.region):123456789012"
        // None of a kind that calls the function.
        let objects = [
            (input, "incoming/kept.txt"), (input, "elsewhere/kept.txt"), (results, "results/kept.txt"),
        ]
        return try await AWSClient.with(context) { aws in
            let reader = PolicyReader(aws: aws)
            let arn = try await aws.call("iam", "GetRole", ["RoleName": .string(role)])["Role", "Arn"]
            let backfillARN = try await aws.call("iam", "GetRole", ["RoleName": .string(backfillRole)])["Role", "Arn"]
            func session(_ role: JSONValue?) async throws -> AWSClient.Identity {
                let answer = try await aws.call(
                    "sts", "AssumeRole", ["RoleArn": role ?? .null, "RoleSessionName": "trial"])
                return .keys(answer["Credentials"])
            }
            for (bucket, key) in objects {
                try await aws.call("s3", "PutObject", ["Bucket": .string(bucket), "Key": .string(key), "Body": "1"])
            }
            func key(_ kind: String) async throws -> Resource {
                let arn = keys?[kind]?.string ?? ""
                return Resource(arn: arn, policy: try await reader.policy(ofKey: arn), needsPolicy: true)
            }
            return PermissionFixture(
                emulator: .moto, isEnforcedOnDemand: true,
                principals: [
                    "function": Principal(
                        arn: arn?.string, identity: try await session(arn),
                        policies: try await reader.policies(of: .role, role)),
                    "backfill": Principal(
                        arn: backfillARN?.string, identity: try await session(backfillARN),
                        policies: try await reader.policies(of: .role, backfillRole)),
                    "inventory": Principal(arn: "s3.amazonaws.com", identity: nil, policies: []),
                ],
                resources: [
                    "input": Resource(
                        arn: "arn:aws:s3:::\(input)", policy: try await reader.policy(ofBucket: input).document),
                    "results": Resource(
                        arn: "arn:aws:s3:::\(results)", policy: try await reader.policy(ofBucket: results).document),
                    "backfill": Resource(
                        arn: "arn:aws:s3:::\(backfill)", policy: try await reader.policy(ofBucket: backfill).document),
                    "backfill-key": try await key("backfill"), "input-key": try await key("input"),
                    "results-key": try await key("results"),
                    "queue": Resource(arn: "arn:aws:sqs:\(place):\(queue.lastPathPart)"),
                    "log-group": Resource(arn: "arn:aws:logs:\(place):log-group:\(log)"),
                    "function": Resource(arn: function),
                    "role": Resource(
                        arn: arn?.string ?? "", policy: try await reader.trust(of: role), needsPolicy: true),
                ],
                leave: {
                    try await AWSClient.with(context) { aws in
                        for (bucket, key) in objects + [(results, "results/new.txt")] {
                            try await RetainedResources.empty(bucket: bucket, below: key, aws)
                        }
                    }
                })
        }
    }
}
