import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// Runs cfn-lint on every CloudFormation template, against the schemas of the resource providers.
struct CfnLint: Check {
    let name = "cfn-lint"
    let summary = "CloudFormation templates fit the schemas of their resources"
    let rulePages: String? = "https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md#RULE"
    let tools = [Tool.cfnLint]
    let weight = 3.0

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .cloudFormation).map { Subject(file: $0.path) }
    }

    /// Runs on copies, so that a `.cfnlintrc` in a parent folder cannot disable rules.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        try await context.withStage(subjects.map(\.path)) { stage in
            let output = try await Command(
                try await context.path(of: .cfnLint),
                ["--format", "json", "--non-zero-exit-code", "none", "--"] + subjects.map(\.path),
                environment: ["HOME": stage], folder: stage
            ).run()
            guard let found = JSONValue(parsing: output.stdout)?.array else {
                // cfn-lint 1.58 fails on a condition named `Yes`, which its YAML reader takes for a boolean.
                if output.stderr.contains("Traceback (most recent call last)") {
                    throw Skipped("cfn-lint failed: \(output.lastLine)")
                }
                throw HarnessError("cfn-lint: \(output.lastLine)")
            }
            let unfinished = Set(
                subjects.map(\.path).filter { Self.isUnfinished(context.repository.text(of: $0) ?? "") })
            return found.filter { item in
                let text = context.repository.text(of: item["Filename"]?.string ?? "") ?? ""
                return !Self.isNameOfGroup(item) && !Self.isInvented(item, in: text) && !Self.isEmptySid(item, in: text)
            }.map { item in
                let start = item["Location", "Start"]
                return Finding(
                    rule: "\(name)/\(item["Rule", "Id"]?.string ?? "?")",
                    severity: item["Level"]?.string == "Error" && !unfinished.contains(item["Filename"]?.string ?? "")
                        ? .error : .warning,
                    path: item["Filename"]?.string ?? "", line: start?["LineNumber"]?.int,
                    column: start?["ColumnNumber"]?.int, message: item["Message"]?.string ?? "",
                    remedy: item["Rule", "Source"]?.string.flatMap { $0.isEmpty ? nil : "see \($0)" })
            }
        }
    }

    /// A value that is not in the template: cfn-lint replaces unresolved parts of a `Fn::ForEach` with seven random
    /// letters.
    private static func isInvented(_ item: JSONValue, in text: String) -> Bool {
        guard text.contains("Fn::ForEach"),
            let value = item["Message"]?.string?.firstMatch(of: /^'([A-Za-z]{7})' is not an?\b/)?.1
        else { return false }
        return !text.contains(value)
    }

    /// An empty `Sid`, which IAM accepts in any number of statements: consoles and Terraform's policy documents write it.
    ///
    /// Source: Amazon ECS Developer Guide, "Amazon ECS task execution IAM role", whose trust policy has
    /// `"Sid": ""`.
    private static func isEmptySid(_ item: JSONValue, in text: String) -> Bool {
        let message = item["Message"]?.string ?? ""
        if message.hasPrefix("'' does not match '^[A-Za-z0-9]+$'") { return true }
        guard message.hasPrefix("array items are not unique for keys ['Sid']") else { return false }
        let names = text.matches(of: /\bSid["']?\s*:\s*["']?([^\s"',}]*)/).map { String($0.1) }
        let written = names.filter { !$0.isEmpty }
        return names.count > written.count && Set(written).count == written.count
    }

    /// The name of a load balancer's security group, which cfn-lint's schemas do not recognize.
    ///
    /// Source: CloudFormation, template reference, `AWS::ElasticLoadBalancing::LoadBalancer`, return values.
    private static func isNameOfGroup(_ item: JSONValue) -> Bool {
        item["Rule", "Id"]?.string == "E1040"
            && item["Message"]?.string?.contains(
                /'SourceSecurityGroup\.GroupName'\]\} does not match .*'AWS::EC2::SecurityGroup\.Name'/) == true
    }

    /// Whether a macro or rain still has to expand the template.
    private static func isUnfinished(_ text: String) -> Bool {
        text.contains(/Rain::|!Rain|"Rain"|Fn::Transform|!Transform/)
            || text.contains(/\bTransform"?:\s*(?:[\[\-"'\s])*(?!AWS::)\w/)
    }

    var examples: [Example] {
        func template(_ properties: String) -> [String: String] {
            [
                "a.yaml":
                    "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Queue:\n    Type: AWS::SQS::Queue\n\(properties)"
            ]
        }
        func admits(_ attribute: String) -> [String: String] {
            [
                "a.yaml": """
                AWSTemplateFormatVersion: '2010-09-09'
                Resources:
                  Balancer:
                    Type: AWS::ElasticLoadBalancing::LoadBalancer
                    Properties:
                      AvailabilityZones: !GetAZs ''
                      Listeners: [{LoadBalancerPort: '80', InstancePort: '80', Protocol: HTTP}]
                  Group:
                    Type: AWS::EC2::SecurityGroup
                    Properties:
                      GroupDescription: a
                      SecurityGroupIngress:
                        - {IpProtocol: tcp, FromPort: 80, ToPort: 80, SourceSecurityGroupName: !GetAtt Balancer.\(attribute)}

                """
            ]
        }
        func policy(_ first: String, _ second: String) -> [String: String] {
            let statements = [first, second].map {
                "          - {Sid: '\($0)', Effect: Allow, Action: 's3:GetObject', Resource: '*'}\n"
            }
            return [
                "a.yaml":
                    "AWSTemplateFormatVersion: '2010-09-09'\nResources:\n  Policy:\n    Type: AWS::IAM::ManagedPolicy\n    Properties:\n      PolicyDocument:\n        Version: '2012-10-17'\n        Statement:\n"
                    + statements.joined()
            ]
        }
        return [
            .sound("who is behind a load balancer", admits("SourceSecurityGroup.GroupName")),
            .broken("an address for the name of a group", admits("DNSName"), triggers: "E1040"),
            .sound("statements with an empty Sid", policy("", "")),
            .broken("statements with the same Sid", policy("a", "a"), triggers: "E3510"),
            .sound("a queue", template("    Properties:\n      DelaySeconds: 5\n")),
            .broken(
                "a property that does not exist", template("    Properties:\n      Delay: 5\n"), triggers: "E3002"),
            .broken(
                "a reference to nothing", template("    Properties:\n      QueueName: !Ref Name\n"),
                triggers: "E1020"),
        ]
    }
}
