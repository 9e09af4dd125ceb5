import Foundation
import HarnessSupport

/// The call of the AWS API that tries one row.
struct PermissionCall: Sendable {
    enum Outcome: Sendable {
        case allowed
        case denied(String)
        /// Neither allowed nor denied: the call itself failed and proves nothing.
        case failed(String)

        var text: String {
            switch self {
            case .allowed: "allowed"
            case .denied(let code): "denied (\(code))"
            case .failed(let message): message
            }
        }
    }

    private let service: String
    private let operation: String
    private let parameters: JSONValue
    private let headers: [String: String]

    /// - Throws: `HarnessError` for an action without a defined call.
    init(_ row: PermissionTable.Row, _ scene: PermissionFixture) throws {
        let (arn, _) = try scene.resource(row)
        let parts = row.action.split(separator: ":").map(String.init)
        guard parts.count == 2, let call = Self.calls[row.action] else {
            throw HarnessError("\(PermissionTable.path): no API call defined for \(row.action)")
        }
        service = parts[0]
        operation = call.operation ?? parts[1]
        let given = (row.with ?? [:]).mapValues(scene.filled)
        parameters = .object(call.parameters(arn).merging(Self.encryption(given)) { $1 })
        // The header that a TLS-terminating proxy adds to a plain HTTP request.
        headers = given["aws:SecureTransport"] == "false" ? ["X-Forwarded-Proto": "http"] : [:]
    }

    func make(as identity: AWSClient.Identity, _ aws: AWSClient) async throws -> Outcome {
        do {
            try await aws.call(service, operation, parameters, as: identity, headers: headers)
            return .allowed
        } catch let refusal as AWSClient.Refusal {
            let isDenied = ["AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"].contains(
                refusal.code)
            return isDenied ? .denied(refusal.code) : .failed(refusal.message)
        }
    }

    private static func encryption(_ given: [String: String]) -> [String: JSONValue] {
        var parameters: [String: JSONValue] = [:]
        if let algorithm = given["s3:x-amz-server-side-encryption"] {
            parameters["ServerSideEncryption"] = .string(algorithm)
        }
        if let key = given["s3:x-amz-server-side-encryption-aws-kms-key-id"] {
            parameters["SSEKMSKeyId"] = .string(key)
        }
        return parameters
    }

    // MARK: From an action to its call

    private struct Call: Sendable {
        /// The API name if it differs from the action's.
        var operation: String?
        let parameters: @Sendable (_ arn: String) -> [String: JSONValue]

        init(_ operation: String? = nil, _ parameters: @escaping @Sendable (String) -> [String: JSONValue]) {
            self.operation = operation
            self.parameters = parameters
        }
    }

    /// The parameters make the call harmless if it is allowed by mistake.
    private static let calls: [String: Call] = [
        "s3:PutObject": Call { object($0, ["Body": "1"]) },
        "s3:GetObject": Call { object($0) },
        "s3:DeleteObject": Call { object($0) },
        "s3:DeleteObjectVersion": Call("DeleteObject") { object($0, ["VersionId": "null"]) },
        "s3:GetObjectAcl": Call { object($0) },
        "s3:PutObjectAcl": Call { object($0, ["ACL": "private"]) },
        "s3:PutObjectTagging": Call { object($0, ["Tagging": ["TagSet": []]]) },
        "s3:AbortMultipartUpload": Call { object($0, ["UploadId": "none"]) },
        "s3:ListBucket": Call("ListObjectsV2") { bucket($0) },
        "s3:ListBucketVersions": Call("ListObjectVersions") { bucket($0) },
        "s3:GetBucketPolicy": Call { bucket($0) },
        "s3:PutBucketPolicy": Call { bucket($0, ["Policy": "{}"]) },
        "s3:DeleteBucketPolicy": Call { bucket($0) },
        "s3:PutBucketPublicAccessBlock": Call("DeletePublicAccessBlock") { bucket($0) },
        "s3:DeleteBucket": Call { bucket($0) },
        "s3:ListAllMyBuckets": Call("ListBuckets") { _ in [:] },
        "kms:GenerateDataKey": Call { ["KeyId": .string($0), "KeySpec": "AES_256"] },
        "kms:DisableKey": Call { ["KeyId": .string($0)] },
        "kms:ScheduleKeyDeletion": Call { ["KeyId": .string($0)] },
        "iam:ListUsers": Call { _ in [:] },
        "iam:AttachRolePolicy": Call {
            ["RoleName": .string(name($0)), "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"]
        },
        "iam:CreateAccessKey": Call { ["UserName": .string(name($0))] },
        "iam:DeactivateMFADevice": Call {
            ["UserName": .string(name($0)), "SerialNumber": "arn:aws:iam::123456789012:mfa/none"]
        },
        "iam:TagUser": Call { _ in ["UserName": "nobody", "Tags": [["Key": "WorkstationUser", "Value": "nobody"]]] },
        "ec2:DescribeInstances": Call { _ in [:] },
        "ec2:TerminateInstances": Call { ["InstanceIds": [.string(name($0))]] },
        "ec2:CreateTags": Call { ["Resources": [.string(name($0))], "Tags": [["Key": "User", "Value": "nobody"]]] },
        "ssm:SendCommand": Call {
            [
                "InstanceIds": [.string(name($0))], "DocumentName": "AWS-RunShellScript",
                "Parameters": ["commands": ["true"]],
            ]
        },
        "lambda:UpdateFunctionCode": Call {
            ["FunctionName": .string($0), "ZipFile": "none", "DryRun": .bool(true)]
        },
        "sagemaker:StartPipelineExecution": Call {
            ["PipelineName": .string(name($0)), "ClientRequestToken": "a-trial-of-a-permission-needs-32-letters"]
        },
        "sagemaker:UpdateModelPackage": Call {
            ["ModelPackageArn": .string($0), "ModelApprovalStatus": "Approved"]
        },
        "sagemaker:DeleteEndpoint": Call { ["EndpointName": .string(name($0))] },
        "dynamodb:Scan": Call { ["TableName": .string(name($0))] },
        "dynamodb:DeleteTable": Call { ["TableName": .string(name($0))] },
        "sqs:ReceiveMessage": Call { ["QueueUrl": .string(queueURL($0)), "VisibilityTimeout": .number(0)] },
        "sts:AssumeRole": Call { ["RoleArn": .string($0), "RoleSessionName": "trial"] },
    ]

    private static func bucket(_ arn: String, _ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        let place = arn.replacingOccurrences(of: "arn:aws:s3:::", with: "")
        return ["Bucket": .string(String(place.prefix { $0 != "/" }))].merging(more) { $1 }
    }

    private static func object(_ arn: String, _ more: [String: JSONValue] = [:]) -> [String: JSONValue] {
        let key = arn.drop { $0 != "/" }.dropFirst()
        return bucket(arn, ["Key": .string(String(key))]).merging(more) { $1 }
    }

    private static func name(_ arn: String) -> String { arn.lastPathPart }

    private static func queueURL(_ arn: String) -> String {
        let parts = arn.split(separator: ":")
        return "https://sqs.\(parts[3]).amazonaws.com/\(parts[4])/\(parts[5])"
    }
}
