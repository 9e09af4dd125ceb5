import Foundation
import TestSupport
import Testing

@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission

extension ScriptTests {
    @Suite("attach-policy.sh")
    struct AttachPolicyTests {
        private let script = ScriptUnderTest("attach-policy.sh")
        private let policy = unique("read-logs")
        private var arn: JSONValue { .string("arn:aws:iam::123456789012:policy/\(policy)") }

        @Test(
            "wants three arguments and knows its options",
            arguments: [
                ([], "three arguments are needed, POLICY, DOCUMENT and ROLE"),
                (["read-logs", "p.json"], "three arguments are needed, POLICY, DOCUMENT and ROLE"),
                (["--nope", "read-logs", "p.json", "developer_level2"], "unknown option --nope"),
            ])
        func misuse(_ arguments: [String], _ problem: String) async throws {
            #expect(
                try await script.withoutAWS.run(arguments)
                    == .misused("attach-policy.sh: \(problem); see --help"))
        }

        @Test("refuses a name or a file that cannot be a policy's, without asking AWS")
        func badArguments() async throws {
            try await withScratch { folder in
                try write(["a b/broken.json": "{"], to: folder)
                #expect(
                    try await script.withoutAWS("read-logs", "\(folder)/none.json", "developer_level2")
                        == .refused("attach-policy.sh: there is no file '\(folder)/none.json' that can be read"))
                #expect(
                    try await script.withoutAWS("read-logs", "\(folder)/a b/broken.json", "developer_level2")
                        == .refused("attach-policy.sh: '\(folder)/a b/broken.json' is not JSON"))
                #expect(
                    try await script.withoutAWS("a b", "\(folder)/a b/broken.json", "developer_level2")
                        == .refused(
                            "attach-policy.sh: 'a b' cannot be a policy's name: 1 to 128 letters, digits and any of + = , . @ _ -"
                        ))
            }
        }

        @Test("makes nothing where there is no such role")
        func noRole() async throws {
            try await withDocument { document in
                let role = unique("developer_level2")
                let result = try await script(policy, document, role)
                #expect(result == .refused("attach-policy.sh: there is no role '\(role)'"))
                #expect(try await refusal("iam", "GetPolicy", ["PolicyArn": arn]) == "NoSuchEntity")
            }
        }

        @Test("does not take a service that cannot be reached for a role that does not exist")
        func unreachable() async throws {
            try await withDocument { document in
                let result = try await script.withoutAWS(policy, document, "developer_level2")
                #expect(result.code == 1 && result.err.count == 1)
                #expect(result.err.first?.hasPrefix("attach-policy.sh: Could not connect to the endpoint URL") == true)
            }
        }

        @Test("passes on in one line what IAM says against a document")
        func noPolicy() async throws {
            let role = try await makeRole()
            try await withScratch { folder in
                try write(["p.json": "{}"], to: folder)
                let result = try await script(policy, "\(folder)/p.json", role)
                #expect(result.code == 1 && result.out == [] && result.err.count == 1)
                #expect(result.err.first?.contains("MalformedPolicyDocument") == true)
                #expect(try await refusal("iam", "GetPolicy", ["PolicyArn": arn]) == "NoSuchEntity")
            }
        }

        @Test("shows in a dry run what it would do, then does it, then finds it done")
        func attaches() async throws {
            let role = try await makeRole()
            try await withDocument { document in
                let dry = try await script("--dry-run", policy, document, role)
                #expect(dry.code == 0 && dry.err == [] && dry.out.count == 2)
                #expect(dry.out.first?.hasPrefix("would run: aws iam create-policy --policy-name \(policy) ") == true)
                #expect(dry.out.last?.hasPrefix("would run: aws iam attach-role-policy --role-name \(role) ") == true)
                #expect(try await refusal("iam", "GetPolicy", ["PolicyArn": arn]) == "NoSuchEntity")

                #expect(
                    try await script(policy, document, role)
                        == .done("made the policy '\(policy)'", "the role '\(role)' has the policy '\(policy)'"))
                #expect(try await policies(of: role) == [policy])
                #expect(try await text() == JSONValue(parsing: Self.document("important-data")))

                // The same, with other blanks and the names in another order.
                let again = document.parentPath.appendingPath("same, written otherwise.json")
                try Data(Self.reordered("important-data").utf8).write(to: URL(fileURLWithPath: again))
                #expect(
                    try await script(policy, again, role)
                        == .done(
                            "the policy '\(policy)' is there and says the same",
                            "the role '\(role)' has the policy '\(policy)'"))
                #expect(try await versions() == ["v1"])
            }
        }

        @Test("leaves a policy that says something else, unless it is told to replace it")
        func replaces() async throws {
            let role = try await makeRole()
            try await makePolicy(versions: 4)
            try await withDocument { document in
                #expect(
                    try await script(policy, document, role)
                        == .refused(
                            "attach-policy.sh: the policy '\(policy)' is there and says something else; --replace makes '\(document)' its new version"
                        ))
                let dry = try await script("--replace", "--dry-run", policy, document, role)
                #expect(dry.code == 0 && dry.out.count == 2)
                #expect(dry.out.first?.hasPrefix("would run: aws iam create-policy-version --policy-arn ") == true)
                #expect(dry.out.first?.hasSuffix(" --set-as-default") == true)
                #expect(try await versions() == ["v1", "v2", "v3", "v4"])
                #expect(try await policies(of: role) == [])

                #expect(
                    try await script("--replace", policy, document, role)
                        == .done(
                            "the policy '\(policy)' has a new version", "the role '\(role)' has the policy '\(policy)'")
                )
                #expect(try await versions().last == "v5")
                #expect(try await text() == JSONValue(parsing: Self.document("important-data")))
                #expect(try await policies(of: role) == [policy])
            }
        }

        @Test("does not choose which of five versions to forget")
        func fiveVersions() async throws {
            let role = try await makeRole()
            try await makePolicy(versions: 5)
            try await withDocument { document in
                let result = try await script("--replace", policy, document, role)
                #expect(
                    result
                        == .refused(
                            "attach-policy.sh: the policy '\(policy)' has five versions, which is the most; remove one with aws iam delete-policy-version"
                        ))
                #expect(try await versions() == ["v1", "v2", "v3", "v4", "v5"])
                #expect(try await text() == JSONValue(parsing: Self.document("other-5")))
                #expect(try await policies(of: role) == [])
            }
        }

        // MARK: What is there

        private static func document(_ bucket: String) -> String {
            #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::\#(bucket)"}]}"#
        }

        private static func reordered(_ bucket: String) -> String {
            """
            { "Statement": [ { "Resource": "arn:aws:s3:::\(bucket)",
                "Action": "s3:ListBucket", "Effect": "Allow" } ], "Version": "2012-10-17" }
            """
        }

        /// A document at a path that holds blanks.
        private func withDocument(_ body: (String) async throws -> Void) async throws {
            try await withScratch { folder in
                try write(["a b/p 1.json": Self.document("important-data")], to: folder)
                try await body("\(folder)/a b/p 1.json")
            }
        }

        private func makeRole() async throws -> String {
            let name = unique("developer_level2")
            let trust =
                #"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#
            try await call(
                "iam", "CreateRole", ["RoleName": .string(name), "AssumeRolePolicyDocument": .string(trust)])
            return name
        }

        private func makePolicy(versions: Int) async throws {
            try await call(
                "iam", "CreatePolicy",
                ["PolicyName": .string(policy), "PolicyDocument": .string(Self.document("other-1"))])
            for number in 2...versions {
                try await call(
                    "iam", "CreatePolicyVersion",
                    [
                        "PolicyArn": arn, "PolicyDocument": .string(Self.document("other-\(number)")),
                        "SetAsDefault": .bool(true),
                    ])
            }
        }

        private func versions() async throws -> [String] {
            try await call("iam", "ListPolicyVersions", ["PolicyArn": arn])["Versions"].items
                .compactMap { $0["VersionId"]?.string }.sorted()
        }

        /// The default version's document.
        private func text() async throws -> JSONValue? {
            let version = try await call("iam", "GetPolicy", ["PolicyArn": arn])["Policy", "DefaultVersionId"] ?? .null
            return try await call("iam", "GetPolicyVersion", ["PolicyArn": arn, "VersionId": version])[
                "PolicyVersion", "Document"]
        }

        private func policies(of role: String) async throws -> [String] {
            try await call("iam", "ListAttachedRolePolicies", ["RoleName": .string(role)])["AttachedPolicies"].items
                .compactMap { $0["PolicyName"]?.string }
        }
    }
}
