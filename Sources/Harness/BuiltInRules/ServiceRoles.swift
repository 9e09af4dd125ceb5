import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import Tooling

/// Checks that a role of an AWS service grants the actions that AWS documents. Otherwise an apply or the first run
/// fails, which no emulator shows. The table is `Tables/service-roles.yaml`, each row with its source.
///
/// The check covers a role only if its trust, use and policies are all in the module. It skips a role with a policy
/// from a variable, a file, a data source or an unclear attachment.
struct ServiceRoles: Check {
    let name = "service-roles"
    let summary = "roles of AWS services grant the actions that AWS documents for their use"
    let advice = Advice.everything

    /// A line of the table.
    struct Row: Sendable {
        let service: String
        let usedBy: [String]
        let has: String?
        let grants: String?
        let actions: [String]
        let anyOf: [String]
        let policies: [String]
        let source: String
    }

    private static let rows: Result<[Row], HarnessError> = {
        do {
            let path = try Resource.path("service-roles", "yaml", in: "Tables", of: .module)
            let tree = try YAMLTree([UInt8](try Data(contentsOf: URL(fileURLWithPath: path))))
            let rows = (tree.documents.first?["rows"]?.elements ?? []).map { row in
                func list(_ key: String) -> [String] { row[key]?.elements.map(\.text) ?? [] }
                return Row(
                    service: row["service"]?.text ?? "", usedBy: list("used_by"), has: row["has"]?.text,
                    grants: row["grants"]?.text, actions: list("actions"), anyOf: list("any_of"),
                    policies: list("policies"), source: row["source"]?.text ?? "")
            }
            guard !rows.isEmpty else { throw HarnessError("\(path) has no rows", remedy: "restore the file") }
            return .success(rows)
        } catch {
            return .failure(error as? HarnessError ?? HarnessError("service-roles.yaml: \(error)"))
        }
    }()

    func subjects(in repository: Repository) -> [Subject] {
        repository.terraformModules.values.map { module in
            Subject(
                path: module.path,
                inputs: module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") })
        }.filter { !$0.inputs.isEmpty }.sorted { $0.path < $1.path }
            + repository.artifacts(of: .cloudFormation).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let rows = try Self.rows.get()
        return subjects.flatMap { subject -> [Finding] in
            if !subject.inputs[0].hasSuffix(".tf") {
                let root = context.repository.yaml(subject.path)?.documents.first
                return root.map { template(subject.path, $0, rows) } ?? []
            }
            let files = subject.inputs.compactMap { path in
                context.repository.hcl(path).map { (path, $0) }
            }
            // A policy that cannot be read completely may contain the missing action.
            guard files.count == subject.inputs.count else { return [] }
            let code = TerraformCode(files)
            return code.resources("aws_iam_role").flatMap { role in findings(role, rows, code) }
        }
    }

    private func findings(_ role: TerraformCode.Resource, _ rows: [Row], _ code: TerraformCode) -> [Finding] {
        let services = Set(
            role.text("assume_role_policy").matches(of: /Service"?\s*[=:]\s*"([a-z0-9.-]+\.amazonaws\.com)"/)
                .map { String($0.1) })
        guard services.count == 1, let service = services.first else { return [] }
        let inline = code.resources("aws_iam_role_policy").filter { role.isNamed(in: $0.text("role")) }
        let attachments = code.resources.filter {
            $0.type.hasSuffix("_policy_attachment") && role.isNamed(in: $0.text)
        }
        let policy = inline.map { $0.text("policy") }.joined(separator: "\n")
        let granted = policy.matches(of: /"([a-z0-9-]+:[A-Za-z*]+)"/).map { String($0.1) }
        let isEvident =
            !granted.isEmpty && attachments.isEmpty && !policy.contains(Self.opaque)
            && !role.text.contains(/inline_policy|managed_policy_arns/)
        func grants(_ action: String) -> Bool {
            granted.contains { Wildcard.matches($0, action, ignoringCase: true) }
        }
        var seen: Set<String> = []
        return rows.filter { $0.service == service }.flatMap { row -> [Finding] in
            if let needed = row.grants, !granted.contains(needed) { return [] }
            guard let use = code.use(of: role, by: row.usedBy, with: row.has) else { return [] }
            var missing: [String] = []
            if isEvident {
                missing = row.actions.filter { !grants($0) }
                if !row.anyOf.isEmpty, !row.anyOf.contains(where: grants) {
                    missing.append(row.anyOf.joined(separator: " or "))
                }
            }
            // An attachment whose policy is not a literal may grant the action.
            let names = attachments.map(\.text).joined(separator: "\n")
            if !row.policies.isEmpty, !names.contains(/policy_arn\s*=?\s*(var|data|module)\.|\$\{var\./) {
                missing += row.policies.filter { !names.contains($0) && !role.text.contains($0) }
            }
            missing = missing.filter { seen.insert($0).inserted }
            guard !missing.isEmpty else { return [] }
            let reason = row.has.map { " with \($0)" } ?? ""
            return [
                Finding(
                    rule: "\(name)/missing", path: role.path, line: role.line,
                    message:
                        "\(role.address) does not grant \(missing.joined(separator: ", ")), which \(use.address)\(reason) needs",
                    remedy: "grant the action (source: \(row.source))")
            ]
        }
    }

    /// Where a policy's actions are not written in the module.
    private static var opaque: Regex<Substring> {
        /data\.aws_iam_policy_document|file\(|Action"?\s*[=:]\s*[^"\[\s]|\[\s*for\s[^\]]*:\s*"?\$?\{?(?:action|each)|(?:var|module|each)\.[a-z_.]*(?:action|polic|statement)/
    }

    var explanations: [String: String] {
        [
            "missing":
                "The role lacks an action that the service needs for this resource. Creation or use of the resource fails."
        ]
    }

    var examples: [Example] {
        func role(_ service: String, _ actions: String, _ rest: String) -> [String: String] {
            [
                "main.tf": """
                resource "aws_iam_role" "r" {
                  assume_role_policy = jsonencode({
                    Statement = [{ Effect = "Allow", Principal = { Service = "\(service)" }, Action = "sts:AssumeRole" }]
                  })
                }

                locals {
                  statements = [{ Effect = "Allow", Action = [\(actions)], Resource = "*" }]
                }

                resource "aws_iam_role_policy" "r" {
                  role   = aws_iam_role.r.id
                  policy = jsonencode({ Statement = local.statements })
                }

                \(rest)
                """
            ]
        }
        let model = """
            resource "aws_sagemaker_model" "m" {
              execution_role_arn = aws_iam_role.r.arn
            }

            resource "aws_sagemaker_endpoint_configuration" "c" {
              kms_key_arn = aws_kms_key.k.arn

              production_variants {
                model_name = aws_sagemaker_model.m.name
              }
            }

            """
        let base =
            "\"ecr:Batch*\", \"ecr:GetAuthorizationToken\", \"ecr:GetDownloadUrlForLayer\", \"logs:CreateLogStream\", \"logs:PutLogEvents\""
        let endpoint = """
            resource "aws_sagemaker_endpoint" "e" {
              endpoint_config_name = aws_sagemaker_endpoint_configuration.c.name

              deployment_config {
                auto_rollback_configuration {
                  alarms {
                    alarm_name = "errors"
                  }
                }
              }
            }

            """
        let function = """
            resource "aws_lambda_function" "f" {
              role = aws_iam_role.r.arn

              vpc_config {
                subnet_ids = var.subnet_ids
              }
            }

            """
        let job = """
            resource "aws_scheduler_schedule" "s" {
              target {
                input = jsonencode({ RoleArn = aws_iam_role.r.arn, VolumeKmsKeyId = aws_kms_key.k.arn })
              }
            }

            """
        let logs = "\"logs:CreateLogStream\", \"logs:PutLogEvents\""
        var attached = role("lambda.amazonaws.com", logs, function)
        attached["main.tf"]? +=
            "resource \"aws_iam_role_policy_attachment\" \"a\" {\n  role       = aws_iam_role.r.name\n  policy_arn = var.policy_arn\n}\n"
        var given = role("lambda.amazonaws.com", logs, function)
        given["main.tf"] = given["main.tf"]?.replacingOccurrences(
            of: "[\(logs)]", with: "concat([\(logs)], var.more_actions)")
        func template(_ actions: String) -> [String: String] {
            [
                "template.yaml": """
                AWSTemplateFormatVersion: '2010-09-09'
                Resources:
                  Role:
                    Type: AWS::IAM::Role
                    Properties:
                      AssumeRolePolicyDocument:
                        Statement:
                          - { Effect: Allow, Principal: { Service: vpc-flow-logs.amazonaws.com }, Action: sts:AssumeRole }
                      Policies:
                        - PolicyName: write
                          PolicyDocument:
                            Statement: { Effect: Allow, Action: [\(actions)], Resource: '*' }
                  Log:
                    Type: AWS::EC2::FlowLog
                    Properties:
                      DeliverLogsPermissionArn: !GetAtt Role.Arn

                """
            ]
        }
        return [
            .sound("a role of a template", template("logs:CreateLogStream, logs:Describe*, logs:PutLogEvents")),
            .broken(
                "a role of a template that may not look for its log group",
                template("logs:CreateLogStream, logs:PutLogEvents"), triggers: "missing"),
            .sound(
                "an execution role with all of it, by name and by wildcard",
                role(
                    "sagemaker.amazonaws.com", base + ", \"kms:CreateGrant\", \"cloudwatch:DescribeAlarms\"",
                    model + endpoint)),
            .sound("a role with an attached policy that is not evident", attached),
            .sound("a role with actions from a variable", given),
            .sound(
                "a role that is used elsewhere",
                role("sagemaker.amazonaws.com", logs, "output \"arn\" {\n  value = aws_iam_role.r.arn\n}\n")),
            .broken(
                "volumes under an own key without the grant", role("sagemaker.amazonaws.com", base, model),
                triggers: "missing"),
            .broken(
                "a rollback on alarms that the role may not read",
                role("sagemaker.amazonaws.com", base + ", \"kms:CreateGrant\"", model + endpoint), triggers: "missing"),
            .broken("a function in a VPC", role("lambda.amazonaws.com", logs, function), triggers: "missing"),
            .broken(
                "a scheduled job whose role may not encrypt its volume", role("sagemaker.amazonaws.com", logs, job),
                triggers: "missing"),
            .broken(
                "nodes that may not join",
                role(
                    "ec2.amazonaws.com", "\"s3:GetObject\"",
                    "resource \"aws_eks_node_group\" \"n\" {\n  node_role_arn = aws_iam_role.r.arn\n}\n"),
                triggers: "missing"),
        ]
    }
}

/// The resources of a module with their expressions, in which local values are written out.
struct TerraformCode {
    struct Resource {
        let type: String
        let address: String
        let path: String
        let line: Int
        /// Every name and expression in it.
        let text: String
        fileprivate let attributes: [String: String]
        fileprivate let everyAttribute: [(name: String, attribute: Attribute)]

        /// The expression of one of its own attributes; empty where there is none.
        func text(_ name: String) -> String { attributes[name] ?? "" }

        /// The attributes of a name, in it and in its blocks.
        func all(_ name: String) -> [Attribute] { everyAttribute.filter { $0.name == name }.map(\.attribute) }

        /// Whether the text names this resource, and not one with a longer name.
        func isNamed(in text: String) -> Bool {
            text.ranges(of: address).contains { range in
                let before = text[..<range.lowerBound].utf8.last ?? 0x20
                let after = text[range.upperBound...].utf8.first ?? 0x20
                return !Self.isPart(before) && before != UInt8(ascii: ".") && !Self.isPart(after)
            }
        }

        private static func isPart(_ byte: UInt8) -> Bool {
            byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A || byte >= 0x30 && byte <= 0x39 || byte == 0x5F
                || byte == 0x2D
        }
    }

    /// An attribute as it is written, and with local values behind it.
    struct Attribute {
        let expression: String
        let expanded: String
        let line: Int
    }

    let resources: [Resource]

    init(_ files: [(path: String, body: HCLBody)]) {
        let values = Dictionary(
            files.flatMap { $0.body.blocks("locals").flatMap(\.body.attributes) }.map { ($0.name, $0.expression) },
            uniquingKeysWith: { first, _ in first })
        resources = files.flatMap { path, body in
            body.blocks("resource").filter { $0.labels.count == 2 }.map { block in
                let attributes = block.body.attributes.map { ($0.name, Self.expanded($0.expression, values)) }
                return Resource(
                    type: block.labels[0], address: block.labels.joined(separator: "."), path: path, line: block.line,
                    text: Self.expanded(Self.text(block.body), values),
                    attributes: Dictionary(attributes, uniquingKeysWith: { first, _ in first }),
                    everyAttribute: Self.attributes(block.body).map {
                        (
                            $0.name,
                            Attribute(
                                expression: $0.expression, expanded: Self.expanded($0.expression, values), line: $0.line
                            )
                        )
                    })
            }
        }
    }

    func resources(_ type: String) -> [Resource] { resources.filter { $0.type == type } }

    /// The resource at the end of the way from `resource` over resources of the given types, each of which names the
    /// one before.
    func use(of resource: Resource, by types: [String], with word: String?) -> Resource? {
        var ends = [resource]
        for type in types {
            ends = resources(type).filter { next in ends.contains { $0.isNamed(in: next.text) } }
        }
        return ends.first { end in word.map { end.text.contains($0) } ?? true }
    }

    private static func attributes(_ body: HCLBody) -> [HCLAttribute] {
        body.attributes + body.blocks.flatMap { attributes($0.body) }
    }

    private static func text(_ body: HCLBody) -> String {
        (body.attributes.map { "\($0.name) = \($0.expression)" }
            + body.blocks.map { "\($0.type) \($0.labels.joined(separator: " ")) {\n\(text($0.body))\n}" })
            .joined(separator: "\n")
    }

    /// The expression, and behind it those of the local values that it names, directly or through others.
    private static func expanded(_ expression: String, _ values: [String: String]) -> String {
        var (open, seen, result) = ([expression], Set<String>(), "")
        while let next = open.popLast() {
            result += (result.isEmpty ? "" : "\n") + next
            for name in next.matches(of: /\blocal\.([A-Za-z0-9_-]+)/).map({ String($0.1) })
            where seen.insert(name).inserted {
                if let value = values[name] { open.append(value) }
            }
        }
        return result
    }
}
