import Foundation
import HarnessSupport

/// Verifies the workbench stack through the API.
struct WorkbenchVerification: Sendable {
    let aws: AWSClient
    let cluster: String
    let publicBucket: String
    let privateBucket: String
    let group: String

    /// B11.
    func machine() async throws -> [Assertion] {
        let filters: JSONValue = [
            ["Name": "tag:Name", "Values": ["workbench1"]],
            ["Name": "instance-state-name", "Values": ["pending", "running"]],
        ]
        let reservations = try await aws.call("ec2", "DescribeInstances", ["Filters": filters])["Reservations"].items
        let found = reservations.flatMap { $0["Instances"].items }
        let named = Assertion(id: "one-instance", "one instance is named workbench1", is: found.count, 1)
        guard let machine = found.first, found.count == 1 else { return [named] }
        let group = machine["SecurityGroups"].items.first?["GroupId"] ?? .null
        let groups = try await aws.call("ec2", "DescribeSecurityGroups", ["GroupIds": [group]])["SecurityGroups"].items
        let volume = machine["BlockDeviceMappings"].items.first?["Ebs", "VolumeId"] ?? .null
        let volumes = try await aws.call("ec2", "DescribeVolumes", ["VolumeIds": [volume]])["Volumes"].items
        let image = machine["ImageId"]?.string ?? "none"
        return [
            named,
            Assertion(id: "instance-type", "workbench1 is a t2.micro", is: machine["InstanceType"]?.string, "t2.micro"),
            Assertion(
                id: "amazon-image", "workbench1 uses an Amazon machine image", image.hasPrefix("ami-"),
                seen: image),
            Assertion(
                id: "no-public-address", "workbench1 has no public address",
                is: machine["PublicIpAddress"]?.text ?? "none", "none"),
            Assertion(
                id: "imdsv2", "workbench1 requires IMDSv2", is: machine["MetadataOptions", "HttpTokens"]?.string,
                "required"),
            Assertion(id: "no-ssh-key", "workbench1 has no SSH key", is: machine["KeyName"]?.text ?? "none", "none"),
            Assertion(
                id: "no-ingress", "workbench1 allows no ingress", is: groups.first?["IpPermissions"]?.array?.count,
                0),
            Assertion(
                id: "volume-encryption", "workbench1's root volume is encrypted", is: volumes.first?["Encrypted"]?.bool,
                true),
        ]
    }

    /// B12.
    func database() async throws -> [Assertion] {
        let clusters = try await aws.call("rds", "DescribeDBClusters", ["DBClusterIdentifier": .string(cluster)])
        let found = clusters["DBClusters"].items.first
        let filters: JSONValue = [["Name": "db-cluster-id", "Values": [.string(cluster)]]]
        let instances = try await aws.call("rds", "DescribeDBInstances", ["Filters": filters])["DBInstances"].items
        let zones = Set(instances.compactMap { $0["AvailabilityZone"]?.string }).sorted()
        let addresses = instances.map { $0["PubliclyAccessible"]?.text ?? "?" }
        var limits: [String] = []
        for instance in instances {
            let group = instance["DBParameterGroups"].items.first?["DBParameterGroupName"] ?? .null
            let parameters = try await aws.call("rds", "DescribeDBParameters", ["DBParameterGroupName": group])
            let limit = parameters["Parameters"].items.first { $0["ParameterName"]?.string == "max_connections" }
            limits.append(limit?["ParameterValue"]?.string ?? "default")
        }
        let secret = found?["MasterUserSecret", "SecretArn"]?.string
        return [
            Assertion(id: "engine", "the cluster runs Aurora MySQL", is: found?["Engine"]?.string, "aurora-mysql"),
            Assertion(id: "two-instances", "the cluster has two instances", is: instances.count, 2),
            Assertion(
                id: "two-zones", "the instances are in two availability zones", zones.count == 2,
                seen: zones.joined(separator: ", ")),
            Assertion(
                id: "max-connections", "each instance allows at most 16,000 connections", is: limits,
                ["16000", "16000"]),
            Assertion(id: "database-private", "no instance has a public address", is: addresses, ["false", "false"]),
            Assertion(id: "storage-encryption", "the storage is encrypted", is: found?["StorageEncrypted"]?.bool, true),
            Assertion(
                id: "managed-password", "Secrets Manager manages the password", secret != nil,
                seen: secret ?? "no secret"),
        ]
    }

    /// B13, as configured.
    func buckets() async throws -> [Assertion] {
        let open = try await policy(of: publicBucket)
        let closed = try await policy(of: privateBucket)
        let bucket: JSONValue = ["Bucket": .string(privateBucket)]
        let block = try await aws.call("s3", "GetPublicAccessBlock", bucket)["PublicAccessBlockConfiguration"]?.object
        let blocked = (block ?? [:]).values.count { $0.bool == true }
        let encryption = try await aws.call("s3", "GetBucketEncryption", bucket)
        let rule = encryption["ServerSideEncryptionConfiguration", "Rules"].items.first
        let algorithm = rule?["ApplyServerSideEncryptionByDefault", "SSEAlgorithm"]?.string

        let everyone = open.filter { $0.allows && $0.principals == ["*"] }.flatMap(\.actions)
        let grants = closed.filter(\.allows)
        let readers = Set(grants.flatMap(\.principals)).sorted()
        let actions = grants.flatMap(\.actions).sorted()
        let refusing = [open, closed].count { $0.contains(where: \.refusesPlainHTTP) }
        return [
            Assertion(
                id: "public-bucket-policy", "anyone may read objects of the public bucket and do nothing else",
                is: everyone, ["s3:GetObject"]),
            Assertion(
                id: "private-bucket-public-access-blocked", "the private bucket enables all four public access blocks",
                is: blocked, 4),
            Assertion(
                id: "external-account-only",
                "account 001234567890 is the only other account with access to the private bucket",
                is: readers,
                ["arn:aws:iam::001234567890:root"]),
            Assertion(
                id: "external-account-actions", "account 001234567890 has named actions only", is: actions,
                ["s3:GetObject", "s3:ListBucket"]),
            Assertion(
                id: "private-bucket-encryption", "the private bucket is encrypted with its own KMS key", is: algorithm,
                "aws:kms"),
            Assertion(id: "tls-only", "both buckets deny plain HTTP", is: refusing, 2),
        ]
    }

    /// B13 for a visitor without credentials. The test objects are removed afterwards.
    func visits() async throws -> [Assertion] {
        let open = try await visit(publicBucket)
        let closed = try await visit(privateBucket)
        return [
            Assertion(
                id: "anonymous-get-public", "an anonymous GET of a public object answers 200", is: open.secure, 200),
            Assertion(
                id: "anonymous-get-private", "an anonymous GET of a private object answers 403", is: closed.secure, 403),
            Assertion(
                id: "plain-http-refused", "a GET of a public object over plain HTTP answers 403", is: open.plain, 403),
        ]
    }

    private func visit(_ bucket: String) async throws -> (secure: Int?, plain: Int?) {
        var object: [String: JSONValue] = ["Bucket": .string(bucket), "Key": "verification.txt"]
        let put = try await aws.call("s3", "PutObject", .object(object))
        let secure: Int?
        let plain: Int?
        if let endpoint = aws.endpoint {
            let address = "\(endpoint)/\(bucket)/verification.txt"
            secure = await HTTP.status(address)
            // The header that a TLS-terminating proxy adds to a plain HTTP request.
            plain = await HTTP.status(address, headers: ["X-Forwarded-Proto: http"])
        } else {
            let address = "://\(bucket).s3.amazonaws.com/verification.txt"
            secure = await HTTP.status("https" + address)
            plain = await HTTP.status("http" + address)
        }
        object["VersionId"] = put["VersionId"]
        try await aws.call("s3", "DeleteObject", .object(object))
        return (secure, plain)
    }

    private func policy(of bucket: String) async throws -> [JSONValue] {
        let answer = try await aws.call("s3", "GetBucketPolicy", ["Bucket": .string(bucket)])
        return JSONValue(parsing: answer["Policy"]?.string ?? "{}")?["Statement"]?.list ?? []
    }

    /// B14.
    func users() async throws -> [Assertion] {
        let named: JSONValue = ["GroupName": .string(group)]
        let names = try await aws.call("iam", "GetGroup", named)["Users"].items.compactMap { $0["UserName"]?.string }
        var keys = 0
        for name in names {
            let answer = try await aws.call("iam", "ListAccessKeys", ["UserName": .string(name)])
            keys += answer["AccessKeyMetadata"].items.count
        }
        var statements: [JSONValue] = []
        for policy in try await aws.call("iam", "ListGroupPolicies", named)["PolicyNames"].items {
            let answer = try await aws.call(
                "iam", "GetGroupPolicy", ["GroupName": .string(group), "PolicyName": policy])
            statements += answer["PolicyDocument", "Statement"]?.list ?? []
        }
        for policy in try await aws.call("iam", "ListAttachedGroupPolicies", named)["AttachedPolicies"].items {
            let arn = policy["PolicyArn"] ?? .null
            let version = try await aws.call("iam", "GetPolicy", ["PolicyArn": arn])["Policy", "DefaultVersionId"]
            let answer = try await aws.call(
                "iam", "GetPolicyVersion", ["PolicyArn": arn, "VersionId": version ?? .null])
            statements += answer["PolicyVersion", "Document", "Statement"]?.list ?? []
        }
        let demands = statements.filter {
            $0["Effect"]?.string == "Deny"
                && $0["Condition", "BoolIfExists", "aws:MultiFactorAuthPresent"]?.text == "false"
        }
        return [
            Assertion(
                id: "group-members", "the group has the users chuck, dave and vera", is: names.sorted(),
                ["chuck", "dave", "vera"]),
            Assertion(id: "no-access-keys", "none of the users has an access key", is: keys, 0),
            Assertion(id: "mfa-required", "a statement denies the users all actions without MFA", is: demands.count, 1),
        ]
    }
}
