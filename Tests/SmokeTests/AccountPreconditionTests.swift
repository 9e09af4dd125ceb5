import Foundation
import TestSupport
import Testing

@testable import CheckCommands
@testable import Submission

@Suite("Preconditions of a real account", .shared(.moto))
struct AccountPreconditionTests {
    private static let everything: Set = ["bucket-access", "cluster", "processor", "workbench"]

    @Test("an account that has everything has no line but ticks")
    func sound() {
        let facts = AccountPrecondition.Facts(
            concurrentExecutions: 1_000, blocksPublicPolicies: false, zones: 3, hasSpotRole: true, otherNetworks: 1,
            quotas: [.networks: 3, .processors: 11])
        let found = AccountPrecondition.all(facts, for: Self.everything)
        #expect(found.count == 6)
        #expect(found.allSatisfy { $0.isMet == true && $0.line.hasPrefix("✓ ") }, "\(found.map(\.line))")
    }

    @Test("a new account: two zones and the account's own block fail, a low quota and a missing role are reported")
    func broken() {
        let facts = AccountPrecondition.Facts(
            concurrentExecutions: 10, blocksPublicPolicies: true, zones: 2, hasSpotRole: false, otherNetworks: 4,
            quotas: [.networks: 5, .processors: 5])
        let found = AccountPrecondition.all(facts, for: Self.everything)
        #expect(found.map { String($0.line.prefix(1)) } == ["✗", "✗", "!", "!", "✗", "✗"])
        #expect(found.allSatisfy { $0.isMet == false && $0.line.contains(": ") })
    }

    @Test("the quotas of a new account stop the fleet and the endpoint")
    func newAccount() {
        let facts = AccountPrecondition.Facts(
            zones: 3, otherNetworks: 1, quotas: [.networks: 5, .processors: 32, .graphics: 0, .endpoints: 0])
        let found = AccountPrecondition.all(facts, for: ["model-hosting", "platform"])
        #expect(
            found.filter { $0.isMet == false }.map(\.line) == [
                "✗ the quota Running On-Demand G and VT instances of ec2 is 12 or more (0): "
                    + "request 12 in Service Quotas, or leave out platform",
                "✗ the quota ml.m5.large for endpoint usage of sagemaker is 8 or more (0): "
                    + "request 8 in Service Quotas, or leave out model-hosting",
            ])
        #expect(
            found.contains { $0.text.hasPrefix("the quota VPCs per Region of vpc is 5 or more") && $0.isMet == true })
    }

    @Test("an example value in the variables of a real account fails, and names what to replace")
    func examples() {
        let found = AccountPrecondition.examples(
            in: "access = { a = \"arn:aws:iam::111122223333:role/a\" }", of: "aws.tfvars")
        #expect(found?.line == "✗ aws.tfvars holds your own values: replace 111122223333")
        #expect(AccountPrecondition.examples(in: "region = \"eu-west-1\"", of: "aws.tfvars") == nil)
    }

    @Test("no IAM user is made by two stacks of one account")
    func users() throws {
        let workbench = try String(
            contentsOfFile: Project.root + "/terraform/stacks/workbench/main.tf", encoding: .utf8)
        let users = try #require(workbench.firstMatch(of: /users = \[(.*)\]/)).1
        #expect(users.contains("\"vera\""))
        #expect(!users.contains("\"\(CloudFormationStack.userOnAccount)\""))
    }

    @Test("only what the chosen components need is asked, and what cannot be read is not a failure")
    func chosen() {
        let found = AccountPrecondition.all(AccountPrecondition.Facts(), for: ["processor"])
        #expect(found.map(\.isMet) == [nil])
        #expect(found.first?.line.hasPrefix("? ") == true)
        #expect(AccountPrecondition.all(AccountPrecondition.Facts(), for: ["applications"]).isEmpty)
    }

    /// moto answers for EC2 and IAM; it has neither Lambda's account settings nor quotas nor a name for S3's control
    /// endpoint.
    @Test("zones, networks and roles are read from the account")
    func read() async throws {
        let aws = try Shared.current().aws
        var facts = try await AccountPrecondition.facts(aws)
        #expect(facts.zones == 3)
        #expect(facts.hasSpotRole == false)
        #expect(facts.concurrentExecutions == nil)
        #expect(facts.otherNetworks == 1, "the default VPC")
        #expect(facts.quotas.isEmpty)
        _ = try await aws.call(
            "iam", "CreateRole",
            [
                "RoleName": "AWSServiceRoleForEC2Spot",
                "AssumeRolePolicyDocument": "{\"Version\":\"2012-10-17\",\"Statement\":[]}",
            ])
        facts = try await AccountPrecondition.facts(aws)
        #expect(facts.hasSpotRole == true)
    }
}
