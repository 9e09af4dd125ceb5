import HarnessSupport

/// Resources that a template retains when its stack is deleted. On the emulator the harness deletes them.
struct RetainedResources: Sendable {
    private let resources: [JSONValue]

    /// - Parameter stack: the stack's id, before it is deleted.
    init(of stack: String, _ aws: AWSClient) async throws {
        let answer = try await aws.call("cloudformation", "DescribeStackResources", ["StackName": .string(stack)])
        resources = answer["StackResources"].items
    }

    /// Removes the retained resources.
    func remove(_ aws: AWSClient) async throws {
        for bucket in names(of: "AWS::S3::Bucket") { try await remove(bucket: bucket, aws) }
        for key in names(of: "AWS::KMS::Key") {
            let metadata = try? await aws.call("kms", "DescribeKey", ["KeyId": .string(key)])["KeyMetadata"]
            guard metadata?["KeyState"]?.string == "Enabled" else { continue }
            try await aws.call("kms", "ScheduleKeyDeletion", ["KeyId": .string(key)])
        }
    }

    private func names(of type: String) -> [String] {
        resources.filter { $0["ResourceType"]?.string == type }.compactMap { $0["PhysicalResourceId"]?.string }
    }

    private func remove(bucket: String, _ aws: AWSClient) async throws {
        do {
            try await Self.empty(bucket: bucket, aws)
            try await aws.call("s3", "DeleteBucket", ["Bucket": .string(bucket)])
        } catch let refusal as AWSClient.Refusal where refusal.code == "NoSuchBucket" {
            return
        }
    }

    /// Removes every version of every object whose key starts with `prefix`.
    static func empty(bucket: String, below prefix: String = "", _ aws: AWSClient) async throws {
        let named: JSONValue = .string(bucket)
        let listing = try await aws.call("s3", "ListObjectVersions", ["Bucket": named, "Prefix": .string(prefix)])
        for version in listing["Versions"].items + listing["DeleteMarkers"].items {
            try await aws.call(
                "s3", "DeleteObject",
                ["Bucket": named, "Key": version["Key"] ?? .null, "VersionId": version["VersionId"] ?? .null])
        }
    }
}
