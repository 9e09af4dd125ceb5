import TestSupport
import Testing

@testable import BuiltInRules
@testable import HarnessSupport
@testable import Submission

/// Changes by hand to the networks of the same stack.
extension RolloutTests {
    @Test("is part of a stack whose claims notice a NAT gateway, a route to fsx and an open Lustre port")
    func waysByHand() async throws {
        try await FleetUnderTest.with { fleet in
            let aws = fleet.aws
            let networks = NetworkVerification(outputs: fleet.outputs, aws: aws)
            let platform = PlatformVerification(outputs: fleet.outputs, aws: aws)
            let subnets = fleet.outputs["private_subnet_ids", "user"]?.object ?? [:]
            let range = try #require(fleet.outputs["vpc_cidr_blocks", "fsx"])

            let gateway = try await aws.call(
                "ec2", "CreateNatGateway",
                ["SubnetId": try #require(subnets.values.first), "ConnectivityType": "private"])["NatGateway"]
            let translated = Self.failed(try await networks.all())
            try await aws.call("ec2", "DeleteNatGateway", ["NatGatewayId": try #require(gateway?["NatGatewayId"])])
            expectNoticed(id: "platform/nat-gateway", translated == ["no-internet-gateway"], "\(translated)")

            let attachments = try await aws.call("ec2", "DescribeTransitGatewayVpcAttachments", [:])
            let attachment = attachments["TransitGatewayVpcAttachments"].items.first {
                $0["VpcId"] == fleet.outputs["vpc_ids", "fsx"]
            }
            let route: JSONValue = [
                "TransitGatewayRouteTableId": try #require(fleet.outputs["transit_route_table_ids", "support"]),
                "DestinationCidrBlock": range,
            ]
            var added = route.object ?? [:]
            added["TransitGatewayAttachmentId"] = try #require(attachment?["TransitGatewayAttachmentId"])
            try await aws.call("ec2", "CreateTransitGatewayRoute", .object(added))
            let routed = Self.failed(try await platform.reachability())
            try await aws.call("ec2", "DeleteTransitGatewayRoute", route)
            expectNoticed(id: "platform/support-fsx-route-by-hand", routed == ["support-fsx-isolated"], "\(routed)")

            let port: JSONValue = [
                "GroupId": try #require(fleet.outputs["workspace", "security_group_id"]),
                "IpPermissions": [
                    [
                        "IpProtocol": "tcp", "FromPort": .number(988), "ToPort": .number(988),
                        "IpRanges": [["CidrIp": "0.0.0.0/0"]],
                    ]
                ],
            ]
            try await aws.call("ec2", "AuthorizeSecurityGroupIngress", port)
            let open = Self.failed(try await platform.workspace())
            try await aws.call("ec2", "RevokeSecurityGroupIngress", port)
            expectNoticed(id: "platform/lustre-open-to-all", open == ["lustre-ports"], "\(open)")

            #expect(Self.failed(try await networks.all() + platform.reachability() + platform.workspace()) == [])
        }
    }

    private static func failed(_ claims: [Assertion]) -> [String] {
        claims.filter { $0.verdict == .failed }.map(\.id)
    }
}
