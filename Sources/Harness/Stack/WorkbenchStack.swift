import Foundation

extension TerraformStack {
    /// The first stack: B11 to B14.
    static let workbench = TerraformStack(
        name: "workbench", dependencies: ["emulator"], path: "terraform/stacks/workbench",
        describe: { outputs in
            let zones = outputs["cluster_instances"]?.object?.keys.sorted().joined(separator: " and ") ?? "?"
            return
                "\(outputs["instance_name"]?.string ?? "?") \(outputs["instance_id"]?.string ?? "?"), database in \(zones)"
        },
        claims: { outputs, aws in
            func name(_ output: String) throws -> String {
                guard let value = outputs[output]?.string else {
                    throw HarnessError("the stack has no output \(output)")
                }
                return value
            }
            let buckets = (public: try name("public_bucket_name"), private: try name("private_bucket_name"))
            async let machine = machine(aws)
            async let database = database(aws, cluster: name("cluster_identifier"))
            async let policies = policies(aws, buckets: buckets)
            async let reading = reading(aws, buckets: buckets)
            async let users = users(aws, group: name("group_name"))
            return try await machine + database + policies + reading + users
        })

    /// B11.
    private static func machine(_ aws: AWSCLI) async throws -> [Claim] {
        let answer = try await aws.call(
            "ec2", "describe-instances", "--filters", "Name=tag:Name,Values=workbench1",
            "Name=instance-state-name,Values=pending,running")
        let found = (answer["Reservations"]?.array ?? []).flatMap { $0["Instances"]?.array ?? [] }
        guard let machine = found.first, found.count == 1 else {
            return [Claim("one instance is named workbench1", is: found.count, 1)]
        }
        let group = machine["SecurityGroups"]?.array?.first?["GroupId"]?.string ?? ""
        let volume = machine["BlockDeviceMappings"]?.array?.first?["Ebs"]?["VolumeId"]?.string ?? ""
        async let groups = aws.call("ec2", "describe-security-groups", "--group-ids", group)
        async let volumes = aws.call("ec2", "describe-volumes", "--volume-ids", volume)
        let ingress = try await groups["SecurityGroups"]?.array?.first?["IpPermissions"]?.array
        let root = try await volumes["Volumes"]?.array?.first
        return [
            Claim("one instance is named workbench1", is: found.count, 1),
            Claim("workbench1 is a t2.micro", is: machine["InstanceType"]?.string, "t2.micro"),
            Claim(
                "workbench1 comes from an Amazon machine image", machine["ImageId"]?.string?.hasPrefix("ami-") ?? false,
                seen: machine["ImageId"]?.string ?? "nothing"),
            Claim(
                "workbench1 has no public address", machine["PublicIpAddress"]?.string == nil,
                seen: machine["PublicIpAddress"]?.text ?? "none"),
            Claim("workbench1 demands IMDSv2", is: machine["MetadataOptions"]?["HttpTokens"]?.string, "required"),
            Claim(
                "workbench1 has no SSH key", machine["KeyName"]?.string == nil, seen: machine["KeyName"]?.text ?? "none"
            ),
            Claim("nothing may connect to workbench1", is: ingress, []),
            Claim("its root volume is encrypted", is: root?["Encrypted"]?.bool, true),
        ]
    }

    /// B12.
    private static func database(_ aws: AWSCLI, cluster: String) async throws -> [Claim] {
        async let clusters = aws.call("rds", "describe-db-clusters", "--db-cluster-identifier", cluster)
        let instances =
            try await aws.call("rds", "describe-db-instances", "--filters", "Name=db-cluster-id,Values=\(cluster)")[
                "DBInstances"]?.array ?? []
        let zones = Set(instances.compactMap { $0["AvailabilityZone"]?.string })
        let groups = Set(
            instances.compactMap { $0["DBParameterGroups"]?.array?.first?["DBParameterGroupName"]?.string })
        var limits: Set<String> = []
        for group in groups {
            let parameters =
                try await aws.call("rds", "describe-db-parameters", "--db-parameter-group-name", group)["Parameters"]?
                .array ?? []
            limits.formUnion(
                parameters.filter { $0["ParameterName"]?.string == "max_connections" }.compactMap {
                    $0["ParameterValue"]?.string
                })
        }
        let found = try await clusters["DBClusters"]?.array?.first
        return [
            Claim("the cluster runs Aurora MySQL", is: found?["Engine"]?.string, "aurora-mysql"),
            Claim("the cluster has two instances", is: instances.count, 2),
            Claim("they are in two availability zones", zones.count == 2, seen: zones.sorted().joined(separator: ", ")),
            Claim(
                "both allow at most 16,000 connections", limits == ["16000"] && groups.count == 1,
                seen: limits.sorted().joined(separator: ", ")),
            Claim(
                "no instance has a public address", instances.allSatisfy { $0["PubliclyAccessible"]?.bool == false },
                seen: instances.map { $0["PubliclyAccessible"]?.text ?? "?" }.joined(separator: ", ")),
            Claim("the storage is encrypted", is: found?["StorageEncrypted"]?.bool, true),
            Claim(
                "the password is managed, not set", found?["MasterUserSecret"]?["SecretArn"]?.string != nil,
                seen: found?["MasterUserSecret"]?["SecretArn"]?.string ?? "no secret"),
        ]
    }

    /// B13, as configured.
    private static func policies(_ aws: AWSCLI, buckets: (public: String, private: String)) async throws -> [Claim] {
        func policy(_ bucket: String) async throws -> [JSONValue] {
            let text = try await aws.call("s3api", "get-bucket-policy", "--bucket", bucket)["Policy"]?.string ?? "{}"
            return JSONValue(parsing: text)?["Statement"]?.list ?? []
        }
        async let block = aws.call("s3api", "get-public-access-block", "--bucket", buckets.private)
        async let encryption = aws.call("s3api", "get-bucket-encryption", "--bucket", buckets.private)
        async let openPolicy = policy(buckets.public)
        let closed = try await policy(buckets.private)
        let open = try await openPolicy
        let fields = try await block["PublicAccessBlockConfiguration"]?.object ?? [:]
        let algorithm = try await encryption["ServerSideEncryptionConfiguration"]?["Rules"]?.array?.first?[
            "ApplyServerSideEncryptionByDefault"]?["SSEAlgorithm"]?.string

        func allows(_ statement: JSONValue) -> Bool { statement["Effect"]?.string == "Allow" }
        let everyone = open.filter {
            allows($0) && ($0["Principal"]?.string == "*" || $0["Principal"]?["AWS"]?.string == "*")
        }
        let granted = everyone.flatMap { $0["Action"]?.list ?? [] }.compactMap(\.string)
        let readers = Set(closed.filter(allows).flatMap { $0["Principal"]?["AWS"]?.list ?? [.string("*")] }.map(\.text))
        let wanted = closed.filter(allows).flatMap { $0["Action"]?.list ?? [] }.compactMap(\.string)
        let isTLSOnly = { (statements: [JSONValue]) in
            statements.contains {
                $0["Effect"]?.string == "Deny" && $0["Condition"]?["Bool"]?["aws:SecureTransport"]?.text == "false"
            }
        }
        return [
            Claim("everyone may read objects of the public bucket, and nothing else", is: granted, ["s3:GetObject"]),
            Claim(
                "the private bucket blocks public access in all four ways",
                fields.count == 4 && fields.values.allSatisfy { $0.bool == true },
                seen: "\(fields.values.count { $0.bool == true }) of 4"),
            Claim(
                "the private bucket lets account 001234567890 in, and no other",
                readers.count == 1 && readers.allSatisfy { $0.contains("001234567890") },
                seen: readers.sorted().joined(separator: ", ")),
            Claim(
                "that account has named actions only", !wanted.isEmpty && wanted.allSatisfy { !$0.contains("*") },
                seen: wanted.sorted().joined(separator: ", ")),
            Claim("the private bucket is encrypted with an own key", is: algorithm, "aws:kms"),
            Claim(
                "both buckets refuse plain HTTP", isTLSOnly(open) && isTLSOnly(closed),
                seen: "public \(isTLSOnly(open)), private \(isTLSOnly(closed))"),
        ]
    }

    /// B13, as a visitor without credentials meets it. The object that it needs is removed again.
    private static func reading(_ aws: AWSCLI, buckets: (public: String, private: String)) async throws -> [Claim] {
        var answers: [String: Int] = [:]
        var plain: [String: Int] = [:]
        for bucket in [buckets.public, buckets.private] {
            let put = try await aws.call("s3api", "put-object", "--bucket", bucket, "--key", "verification.txt")
            let address = aws.address(bucket: bucket, key: "verification.txt")
            answers[bucket] = await HTTP.status(address)
            // What the load balancer in front of a service says of a request that came without TLS.
            plain[bucket] =
                aws.isEmulated
                ? await HTTP.status(address, headers: ["X-Forwarded-Proto: http"])
                : await HTTP.status(address.replacingOccurrences(of: "https:", with: "http:"))
            var removal = ["s3api", "delete-object", "--bucket", bucket, "--key", "verification.txt"]
            if let version = put["VersionId"]?.string { removal += ["--version-id", version] }
            _ = try await aws.call(removal)
        }
        return [
            Claim("an anonymous GET of a public object answers 200", is: answers[buckets.public], 200),
            Claim("an anonymous GET of a private object answers 403", is: answers[buckets.private], 403),
            Claim("a GET of a public object over plain HTTP answers 403", is: plain[buckets.public], 403),
        ]
    }

    /// B14.
    private static func users(_ aws: AWSCLI, group: String) async throws -> [Claim] {
        async let inline = aws.call("iam", "list-group-policies", "--group-name", group)
        async let attached = aws.call("iam", "list-attached-group-policies", "--group-name", group)
        let members = try await aws.call("iam", "get-group", "--group-name", group)["Users"]?.array ?? []
        let names = members.compactMap { $0["UserName"]?.string }.sorted()
        var keys = 0
        for name in names {
            keys +=
                try await aws.call("iam", "list-access-keys", "--user-name", name)["AccessKeyMetadata"]?.array?.count
                ?? 0
        }
        var documents: [JSONValue] = []
        for policy in try await inline["PolicyNames"]?.array ?? [] {
            documents.append(
                try await aws.call("iam", "get-group-policy", "--group-name", group, "--policy-name", policy.text)[
                    "PolicyDocument"] ?? .null)
        }
        for policy in try await attached["AttachedPolicies"]?.array ?? [] {
            let arn = policy["PolicyArn"]?.string ?? ""
            let version =
                try await aws.call("iam", "get-policy", "--policy-arn", arn)["Policy"]?["DefaultVersionId"]?.string
                ?? "v1"
            documents.append(
                try await aws.call("iam", "get-policy-version", "--policy-arn", arn, "--version-id", version)[
                    "PolicyVersion"]?["Document"] ?? .null)
        }
        let demandsMFA = documents.flatMap { $0["Statement"]?.list ?? [] }.contains {
            $0["Effect"]?.string == "Deny"
                && $0["Condition"]?["BoolIfExists"]?["aws:MultiFactorAuthPresent"]?.text == "false"
        }
        return [
            Claim("the group has the users chuck, dave and vera", is: names, ["chuck", "dave", "vera"]),
            Claim("none of them has an access key", is: keys, 0),
            Claim("without MFA they are refused", demandsMFA, seen: demandsMFA ? "denied by policy" : "no such policy"),
        ]
    }
}
