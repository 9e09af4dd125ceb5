import HarnessSupport

extension [String: String] {
    /// Returns a stack's output, a name for calls of a service.
    func named(_ output: String) throws -> String {
        guard let value = self[output] else {
            throw HarnessError("the stack has no output \(output)", remedy: "add it to the template's Outputs")
        }
        return value
    }
}

extension String {
    /// Of an ARN.
    var account: String {
        split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first.map(String.init) ?? ""
    }

    /// The part of an ARN after the last slash.
    var lastComponent: String { split(separator: "/").last.map(String.init) ?? self }
}

/// A statement of a policy.
extension JSONValue {
    var allows: Bool { self["Effect"]?.string == "Allow" }
    var actions: [String] { (self["Action"]?.list ?? []).map(\.text) }
    var resources: [String] { (self["Resource"]?.list ?? []).map(\.text) }
    var principals: [String] {
        (self["Principal", "AWS"] ?? self["Principal", "Service"] ?? self["Principal"])?.list.map(\.text) ?? []
    }
    var refusesPlainHTTP: Bool {
        self["Effect"]?.string == "Deny" && self["Condition", "Bool", "aws:SecureTransport"]?.text == "false"
    }
}

extension AWSClient {
    /// The enabled settings of the bucket's public access block, by S3's names.
    func blockedAccess(to bucket: String) async throws -> [String] {
        do {
            let answer = try await call("s3", "GetPublicAccessBlock", ["Bucket": .string(bucket)])
            let fields = answer["PublicAccessBlockConfiguration"]?.object ?? [:]
            return fields.filter { $0.value.bool == true }.keys.sorted()
        } catch let refusal as Refusal where refusal.code == "NoSuchPublicAccessBlockConfiguration" {
            return []
        }
    }

    func defaultEncryption(of bucket: String) async throws -> JSONValue? {
        try await call("s3", "GetBucketEncryption", ["Bucket": .string(bucket)])[
            "ServerSideEncryptionConfiguration", "Rules"
        ].items.first
    }

    /// The statements of the bucket's policy; empty without a policy.
    func policy(of bucket: String) async throws -> [JSONValue] {
        do {
            let answer = try await call("s3", "GetBucketPolicy", ["Bucket": .string(bucket)])
            return JSONValue(parsing: answer["Policy"]?.string ?? "")?["Statement"]?.list ?? []
        } catch let refusal as Refusal where refusal.code == "NoSuchBucketPolicy" {
            return []
        }
    }
}
