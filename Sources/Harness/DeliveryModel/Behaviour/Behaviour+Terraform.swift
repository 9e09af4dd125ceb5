import CheckCore
import DocumentModels
import HarnessSupport

/// Permissions and alarms in Terraform code. Nothing is evaluated: a grant's resource is the expression in the code.
extension Behaviour {
    /// Resources that are grants as a whole, with their permissions.
    private static let grants = [
        "aws_iam_role_policy_attachment", "aws_iam_group_policy_attachment", "aws_iam_user_policy_attachment",
        "aws_eks_access_policy_association", "azurerm_role_assignment", "google_project_iam_member",
    ]

    static func terraform(in repository: Repository) -> [Aspect: Facts] {
        var (iam, alerts) = (Facts(), Facts())
        for (folder, files) in Dictionary(
            grouping: repository.artifacts(of: .terraform).map(\.path).filter { !$0.hasSuffix(".tftest.hcl") },
            by: \.parentPath)
        {
            let bodies = files.sorted().compactMap(repository.hcl)
            let resources = bodies.flatMap { $0.blocks("resource") }.filter { $0.labels.count == 2 }
            var users: [String: String] = [:]
            for resource in resources {
                for attribute in resource.body.attributes {
                    users[attribute.expression] = resource.labels.joined(separator: ".")
                }
            }
            func grant(_ attribute: HCLAttribute, _ owner: String) {
                for statement in PolicyStatement.all(in: attribute.expression) {
                    for action in statement.actions {
                        let key = "\(folder) \(owner): \(statement.effect) \(action)"
                        iam[key] =
                            iam[key].map { $0 == statement.rest ? $0 : "\($0) | \(statement.rest)" } ?? statement.rest
                    }
                }
            }
            for local in bodies.flatMap({ $0.blocks("locals") }).flatMap(\.body.attributes) {
                grant(local, users["local.\(local.name)"] ?? "local.\(local.name)")
            }
            for document in bodies.flatMap({ $0.blocks("data") })
            where document.labels.first == "aws_iam_policy_document" {
                let name = "data.\(document.labels.joined(separator: "."))"
                for statement in document.body.blocks("statement").map({ PolicyStatement(block: $0.body) }) {
                    for action in statement.actions {
                        iam["\(folder) \(users["\(name).json"] ?? name): \(statement.effect) \(action)"] =
                            statement.rest
                    }
                }
            }
            for call in bodies.flatMap({ $0.blocks("module") }) {
                for attribute in call.body.attributes { grant(attribute, "module.\(call.labels.first ?? "")") }
            }
            for resource in resources {
                let address = resource.labels.joined(separator: ".")
                for attribute in resource.body.attributes { grant(attribute, address) }
                if grants.contains(resource.labels[0]) { iam["\(folder) \(address)"] = summary(resource.body) }
                if resource.labels[0].hasPrefix("aws_cloudwatch_") && resource.labels[0].hasSuffix("_alarm") {
                    alerts["\(address) [\(folder)]"] = summary(resource.body)
                }
            }
        }
        return [.iam: iam, .alerts: alerts]
    }

    private static func summary(_ body: HCLBody) -> String {
        let own = body.attributes.filter { !["tags", "description", "alarm_description"].contains($0.name) }
        let blocks = body.blocks.map { "\($0.type) {\(summary($0.body))}" }
        return (own.map { "\($0.name)=\($0.expression.words)" }.sorted() + blocks.sorted()).joined(separator: "; ")
    }
}

/// A statement of an IAM policy, as Terraform's code writes it.
struct PolicyStatement {
    let effect: String
    let actions: [String]
    /// Resources, principals and conditions.
    let rest: String

    /// Of `data "aws_iam_policy_document"`.
    init(block: HCLBody) {
        effect = block.string("effect") ?? "Allow"
        actions =
            HCLList.elements(of: block.expression("actions") ?? "")
            + HCLList.elements(of: block.expression("not_actions") ?? "").map { "all but \($0)" }
        let own = block.attributes.filter { !["sid", "effect", "actions", "not_actions"].contains($0.name) }
        let blocks = block.blocks.map { inner in
            "\(inner.type) \(inner.body.attributes.map { "\($0.name)=\($0.expression.words)" }.sorted().joined(separator: " "))"
        }
        rest =
            (own.map { "\($0.name) \(HCLList.elements(of: $0.expression).sorted().joined(separator: " "))" } + blocks)
            .sorted().joined(separator: "; ")
    }

    private init?(object: String) {
        let fields = HCLList.fields(of: object)
        guard let effect = fields["Effect"], let given = fields["Action"] ?? fields["NotAction"] else { return nil }
        self.effect = HCLBody.unquoted(effect) ?? effect
        let prefix = fields["Action"] == nil ? "all but " : ""
        actions = HCLList.elements(of: given).map { prefix + $0 }
        rest = fields.filter { !["Sid", "Effect", "Action", "NotAction"].contains($0.key) }.sorted { $0.key < $1.key }
            .map { "\($0.key) \(HCLList.elements(of: $0.value).sorted().joined(separator: " "))" }.joined(
                separator: "; ")
    }

    /// Every object with an effect and actions in an expression such as `jsonencode({…})`.
    static func all(in expression: String) -> [PolicyStatement] {
        guard expression.contains("Effect") else { return [] }
        return HCLList.objects(in: expression).compactMap { PolicyStatement(object: $0) }
    }
}
