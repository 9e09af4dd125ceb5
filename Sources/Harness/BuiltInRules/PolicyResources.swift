import CheckCore
import DocumentModels
import HarnessSupport

/// Finds IAM statements without resources.
///
/// `terraform plan` accepts them, but IAM rejects them with MalformedPolicyDocument ("Policy statement must contain
/// resources"). Source: IAM user guide, JSON policy elements: Resource, which every statement of an identity-based
/// policy needs.
struct PolicyResources: Check {
    let name = "policy-resources"
    let summary = "every statement of an identity-based policy lists resources"

    private static let policies: Set = [
        "aws_iam_policy", "aws_iam_role_policy", "aws_iam_user_policy", "aws_iam_group_policy",
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.terraformModules.values.map { module in
            Subject(
                path: module.path,
                inputs: module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") })
        }.sorted { $0.path < $1.path }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let files = subject.inputs.compactMap { path in
                context.repository.hcl(path).map { (path, $0) }
            }
            let empty = Set(
                files.flatMap { $0.1.blocks("locals") }.flatMap(\.body.attributes)
                    .filter { $0.expression.contains(/^\[\s*\]$/) }.map { "local.\($0.name)" })
            return files.flatMap { path, body in
                (documents(body, empty) + encoded(body)).map { line in
                    Finding(
                        rule: "\(name)/missing", path: path, line: line,
                        message: "the statement lists no resources: IAM rejects the policy",
                        remedy: "list the ARNs, or write \"*\" with the reason in a comment above")
                }
            }
        }
    }

    /// Lines of the statements of documents. One with principals belongs to a trust or resource policy.
    private func documents(_ body: HCLBody, _ empty: Set<String>) -> [Int] {
        body.blocks("data").filter { $0.labels.first == "aws_iam_policy_document" }
            .flatMap { $0.body.blocks("statement") }
            .filter { statement in
                let isForIdentity = !statement.body.blocks.contains {
                    ["principals", "not_principals"].contains($0.type) || $0.type == "dynamic"
                }
                let resources = statement.body.expression("resources") ?? statement.body.expression("not_resources")
                let isEmpty = resources.map { $0.contains(/^\[\s*\]$/) || empty.contains($0) } ?? true
                return isForIdentity && isEmpty
            }.map { statement in
                statement.body.attributes.first { $0.name == "resources" }?.line ?? statement.line
            }
    }

    /// Lines of statements in `jsonencode(…)`. A statement that a function builds may contain more than this text.
    private func encoded(_ body: HCLBody) -> [Int] {
        body.blocks("resource").filter { Self.policies.contains($0.labels.first ?? "") }.flatMap { resource -> [Int] in
            guard let policy = resource.body.attributes.first(where: { $0.name == "policy" }),
                policy.expression.hasPrefix("jsonencode("), !policy.expression.contains(/\bmerge\(/)
            else { return [] }
            let text = policy.expression
            // Braces in a string would be mistaken for those of the statement.
            if text.replacing(/\$\{[^}]*\}/, with: "").contains(/"[^"\n]*[{}][^"\n]*"/) { return [] }
            return text.matches(of: /\bEffect"?\s*[=:]\s*"Allow"/).filter { match in
                !HCLBody.object(around: match.range.lowerBound, in: text).contains(/\b(?:Not)?Resource"?\s*[=:]/)
            }.map { policy.line + text[..<$0.range.lowerBound].count { $0 == "\n" } }
        }
    }

    var explanations: [String: String] {
        [
            "missing":
                "The statement has no resources. IAM rejects the policy."
        ]
    }

    var examples: [Example] {
        func document(_ resources: String, list: String = "[\"arn:aws:sqs:eu-west-1:111122223333:a\"]") -> [String:
            String]
        {
            [
                "main.tf": """
                locals {
                  queues = \(list)
                }

                data "aws_iam_policy_document" "a" {
                  statement {
                    actions = ["sqs:SendMessage"]
                \(resources)
                  }
                }

                """
            ]
        }
        func encoded(_ resource: String) -> [String: String] {
            [
                "main.tf": """
                resource "aws_iam_role_policy" "a" {
                  role = "a"
                  policy = jsonencode({
                    Statement = [{
                      Effect = "Allow"
                      Action = "sqs:SendMessage"
                \(resource)
                    }]
                  })
                }

                """
            ]
        }
        return [
            .sound("a statement about a list of queues", document("    resources = local.queues")),
            .broken("a statement about nothing", document(""), triggers: "missing"),
            .broken("an empty list", document("    resources = []"), triggers: "missing"),
            .broken(
                "a list that is empty elsewhere", document("    resources = local.queues", list: "[]"),
                triggers: "missing"),
            .sound(
                "a trust policy",
                document(
                    "    principals {\n      type        = \"Service\"\n      identifiers = [\"ec2.amazonaws.com\"]\n    }"
                )),
            .sound("a resource in the code", encoded("      Resource = \"arn:aws:sqs:eu-west-1:111122223333:a\"")),
            .broken("no resource in the code", encoded("      # nothing"), triggers: "missing"),
        ]
    }
}
