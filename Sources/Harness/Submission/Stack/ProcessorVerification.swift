import Foundation
import HarnessSupport

/// Verifies the S3 processor through the API.
struct ProcessorVerification: StackVerification {
    let outputs: JSONValue
    let aws: AWSClient

    /// Checks the function's code, limits and log retention.
    func function() async throws -> [Assertion] {
        let function: JSONValue = ["FunctionName": .string(try name("function_name"))]
        let answer = try await aws.call("lambda", "GetFunction", function)
        let settings = answer["Configuration"]
        let retries = try await aws.call("lambda", "GetFunctionEventInvokeConfig", function)
        let group = try name("log_group_name")
        let log = try await logGroup(group)
        let key = try key("results")
        return [
            Assertion(
                id: "custom-runtime", "the function runs on a custom runtime", is: settings?["Runtime"]?.string,
                "provided.al2023"),
            Assertion(
                id: "settings-encryption", "the function's environment is encrypted with its own key",
                is: settings?["KMSKeyArn"]?.string, key),
            Assertion(
                id: "no-reserved-concurrency", "the function reserves no concurrency, which a new account cannot spare",
                is: answer["Concurrency", "ReservedConcurrentExecutions"]?.text ?? "none", "none"),
            Assertion(
                id: "retries", "a failed event is retried twice", is: retries["MaximumRetryAttempts"]?.text, "2"),
            Assertion(
                id: "log-group", "the function writes to its own log group",
                is: settings?["LoggingConfig", "LogGroup"]?.string,
                group),
            Assertion(
                id: "log-retention", "the function's logs are kept for 90 days", is: log["retentionInDays"]?.text, "90"),
            Assertion(
                id: "log-encryption", "the function's logs are encrypted with the same key",
                is: log["kmsKeyId"]?.string, key),
        ]
    }

    /// Checks that only new objects invoke the function.
    func trigger() async throws -> [Assertion] {
        let bucket = try name("input_bucket_name")
        let configuration = try await aws.call(
            "s3", "GetBucketNotificationConfiguration", ["Bucket": .string(bucket)])
        let targets = configuration["LambdaFunctionConfigurations"].items
        let filters = targets.map { target in
            target["Filter", "Key", "FilterRules"].items.sorted { $0["Name"]?.text ?? "" < $1["Name"]?.text ?? "" }
                .map { $0["Value"]?.string ?? "?" }.joined(separator: "*")
        }
        let policy = try await aws.call(
            "lambda", "GetPolicy", ["FunctionName": .string(try name("function_name"))]
        ).document("Policy")
        let callers = policy.statements.map { statement in
            let source = statement["Condition", "ArnLike", "AWS:SourceArn"]?.text ?? "anything"
            return "\(statement["Principal", "Service"]?.text ?? "?") for \(source)"
        }
        let arn = try name("function_arn")
        return [
            Assertion(
                id: "event-filter", "new objects of four kinds below incoming/ start the function",
                is: filters.sorted(),
                ["incoming/*.csv", "incoming/*.csv.gz", "incoming/*.jsonl", "incoming/*.jsonl.gz"]),
            Assertion(
                id: "event-target", "the notifications target this function",
                is: targets.map { $0["LambdaFunctionArn"]?.text ?? "none" },
                targets.map { _ in arn }),
            Assertion(
                id: "invoke-permission", "only S3, for this bucket, may invoke the function", is: callers,
                ["s3.amazonaws.com for arn:aws:s3:::\(bucket)"]),
        ]
    }

    /// Checks that the role allows only the function's actions.
    func role() async throws -> [Assertion] {
        let role: JSONValue = ["RoleName": .string(try name("role_name"))]
        let inline = try await aws.call("iam", "ListRolePolicies", role)["PolicyNames"].items.map(\.text)
        let attached = try await aws.call("iam", "ListAttachedRolePolicies", role)["AttachedPolicies"].items
        let trust = try await aws.call("iam", "GetRole", role)["Role"]?.document("AssumeRolePolicyDocument")
        let answer = try await aws.call(
            "iam", "GetRolePolicy", ["RoleName": .string(try name("role_name")), "PolicyName": "process-objects"])
        let statements = answer.document("PolicyDocument").statements
        let wide = statements.filter { $0["Resource"]?.list.contains("*") ?? true }
            .map { $0["Sid"]?.string ?? "?" }
        return [
            Assertion(
                id: "single-policy", "the role has one policy",
                is: inline + attached.map { $0["PolicyName"]?.text ?? "?" },
                ["process-objects"]),
            Assertion(
                id: "lambda-trust", "the role trusts Lambda only",
                is: trust?.statements.map { $0["Principal", "Service"]?.text ?? "?" },
                ["lambda.amazonaws.com"]),
            Assertion(
                id: "no-wildcard-actions", "no action has a wildcard",
                statements.allSatisfy { $0.actions.allSatisfy { !$0.contains("*") } },
                seen: statements.flatMap(\.actions).joined(separator: ", ")),
            Assertion(
                id: "wildcard-resources", "only the X-Ray actions apply to all resources", is: wide,
                ["WriteTraces"]),
        ]
    }

    /// Checks dead letters and alarms.
    func failures() async throws -> [Assertion] {
        let function = try name("function_name")
        let queue = try await aws.call(
            "sqs", "GetQueueAttributes",
            ["QueueUrl": .string(try name("dead_letter_queue_url")), "AttributeNames": ["All"]])["Attributes"]
        let settings = try await aws.call(
            "lambda", "GetFunctionConfiguration", ["FunctionName": .string(function)])
        // By their names: another stack's may begin alike.
        let names = outputs["alarm_names"].items
        let alarms = try await aws.call("cloudwatch", "DescribeAlarms", ["AlarmNames": .array(names)])
        let watched = alarms["MetricAlarms"].items.map { $0["MetricName"]?.text ?? "?" }.sorted()
        let key = try key("results").lastPathPart
        return [
            Assertion(
                id: "dead-letters", "an event that fails three times goes to the dead-letter queue",
                settings["DeadLetterConfig", "TargetArn"]?.text == queue?["QueueArn"]?.text,
                seen: settings["DeadLetterConfig", "TargetArn"]?.text ?? "nowhere"),
            Assertion(
                id: "dead-letter-retention", "the queue keeps events for two weeks",
                is: queue?["MessageRetentionPeriod"]?.text, "1209600"),
            Assertion(
                id: "dead-letter-encryption", "the queue is encrypted with the results' key",
                is: queue?["KmsMasterKeyId"]?.string?.lastPathPart, key),
            Assertion(
                id: "dead-letters-empty", "the queue is empty", is: queue?["ApproximateNumberOfMessages"]?.text, "0"),
            Assertion(
                id: "alarms", "alarms cover errors, throttling, duration, lost events and unreadable objects",
                is: watched,
                ["ApproximateNumberOfMessagesVisible", "Duration", "Errors", "ObjectsRefused", "Throttles"]),
        ]
    }

    /// Checks that both buckets are private, encrypted and reachable over TLS only.
    func buckets() async throws -> [Assertion] {
        var claims: [Assertion] = []
        for (kind, output) in [
            ("input", "input_bucket_name"), ("results", "results_bucket_name"), ("backfill", "backfill_bucket_name"),
        ] {
            let bucket: JSONValue = ["Bucket": .string(try name(output))]
            let block = try await aws.call("s3", "GetPublicAccessBlock", bucket)["PublicAccessBlockConfiguration"]
            let encryption = try await aws.call("s3", "GetBucketEncryption", bucket)
            let rule = encryption["ServerSideEncryptionConfiguration", "Rules"].items.first
            let key = rule?["ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"]?.string
            let policy = try await aws.call("s3", "GetBucketPolicy", bucket).document("Policy")
            claims += [
                Assertion(
                    id: "bucket-public-access-blocked", "the \(kind) bucket enables all four public access blocks",
                    is: block?.object?.values.count { $0.bool == true }, 4),
                Assertion(
                    id: "bucket-encryption", "the bucket is encrypted with its own key", is: key, try self.key(kind)),
                Assertion(
                    id: "bucket-tls-only", "the bucket denies plain HTTP",
                    is: policy.statements.contains(where: \.refusesPlainHTTP), true),
            ]
        }
        return claims
    }
}
