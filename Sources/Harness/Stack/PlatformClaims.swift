/// What is promised of the fleet of workstations, read back through the API.
struct PlatformClaims: Sendable {
    /// Names to ask for.
    let outputs: JSONValue
    let aws: AWSClient

    /// The network has no way in or out besides its endpoints.
    func network() async throws -> [Claim] {
        let vpc: JSONValue = .string(try name("vpc_id"))
        let ids = try names("private_subnet_ids").values.sorted().map { JSONValue.string($0) }
        let subnets = try await aws.call("ec2", "DescribeSubnets", ["SubnetIds": .array(ids)])["Subnets"].items
        let zones = Set(subnets.compactMap { $0["AvailabilityZone"]?.string }).sorted()
        let gateways = try await aws.call(
            "ec2", "DescribeInternetGateways", ["Filters": [["Name": "attachment.vpc-id", "Values": [vpc]]]]
        )["InternetGateways"].items
        let translators = try await aws.call(
            "ec2", "DescribeNatGateways", ["Filter": [["Name": "vpc-id", "Values": [vpc]]]]
        )["NatGateways"].items.filter { $0["State"]?.string != "deleted" }
        let endpoints = try await aws.call(
            "ec2", "DescribeVpcEndpoints", ["Filters": [["Name": "vpc-id", "Values": [vpc]]]]
        )["VpcEndpoints"].items.filter { $0["VpcEndpointType"]?.string == "Interface" }
        let account = try await aws.call("sts", "GetCallerIdentity")["Account"]?.string ?? "?"
        let open = endpoints.filter { endpoint in
            let statements = endpoint.document("PolicyDocument").statements
            return statements.isEmpty
                || statements.contains {
                    $0.actions.contains { $0.hasSuffix("*") }
                        || $0["Condition", "StringEquals", "aws:PrincipalAccount"]?.string != account
                }
        }.map { $0["ServiceName"]?.string ?? "?" }
        return [
            Claim("the subnets are in three availability zones", zones.count == 3, seen: zones.joined(separator: ", ")),
            Claim(
                "no subnet gives out public addresses", is: subnets.map { $0["MapPublicIpOnLaunch"]?.text ?? "?" },
                subnets.map { _ in "false" }),
            Claim("the network has no internet gateway and no NAT", is: gateways.count + translators.count, 0),
            Claim(
                "its interface endpoints serve named actions of the own account only",
                !endpoints.isEmpty && open.isEmpty,
                seen: open.isEmpty ? "\(endpoints.count) endpoints" : open.joined(separator: ", ")),
        ]
    }

    /// Everything at rest has an own key, and nothing is logged for ever.
    func encryption() async throws -> [Claim] {
        let keys = try names("kms_key_arns")
        let rotating = try await keys.values.sorted().asyncMap { key in
            try await aws.call("kms", "GetKeyRotationStatus", ["KeyId": .string(key)])["KeyRotationEnabled"]?.text
                ?? "?"
        }
        let logs = try await names("log_group_names").values.sorted().asyncMap { group in
            let answer = try await aws.call("logs", "DescribeLogGroups", ["logGroupNamePrefix": .string(group)])
            return answer["logGroups"].items.first { $0["logGroupName"]?.string == group } ?? .null
        }
        let topic = try await aws.call(
            "sns", "GetTopicAttributes", ["TopicArn": .string(try name("rollout_topic_arn"))])
        let queue = try await aws.call(
            "sqs", "GetQueueAttributes",
            ["QueueUrl": .string(try name("dead_letter_queue_url")), "AttributeNames": ["KmsMasterKeyId"]])
        let table = try await aws.call(
            "dynamodb", "DescribeTable", ["TableName": .string(try name("rollout_table_name"))])
        let used = [
            topic["Attributes", "KmsMasterKeyId"], queue["Attributes", "KmsMasterKeyId"],
            table["Table", "SSEDescription", "KMSMasterKeyArn"],
        ].map { $0?.string?.split(separator: "/").last.map(String.init) ?? "none" }
        let own = keys["rollout"]?.split(separator: "/").last.map(String.init) ?? "?"
        return [
            Claim("the keys rotate", is: rotating, rotating.map { _ in "true" }),
            Claim(
                "logs are kept for a year", is: logs.map { $0["retentionInDays"]?.text ?? "for ever" },
                logs.map { _ in "365" }),
            Claim(
                "each log group has an own key", logs.allSatisfy { keys.values.contains($0["kmsKeyId"]?.string ?? "") },
                seen: logs.compactMap { $0["logGroupName"]?.string }.joined(separator: ", ")),
            Claim("topic, dead letters and lock have the rollout's key", is: used, [own, own, own]),
        ]
    }

    /// Where images come from, and what keeps home directories besides.
    func images() async throws -> [Claim] {
        let built = "an image is built, tested and published by a pipeline"
        let kept = "home directories are backed up"
        guard aws.endpoint == nil else {
            return [
                Claim(built, skipped: "the emulator has no Image Builder; machines start from Amazon's image"),
                Claim(kept, skipped: "the emulator has no backup policies of EFS"),
            ]
        }
        let pipeline = try await aws.call(
            "imagebuilder", "GetImagePipeline", ["imagePipelineArn": .string(try name("pipeline_arn"))]
        )["imagePipeline"]
        let backups = try await aws.call(
            "efs", "DescribeBackupPolicy", ["FileSystemId": .string(try name("file_system_id"))])
        return [
            Claim(built, is: pipeline?["status"]?.string, "ENABLED"),
            Claim(kept, is: backups["BackupPolicy", "Status"]?.string, "ENABLED"),
        ]
    }

    // MARK: Names

    func name(_ output: String) throws -> String {
        guard let value = outputs[output]?.string else { throw Self.missing(output) }
        return value
    }

    /// An output that maps to names, or a list of them.
    func names(_ output: String) throws -> [String: String] {
        guard let values = outputs[output]?.object?.compactMapValues(\.string) else { throw Self.missing(output) }
        return values
    }

    func list(_ output: String) throws -> [String] {
        guard let values = outputs[output]?.array?.compactMap(\.string) else { throw Self.missing(output) }
        return values
    }

    private static func missing(_ output: String) -> HarnessError {
        HarnessError("the stack has no output \(output)", remedy: "add it to its outputs.tf")
    }
}

/// A policy and its statements.
extension JSONValue {
    /// A document that the API hands out as text.
    func document(_ field: String) -> JSONValue {
        JSONValue(parsing: self[field]?.string ?? "") ?? self[field] ?? .null
    }

    var statements: [JSONValue] { self["Statement"]?.list ?? [] }
}

extension Sequence where Self: Sendable {
    /// One call after the other, as a client makes them.
    func asyncMap<Result>(_ transform: (Element) async throws -> Result) async rethrows -> [Result] {
        var results: [Result] = []
        for element in self { results.append(try await transform(element)) }
        return results
    }
}
