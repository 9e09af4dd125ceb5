import CheckCore
import DocumentModels
import HarnessSupport

/// `jsonencode` writes `<`, `>` and `&` as `\u003c`, `\u003e` and `\u0026`. A service that searches the raw text does
/// not find them: EventBridge Scheduler keeps `\u003caws.scheduler.execution-id\u003e` as it is.
///
/// Sources: https://developer.hashicorp.com/terraform/language/functions/jsonencode and
/// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
struct TerraformEscapes: Check {
    let name = "terraform-escapes"
    let summary = "jsonencode does not escape text that a service uses literally"
    let advice = Advice.everything

    /// Attributes that the service does not parse as JSON before it looks into them.
    private static let literal = [
        (type: "aws_scheduler_schedule", attribute: "input"),
        // EventBridge fills in <name>:
        // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
        (type: "aws_cloudwatch_event_target", attribute: "input_template"),
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.terraformModules.values.map { module in
            Subject(
                path: module.path,
                inputs: module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") })
        }.filter { !$0.inputs.isEmpty }.sorted { $0.path < $1.path }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let files = subject.inputs.compactMap { path in
                context.repository.hcl(path).map { (path, $0) }
            }
            let code = TerraformCode(files)
            return Self.literal.flatMap { literal in
                code.resources(literal.type).flatMap { resource in
                    resource.all(literal.attribute).filter {
                        $0.expression.contains("jsonencode(") && !$0.expression.contains("replace(")
                            && $0.expanded.replacing(/\$\{[^}]*\}/, with: "").contains(/"[^"\n]*[<>&][^"\n]*"/)
                    }.map { attribute in
                        Finding(
                            rule: "\(name)/escaped", path: resource.path, line: attribute.line,
                            message:
                                "jsonencode escapes <, > and & in \(literal.attribute), but the service does not unescape them",
                            remedy:
                                "write replace(replace(jsonencode(…), \"\\\\u003c\", \"<\"), \"\\\\u003e\", \">\")")
                    }
                }
            }
        }
    }

    var explanations: [String: String] {
        [
            "escaped":
                "`jsonencode` escapes <, > and &. A service that compares or shows the text keeps the escapes. Source: https://developer.hashicorp.com/terraform/language/functions/jsonencode"
        ]
    }

    var examples: [Example] {
        func schedule(_ input: String) -> [String: String] {
            [
                "main.tf":
                    "locals {\n  job = { Name = \"run-<aws.scheduler.execution-id>\" }\n}\n\nresource \"aws_scheduler_schedule\" \"s\" {\n  target {\n    input = \(input)\n  }\n}\n"
            ]
        }
        return [
            .sound(
                "the escapes are taken back",
                schedule("replace(replace(jsonencode(local.job), \"\\\\u003c\", \"<\"), \"\\\\u003e\", \">\")")),
            .sound("nothing to escape", schedule("jsonencode({ Name = \"run-${var.a > 1 ? 1 : 2}\" })")),
            .broken(
                "a context attribute in the input",
                schedule("jsonencode({ Name = \"run-<aws.scheduler.execution-id>\" })"), triggers: "escaped"),
            .broken("a context attribute in a local value", schedule("jsonencode(local.job)"), triggers: "escaped"),
            .broken(
                "a placeholder of an input transformer",
                [
                    "main.tf": """
                    resource "aws_cloudwatch_event_target" "t" {
                      input_transformer {
                        input_template = jsonencode({ Id = "<instance>" })
                      }
                    }

                    """
                ], triggers: "escaped"),
        ]
    }
}
