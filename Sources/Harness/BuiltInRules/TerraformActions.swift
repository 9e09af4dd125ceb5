import CheckCore
import DocumentModels
import HarnessSupport

/// Finds policies of roles and users that allow `s3:*`, and statements on every resource without a reason.
///
/// Of statements that name a principal only services are looked at: there `kms:*` for the account itself is what AWS asks
/// for, and `s3:*` is what a denial is about. A key's policy speaks of the key alone, by `*`. Source: the IAM user guide,
/// Security best practices, least privilege.
struct TerraformActions: Check {
    let name = "terraform-actions"
    let summary = "policies list specific actions and resources"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform).filter { $0.path.hasSuffix(".tf") }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            let text = context.repository.text(of: subject.path) ?? ""
            let lines = text.lines
            return Self.statements(in: text).compactMap { statement -> Finding? in
                func finding(_ rule: String, _ message: String, _ remedy: String) -> Finding {
                    Finding(
                        rule: "\(name)/\(rule)", severity: .warning, path: subject.path, line: statement.line,
                        message: message, remedy: remedy)
                }
                guard !statement.text.contains(/"Deny"/) else { return nil }
                let isOfResource = statement.text.contains(/\bPrincipal\s*=/)
                if let service = statement.everyActionOf {
                    // A trust policy allows only the assume-role action and those of the session.
                    guard !isOfResource || service == "sts", statement.text.contains(/\bAction\s*=/) else { return nil }
                    return finding(
                        "wildcard", "\"\(service):*\" allows all current and future actions of \(service)",
                        "list the actions that are called")
                }
                if isOfResource {
                    let isService = statement.text.contains(/\bPrincipal\s*=\s*\{\s*Service\b/)
                    guard isService, !statement.text.contains(/"kms:/) else { return nil }
                    return finding(
                        "everything", "the policy gives a service access to every resource that it is attached to",
                        "write the ARN of the resource")
                }
                let isExplained =
                    statement.line > 1 && statement.line <= lines.count
                    && lines[statement.line - 2].contains(/^\s*(#|\/\/)/)
                if isExplained { return nil }
                return finding(
                    "unexplained", "these actions are allowed on every resource without a reason",
                    "list the resources; if the actions do not support resources, say so in a comment above this line")
            }
        }
    }

    /// A star in a policy, and the statement around it.
    private struct Statement {
        let text: Substring
        let line: Int
        /// The service of `"s3:*"`; `nil` for the resource `"*"`.
        let everyActionOf: Substring?
    }

    private static func statements(in text: String) -> [Statement] {
        // A byte search costs a hundredth of a pattern match, and most texts have no match.
        let starred = attributes(try? HCLBody(parsing: text)).filter { $0.expression.utf8.contains(UInt8(ascii: "*")) }
        return starred.flatMap { attribute in
            attribute.expression.matches(of: /"([a-z0-9-]+):\*"|\bResource\s*=\s*"\*"/).map { match in
                let start = match.range.lowerBound
                return Statement(
                    text: HCLBody.object(around: start, in: attribute.expression),
                    line: attribute.line + attribute.expression[..<start].count { $0 == "\n" },
                    everyActionOf: match.1)
            }
        }
    }

    private static func attributes(_ body: HCLBody?) -> [HCLAttribute] {
        (body?.attributes ?? []) + (body?.blocks ?? []).flatMap { attributes($0.body) }
    }

    var explanations: [String: String] {
        [
            "everything":
                "A service principal gets access to every resource that the policy is attached to.",
            "unexplained":
                "Actions are allowed on every resource, and no comment says why.",
            "wildcard":
                "The statement allows all actions of a service, including those that AWS adds later.",
        ]
    }

    var examples: [Example] {
        func policy(_ statement: String) -> [String: String] {
            [
                "main.tf":
                    "locals {\n  policy = jsonencode({\n    Statement = [\n      {\n\(statement)\n      }\n    ]\n  })\n}\n"
            ]
        }
        let allow = "        Effect = \"Allow\"\n"
        return [
            .sound(
                "an action by its name, on everything for a reason",
                policy(
                    allow
                        + "        Action = \"ec2:DescribeVpcs\"\n        # It knows no resource.\n        Resource = \"*\""
                )
            ),
            .sound(
                "a denial of all",
                policy("        Effect = \"Deny\"\n        Action = \"s3:*\"\n        Resource = \"*\"")),
            .sound(
                "a key's statement about its own account",
                policy(
                    allow
                        + "        Action = \"kms:*\"\n        Principal = { AWS = local.account }\n        Resource = \"*\""
                )
            ),
            .broken(
                "all actions of a service",
                policy(allow + "        Action = [\"sqs:SendMessage\", \"s3:*\"]\n        Resource = local.arn"),
                triggers: "wildcard"),
            .broken(
                "all ways to take a role on",
                policy(
                    allow
                        + "        Action = \"sts:*\"\n        Principal = { Service = \"pods.eks.amazonaws.com\" }"),
                triggers: "wildcard"),
            .broken(
                "everything, for no reason",
                policy(allow + "        Action = \"s3:GetObject\"\n        Resource = \"*\""), triggers: "unexplained"),
            .broken(
                "a service that is let in to everything",
                policy(
                    allow
                        + "        Action = \"sqs:SendMessage\"\n        Principal = { Service = \"events.amazonaws.com\" }\n        Resource = \"*\""
                ), triggers: "everything"),
        ]
    }
}
