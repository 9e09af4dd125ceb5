import HarnessSupport

extension WebAppVerification {
    func monitoring(_ scene: Fixture) async throws -> [Assertion] {
        try await alarms() + logs() + flowLogs() + accessLogBucket()
    }

    private func alarms() async throws -> [Assertion] {
        let found = try await aws.call("cloudwatch", "DescribeAlarms")["MetricAlarms"].items
        // Those that target tracking makes for itself have its policy as their action.
        let own = found.filter { $0["AlarmActions"].items.contains(.string(topic)) }
        let attributes = try await aws.call("sns", "GetTopicAttributes", ["TopicArn": .string(topic)])["Attributes"]
        let statements = JSONValue(parsing: attributes?["Policy"]?.string ?? "")?["Statement"]?.list ?? []
        let sender = statements.first { $0.principals == ["cloudwatch.amazonaws.com"] }
        let encrypted = Assertion.Name(id: "topic-encryption", "the topic is encrypted with the stack's key")
        return [
            Assertion(
                id: "alarms", "alarms cover health and errors",
                is: own.compactMap { $0["MetricName"]?.string }.sorted(),
                ["HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count", "UnHealthyHostCount"]),
            Assertion(
                id: "topic-policy", "only alarms of this account may publish to the topic",
                is: sender?["Condition", "StringEquals", "aws:SourceAccount"]?.text, topic.account),
            aws.endpoint == nil
                ? Assertion(encrypted, is: attributes?["KmsMasterKeyId"]?.string?.lastComponent, key.lastComponent)
                : Assertion(encrypted, skipped: "ministack's topics have no key"),
        ]
    }

    private func logs() async throws -> [Assertion] {
        let all = try await aws.call("logs", "DescribeLogGroups")["logGroups"].items
        let own = all.filter { $0["kmsKeyId"]?.string == key }
        let days = own.map { $0["retentionInDays"]?.int ?? 0 }
        let rotation = try await aws.call("kms", "GetKeyRotationStatus", ["KeyId": .string(key)])["KeyRotationEnabled"]
        return [
            Assertion(id: "log-encryption", "three log groups are encrypted with the stack's key", is: own.count, 3),
            Assertion(
                id: "log-retention", "the log groups have a retention period", !days.contains(0),
                seen: days.map { "\($0) days" }.joined(separator: ", ")),
            Assertion(id: "key-rotation", "the key is rotated", is: rotation?.bool, true),
        ]
    }

    private func flowLogs() async throws -> [Assertion] {
        let found = try await aws.call("ec2", "DescribeFlowLogs")["FlowLogs"].items
        let own = found.filter { $0["ResourceId"]?.string == vpc }
        let resources = try await aws.call(
            "cloudformation", "DescribeStackResources", ["StackName": .string(CloudFormationStack.webApp.name)])
        let made = resources["StackResources"].items.first { $0["LogicalResourceId"]?.string == "FlowLogRole" }
        let role = made?["PhysicalResourceId"]?.string ?? ""
        let trust = try await aws.call("iam", "GetRole", ["RoleName": .string(role)])[
            "Role", "AssumeRolePolicyDocument"]
        let trusted = trust?["Statement"]?.list ?? []
        let writer = Assertion.Name(id: "flow-log-role", "flow logs use the stack's role")
        return [
            Assertion(
                id: "flow-logs", "flow logs record all traffic",
                is: own.compactMap { $0["TrafficType"]?.string },
                ["ALL"]),
            aws.endpoint == nil
                ? Assertion(writer, is: own.first?["DeliverLogsPermissionArn"]?.string?.lastComponent, role)
                : Assertion(writer, skipped: "ministack's flow logs leave out the role"),
            Assertion(
                id: "flow-log-trust", "only flow logs of this account may assume the role",
                is: trusted.map { $0["Condition", "StringEquals", "aws:SourceAccount"]?.text ?? "any" }, [key.account]),
            Assertion(
                id: "flow-log-permissions", "the role may only write flow logs",
                is: try await aws.statements(ofRole: role).flatMap(\.actions).sorted(),
                ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]),
        ]
    }

    private func accessLogBucket() async throws -> [Assertion] {
        let bucket: JSONValue = ["Bucket": .string(accessLogs)]
        let policy = try await aws.policy(of: accessLogs)
        let given = policy.filter(\.allows)
        let encryption = try await aws.defaultEncryption(of: accessLogs)
        let forgotten = Assertion.Name(id: "log-bucket-retention", "access logs expire")
        var claims = [
            Assertion(
                id: "log-bucket-public-access-blocked", "the access logs' bucket enables all four public access blocks",
                is: try await aws.blockedAccess(to: accessLogs).count, 4),
            Assertion(
                id: "log-bucket-writer", "only the load balancer may write access logs",
                is: given.flatMap(\.principals),
                ["logdelivery.elasticloadbalancing.amazonaws.com"]),
            Assertion(
                id: "log-bucket-account", "the load balancer must be in this account",
                is: given.map { $0["Condition", "ArnLike", "aws:SourceArn"]?.string?.account ?? "any" },
                [key.account]),
            Assertion(
                id: "log-bucket-tls-only", "the access logs' bucket denies plain HTTP",
                is: policy.contains(where: \.refusesPlainHTTP), true
            ),
            Assertion(
                id: "log-bucket-encryption", "the access logs' bucket is encrypted",
                is: encryption?["ApplyServerSideEncryptionByDefault", "SSEAlgorithm"]?.string,
                "AES256"),
            Assertion(
                id: "log-bucket-versions", "the access logs' bucket has versioning enabled",
                is: try await aws.call("s3", "GetBucketVersioning", bucket)["Status"]?.string,
                "Enabled"),
        ]
        if aws.endpoint != nil {
            claims.append(Assertion(forgotten, skipped: "ministack does not apply it from a template"))
        } else {
            let rules = try await aws.call("s3", "GetBucketLifecycleConfiguration", bucket)["Rules"].items
            let days = rules.compactMap { $0["Expiration", "Days"]?.text }
            claims.append(Assertion(forgotten, !days.isEmpty, seen: days.map { "\($0) days" }.joined(separator: ", ")))
        }
        return claims
    }
}
