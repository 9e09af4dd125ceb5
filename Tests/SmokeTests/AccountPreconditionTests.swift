import Testing

@testable import CheckCommands
@testable import Submission

@Suite("Preconditions of a real account", .shared(.moto))
struct AccountPreconditionTests {
    private static let everything: Set = ["bucket-access", "cluster", "processor", "workbench"]

    @Test("an account that has everything has no line but ticks")
    func sound() {
        let facts = AccountPrecondition.Facts(
            concurrentExecutions: 1_000, blocksPublicPolicies: false, zones: 3, hasSpotRole: true)
        let found = AccountPrecondition.all(facts, for: Self.everything)
        #expect(found.count == 4)
        #expect(found.allSatisfy { $0.isMet == true && $0.line.hasPrefix("✓ ") }, "\(found.map(\.line))")
    }

    @Test("a new account: two zones and the account's own block fail, a low quota and a missing role are reported")
    func broken() {
        let facts = AccountPrecondition.Facts(
            concurrentExecutions: 10, blocksPublicPolicies: true, zones: 2, hasSpotRole: false)
        let found = AccountPrecondition.all(facts, for: Self.everything)
        #expect(found.map { String($0.line.prefix(1)) } == ["✗", "✗", "!", "!"])
        #expect(found.allSatisfy { $0.isMet == false && $0.line.contains(": ") })
    }

    @Test("only what the chosen components need is asked, and what cannot be read is not a failure")
    func chosen() {
        let found = AccountPrecondition.all(AccountPrecondition.Facts(), for: ["processor"])
        #expect(found.map(\.isMet) == [nil])
        #expect(found.first?.line.hasPrefix("? ") == true)
        #expect(AccountPrecondition.all(AccountPrecondition.Facts(), for: ["applications"]).isEmpty)
    }

    /// moto answers for EC2 and IAM; it has neither Lambda's account settings nor a name for S3's control endpoint.
    @Test("zones and roles are read from the account")
    func read() async throws {
        let aws = try Shared.current().aws
        var facts = try await AccountPrecondition.facts(aws)
        #expect(facts.zones == 3)
        #expect(facts.hasSpotRole == false)
        #expect(facts.concurrentExecutions == nil)
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
