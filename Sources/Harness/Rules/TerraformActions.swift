/// Who has a right has it by name: what is attached to a role or a user allows no `s3:*`.
///
/// Statements of resources, which name a principal, are left out: there `kms:*` for the account itself is what AWS asks
/// for, and `s3:*` is what a denial is about. Source: the IAM user guide, Security best practices, least privilege.
struct TerraformActions: Check {
    let name = "terraform-actions"
    let summary = "policies of roles and users name the actions that they allow"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform).filter { $0.path.hasSuffix(".tf") }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            let body = context.repository.text(of: subject.path).flatMap { try? HCLBody(parsing: $0) }
            return Self.attributes(body).flatMap { attribute in
                attribute.expression.matches(of: /"([a-z0-9-]+):\*"/).filter { match in
                    let statement = Self.object(around: match.range.lowerBound, in: attribute.expression)
                    return statement.contains(/\bAction\s*=/) && !statement.contains(/\bPrincipal\s*=|"Deny"/)
                }.map { match in
                    let lines = attribute.expression[..<match.range.lowerBound].count { $0 == "\n" }
                    return Finding(
                        rule: "\(name)/wildcard", severity: .warning, path: subject.path, line: attribute.line + lines,
                        message: "\(match.0) allows all that \(match.1) has, and what it will have",
                        remedy: "name the actions that are called")
                }
            }
        }
    }

    private static func attributes(_ body: HCLBody?) -> [HCLAttribute] {
        (body?.attributes ?? []) + (body?.blocks ?? []).flatMap { attributes($0.body) }
    }

    /// The innermost `{ … }` that the place lies in.
    private static func object(around place: String.Index, in text: String) -> Substring {
        var depth = 0
        let start = text.indices[..<place].last { index in
            if text[index] == "}" { depth += 1 } else if text[index] == "{" { depth -= 1 }
            return depth < 0
        }
        depth = 0
        let end = text.indices[place...].first { index in
            if text[index] == "{" { depth += 1 } else if text[index] == "}" { depth -= 1 }
            return depth < 0
        }
        return text[(start ?? text.startIndex)..<(end ?? text.endIndex)]
    }

    var examples: [Example] {
        func policy(_ statement: String) -> [String: String] {
            ["main.tf": "locals {\n  policy = jsonencode({\n    Statement = [\n      \(statement)\n    ]\n  })\n}\n"]
        }
        return [
            .sound(
                "an action by its name", policy("{ Effect = \"Allow\", Action = \"s3:GetObject\", Resource = \"*\" }")),
            .sound("a denial of all", policy("{ Effect = \"Deny\", Action = \"s3:*\", Resource = \"*\" }")),
            .sound(
                "a key's statement about its own account",
                policy(
                    "{ Effect = \"Allow\", Action = \"kms:*\", Principal = { AWS = local.account }, Resource = \"*\" }")
            ),
            .broken(
                "all actions of a service",
                policy("{ Effect = \"Allow\", Action = [\"sqs:SendMessage\", \"s3:*\"], Resource = \"*\" }"),
                triggers: "wildcard"),
        ]
    }
}
