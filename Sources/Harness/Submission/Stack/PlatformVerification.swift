import HarnessSupport

/// Verifies the fleet of workstations through the API.
struct PlatformVerification: StackVerification {
    let outputs: JSONValue
    let aws: AWSClient

    /// Checks encryption keys and log retention.
    func encryption() async throws -> [Assertion] {
        let keys = try names("kms_key_arns")
        let logs = try await names("log_group_names").values.sorted().asyncMap { try await logGroup($0) }
        let topic = try await aws.call(
            "sns", "GetTopicAttributes", ["TopicArn": .string(try name("rollout_topic_arn"))])
        let queue = try await aws.call(
            "sqs", "GetQueueAttributes",
            ["QueueUrl": .string(try name("dead_letter_queue_url")), "AttributeNames": ["KmsMasterKeyId"]])
        let used = [
            topic["Attributes", "KmsMasterKeyId"], queue["Attributes", "KmsMasterKeyId"],
        ].map { $0?.string?.split(separator: "/").last.map(String.init) ?? "none" }
        let own = keys["rollout"]?.split(separator: "/").last.map(String.init) ?? "?"
        return [
            try await rotatingKeys(),
            Assertion(
                id: "log-retention", "logs are kept for a year",
                is: logs.map { $0["retentionInDays"]?.text ?? "for ever" },
                logs.map { _ in "365" }),
            Assertion(
                id: "log-encryption", "each log group is encrypted with its module's key",
                logs.allSatisfy { keys.values.contains($0["kmsKeyId"]?.string ?? "") },
                seen: logs.compactMap { $0["logGroupName"]?.string }.joined(separator: ", ")),
            Assertion(
                id: "topic-encryption", "the topic and the dead letters are encrypted with the rollout's key", is: used,
                [own, own]),
        ]
    }

    /// Checks the image pipeline and the backup of home directories.
    func images() async throws -> [Assertion] {
        let built = Assertion.Name(id: "image-pipeline", "a pipeline builds, tests and publishes images")
        let kept = Assertion.Name(id: "home-backup", "home directories are backed up")
        guard aws.endpoint == nil else {
            return [
                Assertion(
                    built, skipped: "the emulator does not support Image Builder; machines start from Amazon's image"),
                Assertion(kept, skipped: "the emulator does not support EFS backup policies"),
            ]
        }
        let pipeline = try await aws.call(
            "imagebuilder", "GetImagePipeline", ["imagePipelineArn": .string(try name("pipeline_arn"))]
        )["imagePipeline"]
        let backups = try await aws.call(
            "efs", "DescribeBackupPolicy", ["FileSystemId": .string(try name("file_system_id"))])
        return [
            Assertion(built, is: pipeline?["status"]?.string, "ENABLED"),
            Assertion(kept, is: backups["BackupPolicy", "Status"]?.string, "ENABLED"),
        ]
    }
}

/// A policy and its statements.
extension JSONValue {
    /// Parses a document that the API returns as text.
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
