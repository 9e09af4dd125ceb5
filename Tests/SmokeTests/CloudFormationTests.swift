import Foundation
import Synchronization
import TestSupport
import Testing

@testable import CheckCommands
@testable import CheckCore
@testable import CheckEngine
@testable import HarnessSupport
@testable import MutationTesting
@testable import Submission

@Suite("A stack of CloudFormation", .timeLimit(.minutes(60)))
struct CloudFormationTests {
    @Test("comes up, is changed by a change set whose effect is read back, and leaves nothing")
    func bucketAccess() async throws {
        try await EmulatorUnderTest.with(.ministack) { context in
            #expect(try await inventory(context) == [])
            let open = CloudFormationStack.bucketAccess.with(["RequireMfa": "false"])
            _ = try await open.up(context)
            #expect(try await open.failures(context) == [])

            let closed = CloudFormationStack.bucketAccess.with(["RequireMfa": "true"])
            #expect(try await closed.failures(context).first == "no-drift")
            _ = try await closed.up(context)
            #expect(try await closed.failures(context) == [])

            try await closed.down(context)
            #expect(try await inventory(context) == [])
        }
    }

    @Test("changes what is asked for, and recognises that nothing is")
    func webApp() async throws {
        let lines = Lines()
        try await EmulatorUnderTest.with(.ministack) { bare in
            let context = bare.with(say: lines.append)
            let standing = try await CloudFormationStack.webApp.up(context)
            #expect(standing.detail.hasPrefix("https://"))
            #expect(try await CloudFormationStack.webApp.failures(context) == [])
            _ = try await CloudFormationStack.webApp.up(context)
            #expect(lines.all.last == "web-app: no changes")
            let before = try await running(context)
            #expect(before.version == "1" && before.type == "t3.small" && before.limit == "1000")

            let larger = CloudFormationStack.webApp.with(["InstanceType": "t3.medium", "RequestsPerAddress": "500"])
            _ = try await larger.up(context)
            let after = try await running(context)
            #expect(after.version == "2" && after.type == "t3.medium" && after.limit == "500")
            #expect(try await larger.failures(context) == [])

            try await larger.down(context)
            #expect(try await inventory(context) == [])
        }
    }

    @Test("refuses in one line what a parameter cannot be, and leaves nothing")
    func badInput() async throws {
        try await EmulatorUnderTest.with(.ministack) { context in
            let stack = CloudFormationStack.bucketAccess.with(["UserName": "no blanks"])
            let problem = await problem { _ = try await stack.up(context) }
            #expect(problem?.contains("must be 1 to 64 letters, digits and any of + = , . @ _ -") == true)
            #expect(problem?.contains("\n") == false)
            #expect(await stack.standing(context) == nil)
            let left = try await inventory(context)
            #expect(left == [])
        }
    }

    @Test("takes private ranges for its network only")
    func publicRange() async throws {
        try await EmulatorUnderTest.with(.ministack) { context in
            for range in ["172.217.0.0/16", "172.15.0.0/16", "172.32.0.0/16", "192.1.0.0/16", "10.256.0.0/16"] {
                let stack = CloudFormationStack.webApp.with(["VpcCidr": range])
                let problem = await problem { _ = try await stack.up(context) }
                #expect(problem?.contains("must be a private range (RFC 1918)") == true, "\(range)")
                #expect(await stack.standing(context) == nil)
            }
        }
    }

    @Test("that cannot be made says which resource failed first, and comes up once the cause is gone")
    func failsToCreate() async throws {
        try await EmulatorUnderTest.with(.ministack) { context in
            let stack = CloudFormationStack.bucketAccess
            // A user who is not there.
            let broken = try stack.text().replacingOccurrences(of: "Users: [!Ref User]", with: "Users: [nobody]")
            try await withRepository(of: stack, broken) { repository in
                let other = context.with(repository)
                let problem = await problem { _ = try await stack.up(other) }
                #expect(
                    problem?.hasPrefix("bucket-access: ROLLBACK_COMPLETE: MayAssumeRole: ") == true, "\(problem ?? "")")
                #expect(problem?.contains("\n") == false)
                #expect(await stack.standing(other) == nil)
            }
            _ = try await stack.up(context)
            #expect(try await stack.failures(context) == [])
            try await stack.down(context)
            #expect(try await inventory(context) == [])
        }
    }

    // MARK: Broken on purpose

    struct Break: Sendable, CustomTestStringConvertible {
        let id: BreakID
        let stack: CloudFormationStack
        /// The resource of the template.
        let resource: String
        let text: String
        let instead: String
        /// Ids of the assertions that have to fail.
        let failing: [String]

        var testDescription: String { "\(id)" }
    }

    private static let breaks = [
        Break(
            id: "bucket-access/private-bucket-not-restricted", stack: .bucketAccess, resource: "PrivateBucket",
            text: "RestrictPublicBuckets: true",
            instead: "RestrictPublicBuckets: false",
            failing: ["private-bucket-public-access-blocked"]),
        Break(
            id: "bucket-access/public-write", stack: .bucketAccess, resource: "PublicPolicy",
            text: "Action: s3:GetObject", instead: "Action: s3:*",
            failing: ["anonymous-actions"]),
        Break(
            id: "bucket-access/plain-http", stack: .bucketAccess, resource: "PrivatePolicy",
            text: "aws:SecureTransport: 'false'",
            instead: "aws:SecureTransport: 'true'", failing: ["tls-only"]),
        Break(
            id: "bucket-access/no-key-rotation", stack: .bucketAccess, resource: "PrivateKey",
            text: "EnableKeyRotation: true",
            instead: "EnableKeyRotation: false", failing: ["key-rotation"]),
        Break(
            id: "bucket-access/role-allows-every-action", stack: .bucketAccess, resource: "Role",
            text: "Action: [s3:PutObject, s3:GetObject, s3:DeleteObject]",
            instead: "Action: s3:*",
            failing: ["object-permissions"]),
        Break(
            id: "bucket-access/role-trusts-whole-account", stack: .bucketAccess, resource: "Role",
            text: "{ AWS: !GetAtt User.Arn }",
            instead: "{ AWS: !Ref AWS::AccountId }", failing: ["trust-policy"]),
        Break(
            id: "bucket-access/user-assumes-any-role", stack: .bucketAccess, resource: "MayAssumeRole",
            text: "Resource: !GetAtt Role.Arn", instead: "Resource: '*'", failing: ["user-assumes-developer-only"]),
        Break(
            id: "web-app/imdsv1-by-change-set", stack: .webApp, resource: "LaunchTemplate",
            text: "HttpTokens: required", instead: "HttpTokens: optional",
            failing: ["imdsv2"]),
        Break(
            id: "web-app/instances-open-to-all", stack: .webApp, resource: "InstancesFromLoadBalancer",
            text: "SourceSecurityGroupId: !Ref LoadBalancerSecurityGroup", instead: "CidrIp: 0.0.0.0/0",
            failing: ["instance-ingress"]),
        Break(
            id: "web-app/public-route-for-instances", stack: .webApp, resource: "PrivateRouteB",
            text: "!Ref PrivateRouteTable", instead: "!Ref PublicRouteTable",
            failing: ["private-routes", "s3-route"]),
        Break(
            id: "web-app/weak-tls-policy", stack: .webApp, resource: "HttpsListener",
            text: "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            instead: "ELBSecurityPolicy-2016-08", failing: ["tls-policy"]),
        Break(
            id: "web-app/firewall-counts-only", stack: .webApp, resource: "WebAcl",
            text: "OverrideAction: { None: {} }",
            instead: "OverrideAction: { Count: {} }",
            failing: ["managed-rules-block"]),
        Break(
            id: "web-app/flow-log-without-key", stack: .webApp, resource: "FlowLogGroup",
            text: "KmsKeyId: !GetAtt Key.Arn",
            instead: "LogGroupClass: STANDARD",
            failing: ["log-encryption"]),
    ]

    @Test("that is weakened is found out", arguments: TestDepth.cases(breaks, few: 2))
    func weakened(_ change: Break) async throws {
        let whole = try change.stack.text()
        let start = try #require(whole.range(of: "\n  \(change.resource):\n"))
        let place = try #require(whole.range(of: change.text, range: start.upperBound..<whole.endIndex))
        let text = whole.replacingCharacters(in: place, with: change.instead)
        try await withRepository(of: change.stack, text) { repository in
            try await EmulatorUnderTest.with(.ministack, repository: repository) { context in
                _ = try await change.stack.up(context)
                let failed = try await change.stack.failures(context)
                expectNoticed(id: change.id, failed == change.failing, "\(failed)")
            }
        }
    }

    // MARK: What is there

    private func withRepository(
        of stack: CloudFormationStack, _ template: String, _ body: (Repository) async throws -> Void
    ) async throws {
        try await withScratch { folder in
            try write([stack.template: template], to: folder)
            try await body(Repository(root: folder, artifacts: []))
        }
    }

    private func problem(_ body: () async throws -> Void) async -> String? {
        do {
            try await body()
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Everything in the account, of the kinds that only these stacks make too.
    private func inventory(_ context: StackContext) async throws -> [String] {
        try await AWSClient.with(context, .ministack) { aws in
            var found = try await Inventory.resources(aws)
            for (service, operation, list) in [
                ("elbv2", "DescribeLoadBalancers", "LoadBalancers"), ("elbv2", "DescribeTargetGroups", "TargetGroups"),
                ("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups"),
                ("cloudwatch", "DescribeAlarms", "MetricAlarms"), ("sns", "ListTopics", "Topics"),
                ("ec2", "DescribeLaunchTemplates", "LaunchTemplates"), ("cloudformation", "DescribeStacks", "Stacks"),
            ] {
                found += try await aws.call(service, operation)[list].items.map { "\(service) \($0.text)" }
            }
            let lists = try await aws.call("wafv2", "ListWebACLs", ["Scope": "REGIONAL"])["WebACLs"].items
            for key in try await aws.call("kms", "ListKeys")["Keys"].items {
                let metadata = try await aws.call("kms", "DescribeKey", ["KeyId": key["KeyId"] ?? .null])["KeyMetadata"]
                guard metadata?["KeyManager"]?.string == "CUSTOMER", metadata?["KeyState"]?.string == "Enabled" else {
                    continue
                }
                found.append("kms \(metadata?["Arn"]?.text ?? "?")")
            }
            return found + lists.map { "wafv2 \($0.text)" }
        }
    }

    /// What web-app's parameters decide.
    private func running(_ context: StackContext) async throws -> (version: String?, type: String?, limit: String?) {
        let found = try await AWSClient.with(context, .ministack) { aws in
            let groups = try await aws.call("autoscaling", "DescribeAutoScalingGroups")["AutoScalingGroups"].items
            let template = groups.first?["LaunchTemplate"] ?? .null
            let versions = try await aws.call(
                "ec2", "DescribeLaunchTemplateVersions",
                ["LaunchTemplateId": template["LaunchTemplateId"] ?? .null, "Versions": [template["Version"] ?? .null]])
            let balancers = try await aws.call("elbv2", "DescribeLoadBalancers")["LoadBalancers"].items
            let firewall = try await aws.call(
                "wafv2", "GetWebACLForResource", ["ResourceArn": balancers.first?["LoadBalancerArn"] ?? .null])
            return (template, versions["LaunchTemplateVersions"].items.first, firewall["WebACL"])
        }
        let rate = found.2?["Rules"].items.first?["Statement", "RateBasedStatement", "Limit"]?.text
        return (found.0["Version"]?.text, found.1?["LaunchTemplateData", "InstanceType"]?.string, rate)
    }
}

/// What a stack said.
private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])

    func append(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
}

extension CloudFormationStack {
    /// The same stack with other values for these parameters.
    fileprivate func with(_ values: [String: String]) -> CloudFormationStack {
        let original = parameters
        return CloudFormationStack(
            name: name, dependencies: dependencies, template: template,
            parameters: { target, aws in try await original(target, aws).merging(values) { $1 } },
            describe: describe, claims: claims)
    }

    fileprivate func text() throws -> String {
        try String(contentsOfFile: "\(Project.root)/\(template)", encoding: .utf8)
    }

    fileprivate func failures(_ context: StackContext) async throws -> [String] {
        try await verify(context).filter { $0.verdict == .failed }.map(\.id)
    }
}

extension StackContext {
    fileprivate func with(_ repository: Repository) -> StackContext {
        StackContext(
            target: target, repository: repository, toolbox: toolbox, folder: folder, options: options, say: say,
            show: show)
    }

    fileprivate func with(say: @escaping @Sendable (String) -> Void) -> StackContext {
        StackContext(
            target: target, repository: repository, toolbox: toolbox, folder: folder, options: options, say: say,
            show: show)
    }
}
