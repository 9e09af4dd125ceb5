import CheckCore
import DocumentModels
import HarnessSupport

/// Finds single properties that expose a resource, and statements that grant too much.
///
/// Sources: AWS Security Hub controls Lambda.1, RDS.2, Redshift.1, DMS.9 and IAM.4; IAM user guide, "Grant a user
/// permissions to pass a role to an AWS service".
extension OpenDoors {
    private static let databases: Set = [
        "aws_db_instance", "aws_rds_cluster_instance", "aws_redshift_cluster", "aws_dms_replication_instance",
        "AWS::RDS::DBInstance", "AWS::Redshift::Cluster", "AWS::DMS::ReplicationInstance",
    ]

    private func found(_ rule: String, _ path: String, _ line: Int, _ message: String, _ remedy: String) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: path, line: line, message: message, remedy: remedy)
    }

    private func unencrypted(_ path: String, _ line: Int, _ subject: String) -> Finding {
        found("unencrypted", path, line, "\(subject) sends data without TLS", "use require or verify-full")
    }

    private func published(_ path: String, _ line: Int, _ subject: String) -> Finding {
        found("public", path, line, "\(subject) has an address on the internet", "move it to private subnets")
    }

    private func rootKey(_ path: String, _ line: Int, _ subject: String) -> Finding {
        found(
            "root-key", path, line, "\(subject) is an access key of the account's root user",
            "use a role with only the required permissions")
    }

    private func passesRole(_ path: String, _ line: Int) -> Finding {
        found(
            "pass-role", path, line, "iam:PassRole on every role grants the permissions of every role",
            "list the roles, or add the condition iam:PassedToService")
    }

    private func everyAction(_ path: String, _ line: Int) -> Finding {
        found(
            "every-action", path, line, "the action * includes all other actions of the statement",
            "remove *")
    }

    // MARK: Terraform

    func more(_ type: String, _ body: HCLBody, _ path: String, _ address: String) -> [Finding] {
        func line(_ name: String, _ value: String) -> Int? {
            body.attributes.first {
                $0.name == name && (HCLBody.unquoted($0.expression) ?? $0.expression).lowercased() == value
            }?.line
        }
        switch type {
        case "aws_lambda_function_url":
            return line("authorization_type", "none").map { [everybody(path, $0, address)] } ?? []
        case "aws_lambda_permission":
            let bounds = ["source_account", "source_arn", "principal_org_id", "event_source_token"]
            guard let line = line("principal", "*"), bounds.allSatisfy({ body.expression($0) == nil }) else {
                return []
            }
            return [everybody(path, line, address)]
        case _ where type.hasPrefix("google_"):
            return publicMember(type, body).map { [everybody(path, $0, address)] } ?? []
        case "aws_dms_endpoint": return line("ssl_mode", "none").map { [unencrypted(path, $0, address)] } ?? []
        case "aws_iam_access_key": return line("user", "root").map { [rootKey(path, $0, address)] } ?? []
        case _ where Self.databases.contains(type):
            return line("publicly_accessible", "true").map { [published(path, $0, address)] } ?? []
        default: return []
        }
    }

    /// The line that gives everybody on the internet a role on a Google Cloud resource. A web service that everybody may
    /// call is often wanted.
    ///
    /// Source: Google Cloud documentation, IAM, "Principal types": allUsers and allAuthenticatedUsers.
    private func publicMember(_ type: String, _ body: HCLBody) -> Int? {
        if type.contains(/^google_(?:cloud_run|cloudfunctions|api_gateway|endpoints)/) { return nil }
        let entries = type == "google_bigquery_dataset" ? body.blocks("access").map(\.body) : [body]
        let names: Set = ["member", "members", "entity", "special_group", "iam_member"]
        return entries.flatMap(\.attributes).first {
            names.contains($0.name) && $0.expression.contains(/"(?:allUsers|allAuthenticatedUsers)"/)
        }?.line
    }

    /// Statements of policy documents, and of policies that are written as JSON.
    func statements(in body: HCLBody, _ path: String) -> [Finding] {
        let documents = body.blocks("data").filter { $0.labels.first == "aws_iam_policy_document" }
        let found = documents.flatMap { $0.body.blocks("statement") }.flatMap { statement -> [Finding] in
            let inner = statement.body
            guard inner.string("effect") != "Deny", inner.blocks("condition").isEmpty,
                !inner.blocks.contains(where: { $0.type == "dynamic" || $0.type == "principals" }),
                let actions = inner.attributes.first(where: { $0.name == "actions" })
            else { return [] }
            let names = actions.expression.matches(of: /"([^"]*)"/).map { String($0.1) }
            return judge(
                names, onEverything: inner.expression("resources")?.contains(/^\[\s*"\*"\s*,?\s*\]$/) == true, path,
                actions.line)
        }
        let policies = body.blocks("resource").filter { ($0.labels.first ?? "").hasPrefix("aws_iam_") }
            .flatMap { resource in
                (resource.body.attributes + resource.body.blocks("inline_policy").flatMap(\.body.attributes)).filter {
                    ["policy", "inline_policy"].contains($0.name)
                }
            }
        return found + policies.flatMap { written($0, path) }
    }

    private func written(_ policy: HCLAttribute, _ path: String) -> [Finding] {
        let text = policy.expression
        guard text.hasPrefix("jsonencode(") || text.hasPrefix("<<"), !text.contains(/\bmerge\(|\bfor\s/) else {
            return []
        }
        return text.matches(of: /\bAction"?\s*[=:]\s*(\[[^\]]*\]|"[^"]*")/).flatMap { match -> [Finding] in
            let statement = HCLBody.object(around: match.range.lowerBound, in: text)
            guard statement.contains(/\bEffect"?\s*[=:]\s*"Allow"/),
                !statement.contains(/\b(?:Condition|Principal)"?\s*[=:]/)
            else { return [] }
            let line = policy.line + text[..<match.range.lowerBound].count { $0 == "\n" }
            return judge(
                match.1.matches(of: /"([^"]*)"/).map { String($0.1) },
                onEverything: statement.contains(/\bResource"?\s*[=:]\s*\[?\s*"\*"\s*\]?\s*(?:[,\n}]|$)/), path, line)
        }
    }

    private func judge(_ actions: [String], onEverything: Bool, _ path: String, _ line: Int) -> [Finding] {
        if actions.count > 1, actions.contains("*") { return [everyAction(path, line)] }
        return onEverything && actions.contains { $0.lowercased() == "iam:passrole" } ? [passesRole(path, line)] : []
    }

    // MARK: CloudFormation

    func more(_ type: String, _ properties: YAMLNode, _ path: String, _ address: String) -> [Finding] {
        func line(_ name: String, _ value: String) -> Int? {
            properties[name].flatMap { $0.isScalar && $0.text.lowercased() == value ? $0.line : nil }
        }
        switch type {
        case "AWS::Lambda::Url": return line("AuthType", "none").map { [everybody(path, $0, address)] } ?? []
        case "AWS::Lambda::Permission":
            let bounds = ["SourceAccount", "SourceArn", "PrincipalOrgID", "EventSourceToken"]
            guard let line = line("Principal", "*"), bounds.allSatisfy({ properties[$0] == nil }) else { return [] }
            return [everybody(path, line, address)]
        case "AWS::DMS::Endpoint": return line("SslMode", "none").map { [unencrypted(path, $0, address)] } ?? []
        case "AWS::IAM::AccessKey": return line("UserName", "root").map { [rootKey(path, $0, address)] } ?? []
        case "AWS::IAM::ManagedPolicy", "AWS::IAM::Policy", "AWS::IAM::Role", "AWS::IAM::User", "AWS::IAM::Group":
            let documents =
                [properties["PolicyDocument"]] + properties["Policies"].elements.map { $0["PolicyDocument"] }
            return documents.compactMap { $0?["Statement"] }.flatMap { $0.isMapping ? [$0] : $0.elements }
                .flatMap { statement -> [Finding] in
                    guard statement["Effect"]?.text == "Allow", statement["Condition"] == nil,
                        let actions = statement["Action"], let resources = statement["Resource"]
                    else { return [] }
                    let names = actions.isScalar ? [actions.text] : actions.elements.map(\.text)
                    let targets = resources.isScalar ? [resources.text] : resources.elements.map(\.text)
                    return judge(names, onEverything: targets == ["*"], path, actions.line)
                }
        case _ where Self.databases.contains(type):
            return line("PubliclyAccessible", "true").map { [published(path, $0, address)] } ?? []
        default: return []
        }
    }
}
