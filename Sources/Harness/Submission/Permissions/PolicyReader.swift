import Foundation
import HarnessSupport

/// Reads policies from the service.
struct PolicyReader: Sendable {
    let aws: AWSClient

    enum Kind: String, Sendable {
        case role = "Role"
        case user = "User"
        case group = "Group"
    }

    /// The policies of an identity, inline and attached, without those of its groups.
    func policies(of kind: Kind, _ name: String) async throws -> [PolicyDocument] {
        let named: [String: JSONValue] = ["\(kind.rawValue)Name": .string(name)]
        var documents: [PolicyDocument] = []
        for policy in try await aws.call("iam", "List\(kind.rawValue)Policies", .object(named))["PolicyNames"].items {
            let answer = try await aws.call(
                "iam", "Get\(kind.rawValue)Policy", .object(named.merging(["PolicyName": policy]) { $1 }))
            documents.append(try document(answer["PolicyDocument"]))
        }
        let attached = try await aws.call("iam", "ListAttached\(kind.rawValue)Policies", .object(named))
        for policy in attached["AttachedPolicies"].items {
            let arn = policy["PolicyArn"] ?? .null
            let version = try await aws.call("iam", "GetPolicy", ["PolicyArn": arn])["Policy", "DefaultVersionId"]
            let answer = try await aws.call(
                "iam", "GetPolicyVersion", ["PolicyArn": arn, "VersionId": version ?? .null])
            documents.append(try document(answer["PolicyVersion", "Document"]))
        }
        return documents
    }

    func trust(of role: String) async throws -> PolicyDocument {
        let answer = try await aws.call("iam", "GetRole", ["RoleName": .string(role)])
        return try document(answer["Role", "AssumeRolePolicyDocument"])
    }

    /// The policy's text, to copy it unchanged.
    func policy(ofBucket bucket: String) async throws -> (text: String, document: PolicyDocument) {
        let answer = try await aws.call("s3", "GetBucketPolicy", ["Bucket": .string(bucket)])
        let text = answer["Policy"]?.string ?? ""
        return (text, try PolicyDocument(text: text))
    }

    func policy(ofKey key: String) async throws -> PolicyDocument {
        let answer = try await aws.call("kms", "GetKeyPolicy", ["KeyId": .string(key), "PolicyName": "default"])
        return try PolicyDocument(text: answer["Policy"]?.string ?? "")
    }

    /// Some services answer with the document, others with its text.
    private func document(_ json: JSONValue?) throws -> PolicyDocument {
        if let text = json?.string { return try PolicyDocument(text: text.removingPercentEncoding ?? text) }
        return try PolicyDocument(json ?? .null)
    }
}
