import HarnessSupport

extension PermissionFixture {
    /// The stack bucket-access: its developer, its user, and identities without access.
    static func bucketAccess(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await CloudFormationStack.bucketAccess.outputs(context)
        func output(_ name: String) throws -> String {
            guard let value = outputs[name] else { throw HarnessError("the stack bucket-access has no output \(name)") }
            return value
        }
        let buckets = (open: try output("PublicBucketName"), closed: try output("PrivateBucketName"))
        let (key, userARN, roleARN) = (try output("PrivateKeyArn"), try output("UserArn"), try output("RoleArn"))
        let (user, role) = (userARN.lastPathPart, roleARN.lastPathPart)

        return try await AWSClient.with(context, .ministack) { aws in
            let reader = PolicyReader(aws: aws)
            try await Self.putObjects(buckets, aws)
            let veraKey = try await Self.makeKey(user, aws)
            try await Self.unlessThere { try await aws.call("iam", "CreateUser", ["UserName": "other"]) }
            let mayAssume =
                #"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"*"}]}"#
            try await aws.call(
                "iam", "PutUserPolicy",
                ["UserName": "other", "PolicyName": "any-role", "PolicyDocument": .string(mayAssume)])
            let otherKey = try await Self.makeKey("other", aws)
            // Denied if the role requires MFA; then no developer credentials exist.
            let session = try? await aws.call(
                "sts", "AssumeRole", ["RoleArn": .string(roleARN), "RoleSessionName": "trial"], as: .keys(veraKey))

            var principals = Self.outsiders
            principals["vera"] = Principal(
                arn: userARN, identity: .keys(veraKey), policies: try await reader.policies(of: .user, user))
            principals["other"] = Principal(
                arn: "arn:aws:iam::123456789012:user/other", identity: .keys(otherKey),
                policies: try await reader.policies(of: .user, "other"))
            principals["developer"] = Principal(
                arn: roleARN, identity: session.map { .keys($0["Credentials"]) },
                policies: try await reader.policies(of: .role, role))
            return PermissionFixture(
                emulator: .ministack, isEnforcedOnDemand: false, principals: principals,
                resources: [
                    "public": Resource(
                        arn: "arn:aws:s3:::\(buckets.open)",
                        policy: try await reader.policy(ofBucket: buckets.open).document),
                    "private": Resource(
                        arn: "arn:aws:s3:::\(buckets.closed)",
                        policy: try await reader.policy(ofBucket: buckets.closed).document),
                    "key": Resource(arn: key, policy: try await reader.policy(ofKey: key), needsPolicy: true),
                    "other-key": Resource(
                        arn: "arn:aws:kms:eu-west-1:444455556666:key/00000000-0000-0000-0000-000000000000"),
                    "role": Resource(arn: roleARN, policy: try await reader.trust(of: role), needsPolicy: true),
                    "user": Resource(arn: userARN),
                ],
                leave: {
                    try await AWSClient.with(context, .ministack) { aws in
                        try await Self.removeKeys(of: user, aws)
                        try await Self.removeKeys(of: "other", aws)
                        try await aws.call("iam", "DeleteUserPolicy", ["UserName": "other", "PolicyName": "any-role"])
                        try await aws.call("iam", "DeleteUser", ["UserName": "other"])
                        for bucket in [buckets.open, buckets.closed] {
                            try await RetainedResources.empty(bucket: bucket, aws)
                        }
                    }
                })
        }
    }

    /// Identities that have nothing to do with the account. ministack takes a twelve-digit access key for the root of
    /// that account. What a foreign account grants its own identities is not ours to read: it counts as everything.
    static let outsiders: [String: Principal] = {
        func root(of account: String) -> Principal {
            Principal(
                arn: "arn:aws:iam::\(account):root",
                identity: .credentials(key: account, secret: "test", token: nil), policies: [.everything])
        }
        return [
            "external": root(of: "001234567890"), "third-account": root(of: "123456789000"),
            "anonymous": Principal(arn: nil, identity: .anonymous, policies: []),
        ]
    }()

    static func putObjects(_ buckets: (open: String, closed: String), _ aws: AWSClient) async throws {
        for (bucket, key) in [(buckets.open, "page.txt"), (buckets.closed, "kept.txt")] {
            try await aws.call("s3", "PutObject", ["Bucket": .string(bucket), "Key": .string(key), "Body": "1"])
        }
    }

    /// A killed test run can have left it.
    static func unlessThere(_ make: () async throws -> Void) async throws {
        do {
            try await make()
        } catch let refusal as AWSClient.Refusal
            where ["EntityAlreadyExists", "BucketAlreadyOwnedByYou"].contains(refusal.code)
        {
            return
        }
    }

    /// Creates the user's only access key.
    static func makeKey(_ user: String, _ aws: AWSClient) async throws -> JSONValue? {
        try await removeKeys(of: user, aws)
        return try await aws.call("iam", "CreateAccessKey", ["UserName": .string(user)])["AccessKey"]
    }

    static func removeKeys(of user: String, _ aws: AWSClient) async throws {
        let keys = try await aws.call("iam", "ListAccessKeys", ["UserName": .string(user)])["AccessKeyMetadata"].items
        for key in keys {
            try await aws.call(
                "iam", "DeleteAccessKey", ["UserName": .string(user), "AccessKeyId": key["AccessKeyId"] ?? .null])
        }
    }
}

extension PolicyDocument {
    static let everything = try! PolicyDocument(["Statement": [["Effect": "Allow", "Action": "*", "Resource": "*"]]])
}
