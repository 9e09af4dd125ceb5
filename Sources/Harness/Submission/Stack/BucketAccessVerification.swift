import HarnessSupport

/// Verifies the bucket-access stack against the exercise, through the API.
struct BucketAccessVerification: Sendable {
    let aws: AWSClient
    let publicBucket: String
    let privateBucket: String
    let key: String
    let user: String
    let role: String

    init(_ outputs: [String: String], _ aws: AWSClient) throws {
        self.aws = aws
        publicBucket = try outputs.named("PublicBucketName")
        privateBucket = try outputs.named("PrivateBucketName")
        key = try outputs.named("PrivateKeyArn")
        user = try outputs.named("UserArn")
        role = try outputs.named("RoleArn")
    }

    func all() async throws -> [Assertion] { try await buckets() + encryption() + policies() + identities() }

    /// B2, B3.
    private func buckets() async throws -> [Assertion] {
        let open = try await aws.blockedAccess(to: publicBucket)
        let closed = try await aws.blockedAccess(to: privateBucket)
        let versioned = [
            try await aws.call("s3", "GetBucketVersioning", ["Bucket": .string(publicBucket)])["Status"]?.text ?? "off",
            try await aws.call("s3", "GetBucketVersioning", ["Bucket": .string(privateBucket)])["Status"]?.text
                ?? "off",
        ]
        return [
            Assertion(
                id: "public-bucket-acls-blocked", "the public bucket blocks ACLs but not policies", is: open,
                ["BlockPublicAcls", "IgnorePublicAcls"]),
            Assertion(
                id: "private-bucket-public-access-blocked", "the private bucket enables all four public access blocks",
                is: closed,
                ["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"]),
            Assertion(id: "versioning", "both buckets have versioning enabled", is: versioned, ["Enabled", "Enabled"]),
        ] + (try await housekeeping())
    }

    private func housekeeping() async throws -> [Assertion] {
        let days = Assertion.Name(
            id: "old-versions-expire", "old versions expire in both buckets")
        let ownership = Assertion.Name(id: "bucket-owner-enforced", "both buckets disable ACLs")
        guard aws.endpoint == nil else {
            let reason = "ministack does not apply it from a template"
            return [Assertion(days, skipped: reason), Assertion(ownership, skipped: reason)]
        }
        var rules: [String] = []
        var owners: [String] = []
        for bucket in [publicBucket, privateBucket] {
            let named: JSONValue = ["Bucket": .string(bucket)]
            let lifecycle = try await aws.call("s3", "GetBucketLifecycleConfiguration", named)["Rules"].items
            rules += lifecycle.compactMap { $0["NoncurrentVersionExpiration", "NoncurrentDays"]?.text }
            let controls = try await aws.call("s3", "GetBucketOwnershipControls", named)
            owners += controls["OwnershipControls", "Rules"].items.compactMap { $0["ObjectOwnership"]?.string }
        }
        return [
            Assertion(days, rules.count == 2, seen: rules.joined(separator: ", ")),
            Assertion(ownership, is: owners, ["BucketOwnerEnforced", "BucketOwnerEnforced"]),
        ]
    }

    private func encryption() async throws -> [Assertion] {
        let open = try await aws.defaultEncryption(of: publicBucket)
        let closed = try await aws.defaultEncryption(of: privateBucket)
        let put: JSONValue = ["Bucket": .string(privateBucket), "Key": "verification.txt"]
        let version = try await aws.call("s3", "PutObject", put)["VersionId"] ?? .null
        let head = try await aws.call("s3", "HeadObject", put)
        try await aws.call(
            "s3", "DeleteObject",
            ["Bucket": .string(privateBucket), "Key": "verification.txt", "VersionId": version])
        let rotation = try await aws.call("kms", "GetKeyRotationStatus", ["KeyId": .string(key)])
        let policy = try await aws.call("kms", "GetKeyPolicy", ["KeyId": .string(key), "PolicyName": "default"])
        let statements = JSONValue(parsing: policy["Policy"]?.string ?? "")?["Statement"]?.list ?? []
        let root = "arn:aws:iam::\(role.account):root"
        return [
            Assertion(
                id: "public-bucket-encryption", "the public bucket uses SSE-S3",
                is: open?["ApplyServerSideEncryptionByDefault", "SSEAlgorithm"]?.string, "AES256"),
            Assertion(
                id: "private-bucket-encryption", "the private bucket is encrypted with its own KMS key",
                is: closed?["ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"]?.string, key),
            Assertion(
                id: "bucket-key", "the private bucket uses an S3 bucket key", is: closed?["BucketKeyEnabled"]?.bool,
                true),
            Assertion(
                id: "default-object-key", "an upload without encryption headers gets that key",
                is: head["SSEKMSKeyId"]?.string, key),
            Assertion(id: "key-rotation", "the key is rotated", is: rotation["KeyRotationEnabled"]?.bool, true),
            Assertion(
                id: "key-policy", "the key policy names only this account", is: statements.flatMap(\.principals), [root]
            ),
        ]
    }

    private func policies() async throws -> [Assertion] {
        let open = try await aws.policy(of: publicBucket)
        let closed = try await aws.policy(of: privateBucket)
        let given = open.filter(\.allows)
        let notHere = "ministack does not know s3:x-amz-server-side-encryption-aws-kms-key-id"
        let refusals = closed.filter { !$0.allows }.compactMap { $0["Sid"]?.string }.sorted()
        var claims = [
            Assertion(
                id: "anonymous-read", "anyone may read objects of the public bucket", is: given.flatMap(\.principals),
                ["*"]),
            Assertion(
                id: "anonymous-actions", "anonymous callers may do nothing else", is: given.flatMap(\.actions),
                ["s3:GetObject"]),
            Assertion(
                id: "anonymous-resources", "anonymous access covers the public bucket only",
                is: given.flatMap(\.resources),
                ["arn:aws:s3:::\(publicBucket)/*"]),
            Assertion(
                id: "private-policy-allows-nobody", "the private bucket's policy allows nobody",
                is: closed.count(where: \.allows), 0),
            Assertion(
                id: "private-policy-denials",
                "the private bucket denies other accounts, plain HTTP, other encryption and other keys, SSE-C included",
                is: refusals,
                ["NoKeyOfTheCaller", "NoOtherEncryption", "NoOtherKey", "OwnAccountOnly", "TlsOnly"]),
            Assertion(
                id: "tls-only", "both buckets deny plain HTTP",
                is: [open, closed].count { $0.contains(where: \.refusesPlainHTTP) }, 2),
        ]
        let otherKey = Assertion.Name(id: "other-key-refused", "an upload with another key is denied")
        let asked = Assertion.Name(id: "read-needs-key", "a read needs permission on the key too")
        if aws.endpoint != nil {
            claims.append(Assertion(otherKey, skipped: notHere))
            claims.append(Assertion(asked, skipped: "ministack's S3 does not call KMS"))
        }
        return claims
    }

    /// B4 to B6.
    private func identities() async throws -> [Assertion] {
        let (userName, roleName) = (JSONValue.string(user.lastComponent), JSONValue.string(role.lastComponent))
        let trust = try await aws.call("iam", "GetRole", ["RoleName": roleName])["Role", "AssumeRolePolicyDocument"]
        let trusted = trust?["Statement"]?.list ?? []
        let granted = try await aws.statements(ofRole: role.lastComponent)
        let objects = granted.filter { $0.resources == ["arn:aws:s3:::\(privateBucket)/*"] }.flatMap(\.actions)
        let uses = granted.filter { $0.resources == [key] }
        let narrowed = uses.filter { $0["Condition", "StringEquals", "kms:ViaService"] != nil }
        let others = granted.count - granted.count { $0.resources == ["arn:aws:s3:::\(privateBucket)/*"] } - uses.count
        return [
            Assertion(
                id: "trust-policy", "only vera can assume developer", is: trusted.flatMap(\.principals), [user]),
            mfa(trusted),
            Assertion(
                id: "object-permissions", "developer creates, writes, reads and deletes objects of the private bucket",
                is: objects.sorted(),
                ["s3:DeleteObject", "s3:GetObject", "s3:PutObject"]),
            Assertion(
                id: "key-permissions", "developer uses the bucket's key through S3 only",
                is: narrowed.flatMap(\.actions).sorted(),
                ["kms:Decrypt", "kms:GenerateDataKey"]),
            Assertion(id: "no-other-permission", "developer has no other permission", is: others, 0),
        ] + (try await credentials(userName))
    }

    private func mfa(_ trusted: [JSONValue]) -> Assertion {
        let text = Assertion.Name(id: "mfa-required", "vera can assume developer with an MFA device only")
        let demand = trusted.first?["Condition", "Bool", "aws:MultiFactorAuthPresent"]?.text
        if demand == nil, aws.endpoint != nil {
            return Assertion(
                text, skipped: "the emulator has no MFA devices; `harness permissions` tests the requirement")
        }
        return Assertion(text, is: demand, "true")
    }

    private func credentials(_ name: JSONValue) async throws -> [Assertion] {
        var granted: [JSONValue] = []
        for policy in try await aws.call("iam", "ListUserPolicies", ["UserName": name])["PolicyNames"].items {
            let answer = try await aws.call("iam", "GetUserPolicy", ["UserName": name, "PolicyName": policy])
            granted += answer["PolicyDocument", "Statement"]?.list ?? []
        }
        let keys = try await aws.call("iam", "ListAccessKeys", ["UserName": name])["AccessKeyMetadata"].items
        var password = "set"
        do {
            try await aws.call("iam", "GetLoginProfile", ["UserName": name])
        } catch let refusal as AWSClient.Refusal where refusal.code == "NoSuchEntity" {
            password = "none"
        }
        return [
            Assertion(
                id: "user-may-assume-role", "vera may do nothing but assume a role", is: granted.flatMap(\.actions),
                ["sts:AssumeRole"]),
            Assertion(
                id: "user-assumes-developer-only", "vera may assume only the role developer",
                is: granted.flatMap(\.resources), [role]
            ),
            Assertion(id: "no-access-key", "vera has no access key", is: keys.count, 0),
            Assertion(id: "no-password", "vera has no password", is: password, "none"),
        ]
    }
}
