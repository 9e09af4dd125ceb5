import CheckCore
import DocumentModels
import HarnessSupport

/// Checks that a resource depends on the policies that its service reads at creation. No reference implies this order,
/// and no plan shows it.
///
/// Sources: the AWS provider's pages of these resources, which ask for `depends_on`, and the answers of the services:
/// S3 refuses a policy while another change of the same bucket's access goes on, a state machine is tried with its role.
struct TerraformOrder: Check {
    let name = "terraform-order"
    let summary = "resources depend on the policies that their service reads at creation"

    /// A resource of the type must wait for the other resources that refer to the same object.
    private struct Order {
        let types: Set<String>
        let others: Set<String>
        let thing: String
    }

    private static let orders = [
        Order(
            types: [
                "aws_eks_cluster", "aws_eks_node_group", "aws_imagebuilder_lifecycle_policy", "aws_lambda_function",
                "aws_rds_cluster_instance", "aws_sagemaker_model", "aws_sfn_state_machine",
            ], others: ["aws_iam_role_policy", "aws_iam_role_policy_attachment"], thing: "aws_iam_role"),
        Order(
            types: ["aws_s3_bucket_policy"], others: ["aws_s3_bucket_public_access_block"], thing: "aws_s3_bucket"),
        Order(
            types: ["aws_s3_bucket_lifecycle_configuration"], others: ["aws_s3_bucket_versioning"],
            thing: "aws_s3_bucket"),
        Order(
            types: ["aws_s3_object"],
            others: ["aws_s3_bucket_server_side_encryption_configuration", "aws_s3_bucket_versioning"],
            thing: "aws_s3_bucket"),
        Order(
            types: ["aws_s3_bucket_notification"], others: ["aws_lambda_permission"], thing: "aws_lambda_function"),
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.terraformModules.values.map { module in
            Subject(
                path: module.path,
                inputs: module.files.filter { $0.parentPath == module.path && $0.hasSuffix(".tf") })
        }.sorted { $0.path < $1.path }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject in
            let resources = subject.inputs.flatMap { path -> [Resource] in
                let blocks = context.repository.hcl(path)?.blocks ?? []
                return blocks.filter { $0.type == "resource" && $0.labels.count == 2 }.map { Resource($0, path) }
            }
            return Self.orders.flatMap { order in
                resources.filter { order.types.contains($0.type) }.flatMap { resource in
                    resources.filter {
                        order.others.contains($0.type) && resource.speaks(of: order.thing, as: $0)
                            && !resource.text.contains($0.address)
                    }.map { other in
                        Finding(
                            rule: "\(name)/unordered", severity: .warning, path: resource.path, line: resource.line,
                            message: "\(resource.address) does not wait for \(other.address)",
                            remedy: "add it to `depends_on`: the service reads it when this resource is created")
                    }
                }
            }
        }
    }

    private struct Resource {
        let type: String
        let address: String
        let path: String
        let line: Int
        /// Every expression in it.
        let text: String
        let forEach: String?

        init(_ block: HCLBlock, _ path: String) {
            type = block.labels[0]
            address = block.labels.joined(separator: ".")
            line = block.line
            self.path = path
            forEach = block.body.attributes.first { $0.name == "for_each" }?.expression
            text = Self.expressions(block.body).joined(separator: "\n")
        }

        private static func expressions(_ body: HCLBody) -> [String] {
            body.attributes.map(\.expression) + body.blocks.flatMap { expressions($0.body) }
        }

        /// `aws_s3_bucket.this["public"]` differs from `aws_s3_bucket.this["private"]`, but may be the same as
        /// `…this[each.key]`. So do two that are made for each of the same.
        func speaks(of thing: String, as other: Resource) -> Bool {
            if let forEach, forEach == other.forEach, [text, other.text].allSatisfy({ $0.contains("each.value") }) {
                return true
            }
            let mine = things(thing)
            return other.things(thing).contains { their in
                mine.contains { $0.name == their.name && ($0.key == nil || their.key == nil || $0.key == their.key) }
            }
        }

        private func things(_ type: String) -> [(name: Substring, key: Substring?)] {
            text.matches(of: /\b([a-z0-9_]+)\.([a-z0-9_]+)(?:\[(?:"([^"]*)"|[^\]"]*)\])?/).filter { $0.1 == type }.map {
                ($0.2, $0.3)
            }
        }
    }

    var explanations: [String: String] {
        [
            "unordered":
                "The resource needs a policy at creation and does not wait for it. The first apply fails now and then."
        ]
    }

    var examples: [Example] {
        func module(_ order: String) -> [String: String] {
            [
                "main.tf": """
                resource "aws_iam_role" "a" {
                  name = "a"
                }

                resource "aws_iam_role_policy" "a" {
                  role   = aws_iam_role.a.id
                  policy = "{}"
                }

                resource "aws_sfn_state_machine" "a" {
                  name       = "a"
                  role_arn   = aws_iam_role.a.arn
                  definition = "{}"
                \(order)}

                """
            ]
        }
        let buckets = """
            resource "aws_s3_bucket_public_access_block" "a" {
              bucket = aws_s3_bucket.a["private"].id
            }

            resource "aws_s3_bucket_policy" "a" {
              bucket = aws_s3_bucket.a["KEY"].id
            }

            """
        return [
            .sound("a state machine after its role's policy", module("  depends_on = [aws_iam_role_policy.a]\n")),
            .broken("a state machine whose role may have no policy yet", module(""), triggers: "unordered"),
            .broken(
                "a lifecycle beside the versioning of the same buckets",
                [
                    "main.tf": ["lifecycle_configuration", "versioning"].map {
                        "resource \"aws_s3_bucket_\($0)\" \"a\" {\n  for_each = local.buckets\n  bucket   = each.value\n}\n"
                    }.joined(separator: "\n")
                ], triggers: "unordered"),
            .sound(
                "a policy and another bucket's block",
                ["main.tf": buckets.replacing("KEY", with: "public")]),
            .broken(
                "a policy beside its bucket's block", ["main.tf": buckets.replacing("KEY", with: "private")],
                triggers: "unordered"),
        ]
    }
}
