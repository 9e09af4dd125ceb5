import Testing

@testable import HarnessSupport
@testable import Submission

/// Cases from the IAM User Guide, "Policy evaluation logic" and "Condition operators".
@Suite("A request is judged as AWS judges it:")
struct PolicyEvaluationTests {
    private static let vera = "arn:aws:iam::111122223333:user/vera"
    private static let stranger = "arn:aws:iam::444455556666:user/mallory"

    private func decide(
        _ identity: [String] = [], resource: String? = nil, needsResourcePolicy: Bool = false,
        as principal: String? = vera, _ action: String = "s3:GetObject",
        on target: String = "arn:aws:s3:::bucket/report.txt", context: [String: [String]] = [:]
    ) throws -> PolicyEvaluation.Decision {
        func document(_ statements: String) throws -> PolicyDocument {
            try PolicyDocument(text: #"{"Version": "2012-10-17", "Statement": [\#(statements)]}"#)
        }
        return PolicyEvaluation(
            identity: try identity.map(document), resource: try resource.map(document),
            needsResourcePolicy: needsResourcePolicy
        ).decide(
            .init(principal: principal, action: action, resource: target, account: "111122223333", context: context))
    }

    private let allow = #"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "arn:aws:s3:::bucket/*"}"#
    private let publicRead = #"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}"#

    @Test("without a policy that allows it, everything is denied")
    func implicit() throws {
        #expect(try decide() == .denied(because: "no policy allows the action"))
        #expect(try decide([allow], "s3:PutObject") == .denied(because: "no policy allows the action"))
        #expect(
            try decide([allow], on: "arn:aws:s3:::other/report.txt") == .denied(because: "no policy allows the action"))
    }

    @Test("actions ignore case, resources do not")
    func letters() throws {
        #expect(try decide([allow], "S3:getobject") == .allowed)
        #expect(try decide([allow], on: "arn:aws:s3:::Bucket/report.txt") != .allowed)
    }

    @Test("an explicit denial overrides all permissions")
    func denial() throws {
        let deny = #"{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}"#
        #expect(try decide([allow, deny]) == .denied(because: "a statement denies the action"))
        #expect(
            try decide(
                [allow], resource: #"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}"#)
                == .denied(because: "a statement denies the action"))
    }

    @Test("a bucket policy alone is enough for an identity of the same account")
    func resourcePolicy() throws {
        #expect(
            try decide(
                resource:
                    #"{"Effect": "Allow", "Principal": {"AWS": "\#(Self.vera)"}, "Action": "s3:GetObject", "Resource": "*"}"#
            ) == .allowed)
    }

    @Test("cross-account access needs both policies")
    func crossAccount() throws {
        let statement =
            #"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"}, "Action": "s3:GetObject", "Resource": "*"}"#
        #expect(try decide(resource: statement, as: Self.stranger) != .allowed)
        #expect(try decide([allow], as: Self.stranger) != .allowed)
        #expect(try decide([allow], resource: statement, as: Self.stranger) == .allowed)
    }

    @Test(
        "a principal in the trust policy may assume the role; if the policy names the account, the principal also needs a permission"
    )
    func trust() throws {
        let assume = #"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}"#
        let role = "arn:aws:iam::111122223333:role/developer"
        let root =
            #"{"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::111122223333:root"}, "Action": "sts:AssumeRole"}"#
        func decide(_ identity: [String], _ trust: String?) throws -> PolicyEvaluation.Decision {
            try self.decide(identity, resource: trust, needsResourcePolicy: true, "sts:AssumeRole", on: role)
        }
        #expect(try decide([assume], nil) != .allowed)
        #expect(try decide([], root) != .allowed)
        #expect(try decide([assume], root) == .allowed)
    }

    @Test("a service needs only the resource policy")
    func service() throws {
        let statement =
            #"{"Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "s3:GetObject", "Resource": "*"}"#
        #expect(try decide(resource: statement, as: "s3.amazonaws.com") == .allowed)
        #expect(try decide(resource: statement, as: "logs.amazonaws.com") != .allowed)
        #expect(try decide([allow], as: "s3.amazonaws.com") != .allowed)
    }

    @Test("an anonymous caller has only the permissions that the resource grants to everybody")
    func visitor() throws {
        #expect(try decide(resource: publicRead, as: nil) == .allowed)
        #expect(try decide([allow], as: nil) != .allowed)
        let named =
            #"{"Effect": "Allow", "Principal": {"AWS": "\#(Self.vera)"}, "Action": "s3:GetObject", "Resource": "*"}"#
        #expect(try decide(resource: named, as: nil) != .allowed)
    }

    @Test(
        "a condition holds or not",
        arguments: [
            (#"{"Bool": {"aws:SecureTransport": "true"}}"#, ["aws:securetransport": ["true"]], true),
            (#"{"Bool": {"aws:SecureTransport": "true"}}"#, [:], false),
            (#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#, [:], true),
            (#"{"StringNotEquals": {"aws:PrincipalAccount": "1"}}"#, [:], true),
            (#"{"StringNotEquals": {"aws:PrincipalAccount": "1"}}"#, ["aws:principalaccount": ["1"]], false),
            (#"{"StringEquals": {"k": ["a", "b"]}}"#, ["k": ["b"]], true),
            (#"{"StringLike": {"k": "a*c"}}"#, ["k": ["abbc"]], true),
            (#"{"StringLike": {"k": "${aws:username}-*"}}"#, ["k": ["vera-1"], "aws:username": ["vera"]], true),
            (#"{"StringLike": {"k": "${aws:username}-*"}}"#, ["k": ["vera-1"]], false),
            (#"{"Null": {"k": "true"}}"#, [:], true),
            (#"{"Null": {"k": "false"}}"#, [:], false),
            (#"{"ForAllValues:StringEquals": {"k": ["a", "b"]}}"#, ["k": ["a", "c"]], false),
            (#"{"ForAnyValue:StringEquals": {"k": ["a", "b"]}}"#, ["k": ["a", "c"]], true),
            (#"{"NumericLessThan": {"k": "3600"}}"#, ["k": ["60"]], true),
            (#"{"NumericLessThan": {"k": "3600"}}"#, ["k": ["3600"]], false),
            (#"{"StringEquals": {"a": "1", "b": "2"}}"#, ["a": ["1"]], false),
        ] as [(String, [String: [String]], Bool)])
    func condition(_ text: String, _ context: [String: [String]], _ holds: Bool) throws {
        let statement = #"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": \#(text)}"#
        #expect((try decide([statement], context: context) == .allowed) == holds)
    }

    @Test("an unsupported statement neither allows nor denies")
    func unknown() throws {
        let odd = #""Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}"#
        let undecided = PolicyEvaluation.Decision.undecided(because: "unsupported operator IpAddress")
        #expect(try decide([#"{"Effect": "Allow", \#(odd)}"#]) == undecided)
        #expect(try decide([allow, #"{"Effect": "Deny", \#(odd)}"#]) == undecided)
    }

    @Test("in a pattern, * matches any text and ? one character")
    func wildcards() {
        #expect(Wildcard.matches("a*b*c", "a--b-b--c"))
        #expect(!Wildcard.matches("a*b*c", "a--b-b--cd"))
        #expect(Wildcard.matches("?b", "ab"))
        #expect(!Wildcard.matches("?b", "b"))
        #expect(Wildcard.matches("*", ""))
        #expect(!Wildcard.matches("", "a"))
        #expect(Wildcard.matches("[a]", "[a]"))
    }
}
