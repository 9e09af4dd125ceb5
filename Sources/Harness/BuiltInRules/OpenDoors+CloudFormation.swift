import CheckCore
import DocumentModels
import HarnessSupport

/// Open doors in a CloudFormation template.
extension OpenDoors {
    /// The property that says who may use the resource.
    private static let policies = [
        "AWS::S3::BucketPolicy": "PolicyDocument", "AWS::SQS::QueuePolicy": "PolicyDocument",
        "AWS::SNS::TopicPolicy": "PolicyDocument", "AWS::SecretsManager::ResourcePolicy": "ResourcePolicy",
        "AWS::IAM::Role": "AssumeRolePolicyDocument", "AWS::KMS::Key": "KeyPolicy",
        "AWS::ECR::Repository": "RepositoryPolicyText", "AWS::Backup::BackupVault": "AccessPolicy",
    ]

    func template(_ path: String, _ root: YAMLNode, _ lines: [Substring]) -> [Finding] {
        (root["Resources"]?.entries ?? []).flatMap { key, resource -> [Finding] in
            guard let type = resource["Type"]?.text, let properties = resource["Properties"] else { return [] }
            let more =
                more(type, properties, path, key.text)
                + (type.hasPrefix("AWS::") ? secrets(in: properties, of: key.text, path, root, lines) : [])
            if !more.isEmpty { return more }
            switch type {
            case "AWS::EC2::SecurityGroupIngress":
                return door(properties).map { [opened(path, $0.line, key.text, $0.reach)] } ?? []
            case "AWS::EC2::SecurityGroup":
                return properties["SecurityGroupIngress"].elements.compactMap { door($0) }.map {
                    opened(path, $0.line, key.text, $0.reach)
                }
            case _ where Self.policies[type] != nil:
                let statements = Self.policies[type].flatMap { properties[$0]?["Statement"] }
                return (statements?.isMapping == true ? [statements!] : statements.elements)
                    .compactMap { lets($0) }.map { everybody(path, $0.line, key.text) }
            default: return []
            }
        }
    }

    private func door(_ rule: YAMLNode) -> (line: Int, reach: Reach)? {
        let open = [rule["CidrIp"], rule["CidrIpv6"]].compactMap { $0 }.first {
            ["0.0.0.0/0", "::/0"].contains($0.text)
        }
        guard let open, ["-1", "tcp", "6"].contains(rule["IpProtocol"]?.text ?? "") else { return nil }
        let reach = Reach(
            from: rule["FromPort"].flatMap { Int($0.text) }, to: rule["ToPort"].flatMap { Int($0.text) },
            isEveryProtocol: rule["IpProtocol"]?.text == "-1")
        return reach.map { (open.line, $0) }
    }

    private func lets(_ statement: YAMLNode) -> YAMLNode? {
        guard statement["Effect"]?.text == "Allow", statement["Condition"] == nil,
            let principal = statement["Principal"]
        else { return nil }
        let named = principal.isMapping ? principal["AWS"] : principal
        let all = named?.isSequence == true ? named?.elements.contains { $0.text == "*" } : named?.text == "*"
        return all == true ? principal : nil
    }

    /// A reference looks like a literal word, so names of parameters and resources are not literals.
    func isLiteral(_ node: YAMLNode, in root: YAMLNode) -> Bool {
        guard node.isScalar, !node.text.isEmpty, !node.text.contains(/\{\{resolve:|\$\{/) else { return false }
        return root["Parameters", node.text] == nil && root["Resources", node.text] == nil
            && !node.text.contains(/^[A-Za-z0-9]+\.[A-Za-z0-9.]+$/)
    }
}
