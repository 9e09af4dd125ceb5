import CheckCore
import DocumentModels
import HarnessSupport

/// The roles of a CloudFormation template against the same table.
extension ServiceRoles {
    /// What the table calls by Terraform's names.
    private static let types = [
        "aws_flow_log": "AWS::EC2::FlowLog", "aws_iam_instance_profile": "AWS::IAM::InstanceProfile",
        "aws_lambda_function": "AWS::Lambda::Function", "aws_rds_cluster_instance": "AWS::RDS::DBInstance",
        "aws_sagemaker_model": "AWS::SageMaker::Model", "aws_scheduler_schedule": "AWS::Scheduler::Schedule",
        "aws_sfn_state_machine": "AWS::StepFunctions::StateMachine", "aws_eks_cluster": "AWS::EKS::Cluster",
        "aws_eks_node_group": "AWS::EKS::Nodegroup",
    ]

    func template(_ path: String, _ root: YAMLNode, _ rows: [Row]) -> [Finding] {
        let resources = root["Resources"].entries.map { (name: $0.key.text, line: $0.key.line, node: $0.value) }
        return resources.filter { $0.node["Type"]?.text == "AWS::IAM::Role" }.flatMap { role -> [Finding] in
            let properties = role.node["Properties"]
            let services = Set(
                statements(properties?["AssumeRolePolicyDocument"]).flatMap { texts($0["Principal", "Service"]) })
            // A policy beside the role may hold what is missing here.
            let isWhole = !resources.contains { other in
                ["AWS::IAM::Policy", "AWS::IAM::RolePolicy", "AWS::IAM::ManagedPolicy"].contains(
                    other.node["Type"]?.text ?? "") && mentions(other.node, role.name)
            }
            guard services.count == 1, let service = services.first, isWhole else { return [] }
            let granted = (properties?["Policies"]).elements.flatMap { statements($0["PolicyDocument"]) }
                .filter { $0["Effect"]?.text == "Allow" }.flatMap { texts($0["Action"]) }
            let attached = texts(properties?["ManagedPolicyArns"])
            return rows.filter { $0.service == service }.compactMap { row in
                if let needed = row.grants, !granted.contains(needed) { return nil }
                var user = role.name
                for type in row.usedBy {
                    let next = resources.first {
                        $0.node["Type"]?.text == Self.types[type] && mentions($0.node, user)
                    }
                    guard let next else { return nil }
                    user = next.name
                }
                if row.has != nil { return nil }
                func grants(_ action: String) -> Bool {
                    granted.contains { Wildcard.matches($0, action, ignoringCase: true) }
                }
                var missing = attached.isEmpty ? row.actions.filter { !grants($0) } : []
                if attached.isEmpty, !row.anyOf.isEmpty, !row.anyOf.contains(where: grants) {
                    missing.append(row.anyOf.joined(separator: " or "))
                }
                missing += row.policies.filter { policy in !attached.contains { $0.hasSuffix("/" + policy) } }
                return missing.isEmpty
                    ? nil
                    : Finding(
                        rule: "\(name)/missing", path: path, line: role.line,
                        message: "\(role.name) does not grant \(missing.joined(separator: ", ")), which \(user) needs",
                        remedy: "grant it (\(row.source))")
            }
        }
    }

    private func statements(_ document: YAMLNode?) -> [YAMLNode] {
        guard let statement = document?["Statement"] else { return [] }
        return statement.isMapping ? [statement] : statement.elements
    }

    /// The scalars of a node, which may be one or a list.
    private func texts(_ node: YAMLNode?) -> [String] {
        guard let node else { return [] }
        if node.isMapping { return node.entries.flatMap { texts($0.value) } }
        return node.isSequence ? node.elements.flatMap(texts) : [node.text]
    }

    /// By `!Ref`, `!GetAtt` or in a `!Sub`.
    private func mentions(_ node: YAMLNode, _ name: String) -> Bool {
        texts(node).contains { $0 == name || $0.hasPrefix("\(name).") || $0.contains("${\(name)") }
    }
}
