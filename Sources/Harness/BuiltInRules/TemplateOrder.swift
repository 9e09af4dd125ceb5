import CheckCore
import DocumentModels
import HarnessSupport

/// Finds resources of a CloudFormation template that lack a required `DependsOn`.
///
/// Source: CloudFormation user guide, DependsOn attribute, "When a DependsOn attribute is required": a route through an
/// internet gateway and the propagation of a VPN gateway's routes need the attachment of that gateway.
struct TemplateOrder: Check {
    let name = "cloudformation-order"
    let summary = "routes in a template depend on the attachment of their gateway"

    /// A type, the property that names the gateway, and the property of an attachment that names the same one.
    private static let orders = [
        (type: "AWS::EC2::Route", gateway: "GatewayId", attachment: "InternetGatewayId"),
        (type: "AWS::EC2::VPNGatewayRoutePropagation", gateway: "VpnGatewayId", attachment: "VpnGatewayId"),
    ]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .cloudFormation).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let tree = context.repository.yaml(subject.path)
            guard let resources = tree?.documents.first?["Resources"] else { return [] }
            return Self.orders.flatMap { order in
                resources.entries.compactMap { key, resource -> Finding? in
                    guard resource["Type"]?.text == order.type,
                        let gateway = name(of: resource["Properties", order.gateway])
                    else { return nil }
                    let attachments = resources.entries.filter { _, other in
                        other["Type"]?.text == "AWS::EC2::VPCGatewayAttachment"
                            && name(of: other["Properties", order.attachment]) == gateway
                    }.map(\.key.text)
                    let before = namedBefore(key.text, in: resources)
                    guard let missing = attachments.first, before.isDisjoint(with: attachments) else { return nil }
                    return Finding(
                        rule: "\(name)/attachment", path: subject.path, line: key.line,
                        message: "\(key.text) does not wait for \(missing), which attaches \(gateway)",
                        remedy: "add DependsOn: \(missing)")
                }
            }
        }
    }

    /// `!Ref Name` and `{Ref: Name}`.
    private func name(of node: YAMLNode?) -> String? {
        guard let node else { return nil }
        return node.isMapping ? node["Ref"]?.text : node.text
    }

    /// Every resource that this one refers to, directly or through others; it waits for all of them.
    private func namedBefore(_ name: String, in resources: YAMLNode) -> Set<String> {
        let all = resources.fields
        var found: Set<String> = []
        var open = [name]
        while let next = open.popLast() {
            guard let resource = all[next] else { continue }
            for text in words(resource) {
                let names = text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
                for other in names where all[other] != nil && found.insert(other).inserted { open.append(other) }
            }
        }
        return found
    }

    private func words(_ node: YAMLNode) -> [String] {
        if node.isScalar { return [node.text] }
        return node.entries.flatMap { words($0.value) } + node.elements.flatMap(words)
    }

    var explanations: [String: String] {
        [
            "attachment":
                "The route does not wait for the attachment of its gateway. Stack creation fails now and then. Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-dependson.html"
        ]
    }

    var examples: [Example] {
        func template(_ route: String) -> [String: String] {
            [
                "a.yaml": """
                AWSTemplateFormatVersion: '2010-09-09'
                Resources:
                  Network: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
                  Gateway: {Type: AWS::EC2::InternetGateway}
                  Attachment:
                    Type: AWS::EC2::VPCGatewayAttachment
                    Properties: {VpcId: !Ref Network, InternetGatewayId: !Ref Gateway}
                  Table:
                    Type: AWS::EC2::RouteTable
                    Properties: {VpcId: !Ref Network}
                  Route:
                    Type: AWS::EC2::Route
                \(route)

                """
            ]
        }
        let way = "    Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway}"
        return [
            .sound("a route that waits", template("    DependsOn: Attachment\n" + way)),
            .broken("a route that does not wait", template(way), triggers: "attachment"),
            .sound(
                "a route through a gateway of another stack", template(way.replacing("!Ref Gateway", with: "igw-1"))),
        ]
    }
}
