import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import HarnessSupport
@testable import Submission
@testable import Tooling

/// moto judges a call of EC2 or IAM by its action and not by what it names, so that resources and conditions are judged
/// by an evaluation of the documents, in `ScriptPolicyDocumentTests`.
@Suite("A script's policy", .shared(.moto), .serialized, .timeLimit(.minutes(60)))
struct ScriptPolicyTests {
    struct Job: Sendable, CustomTestStringConvertible {
        let script: String
        /// Actions of the policy that this use of the script needs.
        let needs: [String]
        var options: [String] = []
        /// Makes what the script works on, and returns its arguments.
        let prepare: @Sendable (AWSClient) async throws -> [String]

        var testDescription: String { ([script] + options).joined(separator: " ") }
    }

    private static let trust: JSONValue =
        #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#
    private static let document = "\(Project.root)/scripts/policies/list-bucket.json"
    private static let otherDocument: JSONValue =
        #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}"#

    private static let jobs = [
        Job(script: "list-bucket", needs: ["s3:ListBucket"]) { aws in
            let bucket = unique("important-data")
            try await aws.call(
                "s3", "CreateBucket",
                [
                    "Bucket": .string(bucket),
                    "CreateBucketConfiguration": ["LocationConstraint": .string(Emulator.region)],
                ])
            try await aws.call("s3", "PutObject", ["Bucket": .string(bucket), "Key": "logs/a.txt"])
            return ["\(bucket)/logs"]
        },
        Job(script: "rename-user", needs: ["iam:GetUser", "iam:UpdateUser"]) { aws in
            let old = unique("vera")
            try await aws.call("iam", "CreateUser", ["UserName": .string(old)])
            return [old, unique("nova")]
        },
        Job(
            script: "allow-my-address", needs: ["ec2:AuthorizeSecurityGroupIngress"],
            options: ["--address", "1.1.1.1"]
        ) { aws in
            let group = try await aws.call(
                "ec2", "CreateSecurityGroup", ["GroupName": .string(unique("group")), "Description": "a test"])
            return [group["GroupId"]?.string ?? ""]
        },
        Job(
            script: "attach-policy",
            needs: ["iam:GetRole", "iam:GetPolicy", "iam:CreatePolicy", "iam:AttachRolePolicy"]
        ) { aws in
            [unique("read-logs"), document, try await role(aws)]
        },
        Job(
            script: "attach-policy", needs: ["iam:GetPolicyVersion", "iam:CreatePolicyVersion"], options: ["--replace"]
        ) { aws in
            let policy = unique("read-logs")
            try await aws.call(
                "iam", "CreatePolicy", ["PolicyName": .string(policy), "PolicyDocument": otherDocument])
            return [policy, document, try await role(aws)]
        },
    ]

    private static func role(_ aws: AWSClient) async throws -> String {
        let role = unique("developer_level2")
        try await aws.call(
            "iam", "CreateRole", ["RoleName": .string(role), "AssumeRolePolicyDocument": trust])
        return role
    }

    @Test("names the actions that suffice, and none that is not needed", arguments: jobs)
    func actions(_ job: Job) async throws {
        let aws = try Shared.current().aws
        let granted = try Self.actions(of: job.script)
        struct Attempt: Sendable {
            let without: String?
            let key: AccessKey
            let arguments: [String]
        }
        var attempts: [Attempt] = []
        for removed in [nil] + job.needs {
            let key = try await Self.user(with: granted.filter { $0 != removed }, aws)
            attempts.append(Attempt(without: removed, key: key, arguments: try await job.prepare(aws)))
        }
        try await enforcing {
            try await withThrowingTaskGroup { [attempts] group in
                for attempt in attempts {
                    group.addTask {
                        let script = ScriptUnderTest("\(job.script).sh").as(attempt.key)
                        let result = try await script.run(job.options + attempt.arguments)
                        guard let removed = attempt.without else {
                            #expect(result.code == 0 && result.err == [], "\(result)")
                            return
                        }
                        #expect(result.code == 1 && result.err.count == 1, "without \(removed): \(result)")
                        #expect(result.err.first?.contains("(AccessDenied)") == true, "without \(removed): \(result)")
                        // The action is called otherwise than the operation, ListObjectsV2.
                        if removed != "s3:ListBucket" { #expect(result.err.first?.contains(removed) == true) }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("names no action that no use above was shown to need", arguments: Set(jobs.map(\.script)).sorted())
    func nothingMore(_ script: String) throws {
        let needed = Self.jobs.filter { $0.script == script }.flatMap(\.needs)
        #expect(try Self.actions(of: script).sorted() == needed.sorted())
    }

    @Test("suffices to the letter", arguments: jobs)
    func letter(_ job: Job) async throws {
        guard job.script == "list-bucket" else {
            try skip("\(job.testDescription): moto judges calls of EC2 and IAM as if they named every resource")
        }
        let aws = try Shared.current().aws
        let key = try await Self.user(with: try Self.policy(of: job.script), aws)
        let arguments = try await job.prepare(aws)
        try await enforcing {
            let script = ScriptUnderTest("\(job.script).sh").as(key)
            let result = try await script.run(job.options + arguments)
            #expect(result.code == 0 && result.out.count == 1, "\(result)")
        }
    }

    // MARK: Who has the policy

    private static func policy(of script: String) throws -> String {
        try String(contentsOfFile: "\(Project.root)/scripts/policies/\(script).json", encoding: .utf8)
    }

    private static func actions(of script: String) throws -> [String] {
        try PolicyDocument(text: policy(of: script)).statements.flatMap(\.actions.patterns)
    }

    private static func user(with actions: [String], _ aws: AWSClient) async throws -> AccessKey {
        // IAM takes no statement without actions.
        let statement: JSONValue = [
            "Effect": "Allow", "Action": .array((actions + ["sts:GetCallerIdentity"]).map { .string($0) }),
            "Resource": "*",
        ]
        let document: JSONValue = ["Version": "2012-10-17", "Statement": [statement]]
        return try await user(with: String(decoding: JSONEncoder().encode(document), as: UTF8.self), aws)
    }

    private static func user(with policy: String, _ aws: AWSClient) async throws -> AccessKey {
        let name: JSONValue = .string(unique("user"))
        try await aws.call("iam", "CreateUser", ["UserName": name])
        try await aws.call(
            "iam", "PutUserPolicy", ["UserName": name, "PolicyName": "own", "PolicyDocument": .string(policy)])
        let key = try await aws.call("iam", "CreateAccessKey", ["UserName": name])["AccessKey"]
        return AccessKey(id: key?["AccessKeyId"]?.string ?? "", secret: key?["SecretAccessKey"]?.string ?? "")
    }

    /// Policies decide while `body` runs; the key of the clients' environment has none.
    private func enforcing(_ body: () async throws -> Void) async throws {
        try await setFreeCalls("0")
        let denied = try await refusal("iam", "ListUsers", [:])
        #expect(denied == "InvalidClientTokenId", "moto enforces no policies")
        do {
            try await body()
        } catch {
            try await setFreeCalls("inf")
            throw error
        }
        try await setFreeCalls("inf")
    }

    private func setFreeCalls(_ count: String) async throws {
        let answer = try await Command(
            "curl",
            [
                "--fail", "--silent", "--noproxy", "*", "-H", "Content-Type: application/octet-stream", "--data", count,
                Emulator.moto.endpoint(try Shared.current().context) + "/moto-api/reset-auth",
            ]
        ).run()
        #expect(answer.isSuccess)
    }
}
