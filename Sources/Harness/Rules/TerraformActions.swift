/// Who has a right has it by name: what is attached to a role or a user allows no `s3:*`, and what lets a service in
/// names what it is about.
///
/// Actions of statements that name a principal are left out: there `kms:*` for the account itself is what AWS asks for,
/// and `s3:*` is what a denial is about. A key's policy speaks of the key alone, by `*`. Source: the IAM user guide, Security best practices, least privilege.
struct TerraformActions: Check {
    let name = "terraform-actions"
    let summary = "policies name the actions and the things that they are about"

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .terraform).filter { $0.path.hasSuffix(".tf") }.map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            let body = context.repository.text(of: subject.path).flatMap { try? HCLBody(parsing: $0) }
            return Self.attributes(body).flatMap { attribute in
                let open = attribute.expression.matches(of: /\bResource\s*=\s*"\*"/).filter { match in
                    let statement = Self.object(around: match.range.lowerBound, in: attribute.expression)
                    return statement.contains(/\bPrincipal\s*=\s*\{\s*Service\b/) && !statement.contains(/"kms:|"Deny"/)
                }.map { match in
                    Finding(
                        rule: "\(name)/everything", severity: .warning, path: subject.path,
                        line: attribute.line + Self.lines(before: match.range.lowerBound, in: attribute.expression),
                        message: "a service is let in to everything that this policy could be put on",
                        remedy: "name the one thing, by its ARN")
                }
                return open
                    + attribute.expression.matches(of: /"([a-z0-9-]+):\*"/).filter { match in
                        let statement = Self.object(around: match.range.lowerBound, in: attribute.expression)
                        return statement.contains(/\bAction\s*=/) && !statement.contains(/\bPrincipal\s*=|"Deny"/)
                    }.map { match in
                        Finding(
                            rule: "\(name)/wildcard", severity: .warning, path: subject.path,
                            line: attribute.line + Self.lines(before: match.range.lowerBound, in: attribute.expression),
                            message: "\(match.0) allows all that \(match.1) has, and what it will have",
                            remedy: "name the actions that are called")
                    }
            }
        }
    }

    private static func lines(before place: String.Index, in text: String) -> Int {
        text[..<place].count { $0 == "\n" }
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
                "a service that is let in to everything",
                policy(
                    "{ Effect = \"Allow\", Action = \"sqs:SendMessage\", Principal = { Service = \"events.amazonaws.com\" }, Resource = \"*\" }"
                ), triggers: "everything"),
            .broken(
                "all actions of a service",
                policy("{ Effect = \"Allow\", Action = [\"sqs:SendMessage\", \"s3:*\"], Resource = \"*\" }"),
                triggers: "wildcard"),
        ]
    }
}
