import CheckCore
import DocumentModels
import HarnessSupport

/// Open doors in a Terraform module.
extension OpenDoors {
    private static let databases: [String: [String]] = [
        "aws_db_instance": ["password"], "aws_rds_cluster": ["master_password"],
        "aws_docdb_cluster": ["master_password"], "aws_redshift_cluster": ["master_password"],
        "aws_directory_service_directory": ["password"], "aws_dms_endpoint": ["password"],
        "aws_elasticache_replication_group": ["auth_token"],
        "azurerm_mssql_server": ["administrator_login_password"],
        "azurerm_mysql_flexible_server": ["administrator_password"],
        "azurerm_postgresql_flexible_server": ["administrator_password"],
        "google_sql_user": ["password"],
    ]

    /// Resources whose policy says who may use them.
    private static let policies: Set = [
        "aws_s3_bucket_policy", "aws_sqs_queue_policy", "aws_sqs_queue", "aws_sns_topic_policy", "aws_sns_topic",
        "aws_ecr_repository_policy", "aws_secretsmanager_secret_policy", "aws_kms_key", "aws_kms_key_policy",
    ]

    func module(_ files: [(path: String, body: HCLBody)]) -> [Finding] {
        let documents = Dictionary(
            files.flatMap { $0.body.blocks("data") }.filter { $0.labels.first == "aws_iam_policy_document" }
                .map { ($0.labels.last ?? "", $0) }, uniquingKeysWith: { first, _ in first })
        return files.flatMap { path, body in
            statements(in: body, path)
        }
            + files.flatMap { path, body in
                // A resource that is never created or is disabled exposes nothing.
                body.blocks("resource").filter {
                    $0.labels.count == 2 && $0.body.expression("count") != "0"
                        && $0.body.expression("disabled") != "true"
                }.flatMap { resource -> [Finding] in
                    let (type, address) = (resource.labels[0], resource.labels.joined(separator: "."))
                    var findings = (Self.databases[type] ?? []).compactMap { field -> Finding? in
                        guard let attribute = resource.body.attributes.first(where: { $0.name == field }) else {
                            return nil
                        }
                        if let place = secretDefault(attribute.expression, files) {
                            return password(place.path, place.line, address)
                        }
                        guard HCLBody.unquoted(attribute.expression)?.isEmpty == false else { return nil }
                        return password(path, attribute.line, address)
                    }
                    findings += more(type, resource.body, path, address)
                    findings += doors(type, resource).map { opened(path, $0.line, address, $0.reach) }
                    if let name = type == "aws_iam_role"
                        ? "assume_role_policy" : Self.policies.contains(type) ? "policy" : nil,
                        let policy = resource.body.attributes.first(where: { $0.name == name }),
                        let line = lineForEverybody(policy, documents)
                    {
                        findings.append(everybody(path, line, address))
                    }
                    return findings
                }
            }
    }

    // MARK: Ports

    private typealias Door = (line: Int, reach: Reach)

    private func doors(_ type: String, _ resource: HCLBlock) -> [Door] {
        let body = resource.body
        switch type {
        case "aws_vpc_security_group_ingress_rule":
            let line = line(of: ["cidr_ipv4", "cidr_ipv6"], in: body)
            return door(body, protocolName: "ip_protocol", at: line)
        case "aws_security_group_rule":
            guard body.string("type") == "ingress" else { return [] }
            return door(body, protocolName: "protocol", at: line(of: ["cidr_blocks", "ipv6_cidr_blocks"], in: body))
        case "aws_security_group", "aws_default_security_group":
            return body.blocks("ingress").flatMap { rule in
                door(
                    rule.body, protocolName: "protocol",
                    at: line(of: ["cidr_blocks", "ipv6_cidr_blocks"], in: rule.body))
            }
        case "azurerm_network_security_rule": return azure(body)
        case "azurerm_network_security_group": return body.blocks("security_rule").flatMap { azure($0.body) }
        case "google_compute_firewall":
            guard body.string("direction") != "EGRESS", let line = line(of: ["source_ranges"], in: body) else {
                return []
            }
            return body.blocks("allow").compactMap { google($0.body) }.first.map { [(line, $0)] } ?? []
        default: return []
        }
    }

    /// The line of the attribute that admits every address.
    private func line(of names: [String], in body: HCLBody) -> Int? {
        // The value of a condition is known only at plan time.
        body.attributes.first {
            names.contains($0.name) && !$0.expression.contains("?")
                && Self.withoutComments($0.expression).contains(
                    /"(0\.0\.0\.0\/0|::\/0)"/)
        }?.line
    }

    private func door(_ body: HCLBody, protocolName: String, at line: Int?) -> [Door] {
        guard let line else { return [] }
        let used = literal(body.expression(protocolName)) ?? ""
        guard used.isEmpty || ["-1", "all", "tcp", "6"].contains(used.lowercased()) else { return [] }
        let reach = Reach(
            from: literal(body.expression("from_port")).flatMap { Int($0) },
            to: literal(body.expression("to_port")).flatMap { Int($0) },
            isEveryProtocol: ["-1", "all"].contains(used.lowercased()))
        return reach.map { [(line, $0)] } ?? []
    }

    private func azure(_ body: HCLBody) -> [Door] {
        let everybody: Set = ["*", "0.0.0.0/0", "::/0", "internet", "any"]
        guard body.string("direction")?.lowercased() == "inbound", body.string("access")?.lowercased() == "allow",
            ["*", "tcp"].contains(body.string("protocol")?.lowercased() ?? ""),
            let source = body.attributes.first(where: {
                $0.name == "source_address_prefix"
                    && everybody.contains((HCLBody.unquoted($0.expression) ?? "").lowercased())
            })
        else { return [] }
        let single = body.string("destination_port_range").map { [$0] } ?? []
        let ranges =
            single
            + (body.expression("destination_port_ranges") ?? "").matches(of: /"([^"]*)"/).map { String($0.1) }
        return ranges.compactMap { range(String($0)) }.first.map { [(source.line, $0)] } ?? []
    }

    private func google(_ allowed: HCLBody) -> Reach? {
        let used = allowed.string("protocol")?.lowercased()
        guard let used, ["all", "tcp", "6"].contains(used) else { return nil }
        guard let ports = allowed.expression("ports") else { return .everything }
        return ports.matches(of: /"([^"]*)"/).compactMap { range(String($0.1)) }.first
    }

    private func range(_ text: String) -> Reach? {
        if text == "*" { return .everything }
        let ends = text.split(separator: "-").map { Int($0) }
        return Reach(from: ends.first ?? nil, to: ends.last ?? nil, isEveryProtocol: false)
    }

    private func literal(_ expression: String?) -> String? {
        expression.map { HCLBody.unquoted($0) ?? $0 }
    }

    /// Replaces comment lines with empty lines.
    private static func withoutComments(_ expression: String) -> String {
        expression.lines.map { $0.contains(/^\s*(?:#|\/\/)/) ? "" : String($0) }.joined(separator: "\n")
    }

    // MARK: Policies

    /// The line of a statement that allows everybody without a condition, in the policy or the document that it names.
    private func lineForEverybody(_ policy: HCLAttribute, _ documents: [String: HCLBlock]) -> Int? {
        if let name = policy.expression.wholeMatch(of: /data\.aws_iam_policy_document\.([\w-]+)\.json/)?.1 {
            return documents[String(name)]?.body.blocks("statement").first { statement in
                statement.body.string("effect") != "Deny" && statement.body.blocks("condition").isEmpty
                    && !statement.body.blocks.contains { $0.type == "dynamic" }
                    && statement.body.blocks("principals").contains { principal in
                        ["*", "AWS"].contains(principal.body.string("type") ?? "")
                            && principal.body.expression("identifiers")?.contains(/"\*"/) == true
                    }
            }?.line
        }
        // A merged or generated statement may contain more than this text.
        guard policy.expression.hasPrefix("jsonencode(") || policy.expression.hasPrefix("<<"),
            !policy.expression.contains(/\bmerge\(|\bfor\s/)
        else {
            return nil
        }
        let text = Self.withoutComments(policy.expression)
        let principal = /\bPrincipal"?\s*[=:]\s*(?:"\*"|\{\s*"?AWS"?\s*[=:]\s*\[?\s*"\*"\s*\]?\s*\})/
        return text.matches(of: principal).first { match in
            let statement = HCLBody.object(around: match.range.lowerBound, in: text)
            return statement.contains(/\bEffect"?\s*[=:]\s*"Allow"/) && !statement.contains(/\bCondition"?\s*[=:]/)
        }.map { policy.line + text[..<$0.range.lowerBound].count { $0 == "\n" } }
    }
}

extension HCLBody {
    /// The innermost `{ … }` that the place lies in.
    static func object(around place: String.Index, in text: String) -> Substring {
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
}
