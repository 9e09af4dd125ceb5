import CheckCore
import DocumentModels
import HarnessSupport

/// Open doors in a CloudFormation template.
extension OpenDoors {
    private static let policies: Set = [
        "AWS::S3::BucketPolicy", "AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy",
        "AWS::SecretsManager::ResourcePolicy",
    ]
    private static let databases: Set = [
        "AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::DocDB::DBCluster", "AWS::Redshift::Cluster",
    ]

    func template(_ path: String, _ root: YAMLNode, _ lines: [Substring]) -> [Finding] {
        (root["Resources"]?.entries ?? []).flatMap { key, resource -> [Finding] in
            guard let type = resource["Type"]?.text, let properties = resource["Properties"] else { return [] }
            let more = more(type, properties, path, key.text)
            if !more.isEmpty { return more }
            switch type {
            case "AWS::EC2::SecurityGroupIngress":
                return door(properties).map { [opened(path, $0.line, key.text, $0.reach)] } ?? []
            case "AWS::EC2::SecurityGroup":
                return properties["SecurityGroupIngress"].elements.compactMap { door($0) }.map {
                    opened(path, $0.line, key.text, $0.reach)
                }
            case _ where Self.policies.contains(type):
                let policy = properties["PolicyDocument"] ?? properties["ResourcePolicy"]
                let statements = policy?["Statement"]
                return (statements?.isMapping == true ? [statements!] : statements.elements)
                    .compactMap { lets($0) }.map { everybody(path, $0.line, key.text) }
            case _ where Self.databases.contains(type):
                // A tag such as !ImportValue makes a reference of the word.
                guard let secret = properties["MasterUserPassword"], isLiteral(secret, in: root),
                    !(lines.indices.contains(secret.line - 1) && lines[secret.line - 1].contains(/:\s*!/))
                else { return [] }
                return [password(path, secret.line, key.text)]
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
    private func isLiteral(_ node: YAMLNode, in root: YAMLNode) -> Bool {
        guard node.isScalar, !node.text.isEmpty, !node.text.contains(/\{\{resolve:|\$\{/) else { return false }
        return root["Parameters", node.text] == nil && root["Resources", node.text] == nil
            && !node.text.contains(/^[A-Za-z0-9]+\.[A-Za-z0-9.]+$/)
    }
}
