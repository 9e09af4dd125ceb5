import TestSupport
import Testing

@testable import KubernetesModel
@testable import Submission

/// Resources and conditions, which moto does not judge.
@Suite("A script's policy, evaluated,")
struct ScriptPolicyDocumentTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let script: String
        let action: String
        let resource: String
        let context: [String: [String]]
        let isAllowed: Bool

        init(
            _ script: String, _ action: String, _ resource: String, _ isAllowed: Bool, given: [String: [String]] = [:]
        ) {
            self.script = script
            self.action = action
            self.resource = resource
            self.context = given.merging(["aws:principalaccount": [account]]) { own, _ in own }
            self.isAllowed = isAllowed
        }

        var testDescription: String {
            let values = context.filter { $0.key != "aws:principalaccount" }.flatMap(\.value).joined(separator: " ")
            return "\(script): \(action) \(resource) \(values)"
        }
    }

    private static let account = "111122223333"
    private static let iam = "arn:aws:iam::\(account):"
    private static let group = "arn:aws:ec2:eu-west-1:\(account):security-group/sg-0123456789abcdef0"
    private static let level2 = iam + "role/developer_level2"
    private static let readLogs = iam + "policy/developer_level2-read-logs"

    private static let administrator = "arn:aws:iam::aws:policy/AdministratorAccess"

    private static func owner(_ account: String) -> [String: [String]] { ["aws:resourceaccount": [account]] }
    private static func policy(_ arn: String) -> [String: [String]] { ["iam:policyarn": [arn]] }

    private static let rows = [
        Row("list-bucket", "s3:ListBucket", "arn:aws:s3:::important-data", true, given: owner(account)),
        Row("list-bucket", "s3:ListBucket", "arn:aws:s3:::strange", false, given: owner("444455556666")),
        Row("list-bucket", "s3:GetObject", "arn:aws:s3:::important-data/logs/a", false, given: owner(account)),
        Row("rename-user", "iam:GetUser", iam + "user/vera", true),
        Row("rename-user", "iam:UpdateUser", iam + "user/vera", true),
        Row("rename-user", "iam:DeleteUser", iam + "user/vera", false),
        Row("rename-user", "iam:CreateAccessKey", iam + "user/vera", false),
        Row("allow-my-address", "ec2:AuthorizeSecurityGroupIngress", group, true),
        Row("allow-my-address", "ec2:AuthorizeSecurityGroupEgress", group, false),
        Row("allow-my-address", "ec2:RevokeSecurityGroupIngress", group, false),
        Row("attach-policy", "iam:GetRole", level2, true),
        Row("attach-policy", "iam:GetPolicy", readLogs, true),
        Row("attach-policy", "iam:GetPolicyVersion", readLogs, true),
        Row("attach-policy", "iam:CreatePolicy", readLogs, true),
        Row("attach-policy", "iam:CreatePolicyVersion", readLogs, true),
        Row("attach-policy", "iam:CreatePolicyVersion", iam + "policy/operator", false),
        Row("attach-policy", "iam:CreatePolicy", iam + "policy/operator", false),
        Row("attach-policy", "iam:GetPolicyVersion", iam + "policy/operator", false),
        Row("attach-policy", "iam:SetDefaultPolicyVersion", readLogs, false),
        Row("attach-policy", "iam:AttachRolePolicy", level2, true, given: policy(readLogs)),
        Row("attach-policy", "iam:AttachRolePolicy", level2, false, given: policy(iam + "policy/operator")),
        Row("attach-policy", "iam:AttachRolePolicy", level2, false, given: policy(administrator)),
        Row(
            "attach-policy", "iam:AttachRolePolicy", level2, false,
            given: policy("arn:aws:iam::aws:policy/developer_level2-odd")),
        Row("attach-policy", "iam:AttachRolePolicy", iam + "role/admin", false, given: policy(readLogs)),
        Row("attach-policy", "iam:AttachUserPolicy", iam + "user/vera", false, given: policy(readLogs)),
        Row("attach-policy", "iam:UpdateAssumeRolePolicy", level2, false),
    ]

    @Test("allows what the script does and nothing beside it", arguments: rows)
    func decision(_ row: Row) throws {
        let text = try String(contentsOfFile: "\(Project.root)/scripts/policies/\(row.script).json", encoding: .utf8)
        let decision = PolicyEvaluation(
            identity: [try PolicyDocument(text: text)], resource: nil, needsResourcePolicy: false
        ).decide(
            .init(
                principal: Self.iam + "user/operator", action: row.action, resource: row.resource,
                account: row.context["aws:resourceaccount"]?.first ?? Self.account, context: row.context))
        #expect((decision == .allowed) == row.isAllowed, "\(decision)")
        if case .undecided(let why) = decision { Issue.record("undecided: \(why)") }
    }
}
