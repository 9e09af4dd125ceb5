import HarnessSupport

/// What is promised of the module network, in each stack that calls it.
struct NetworkClaims: StackClaims {
    let outputs: JSONValue
    let aws: AWSClient

    /// The network has no way in or out besides its endpoints.
    func all() async throws -> [Claim] {
        let vpc: JSONValue = .string(try name("vpc_id"))
        let ids = try names("private_subnet_ids").values.sorted().map { JSONValue.string($0) }
        let subnets = try await aws.call("ec2", "DescribeSubnets", ["SubnetIds": .array(ids)])["Subnets"].items
        let zones = Set(subnets.compactMap { $0["AvailabilityZone"]?.string }).sorted()
        let gateways = try await aws.call(
            "ec2", "DescribeInternetGateways", ["Filters": [["Name": "attachment.vpc-id", "Values": [vpc]]]]
        )["InternetGateways"].items
        let translators = try await aws.call(
            "ec2", "DescribeNatGateways", ["Filter": [["Name": "vpc-id", "Values": [vpc]]]]
        )["NatGateways"].items.filter { $0["State"]?.string != "deleted" }
        let endpoints = try await aws.call(
            "ec2", "DescribeVpcEndpoints", ["Filters": [["Name": "vpc-id", "Values": [vpc]]]]
        )["VpcEndpoints"].items.filter { $0["VpcEndpointType"]?.string == "Interface" }
        let account = try await aws.call("sts", "GetCallerIdentity")["Account"]?.string ?? "?"
        let open = endpoints.filter { endpoint in
            let statements = endpoint.document("PolicyDocument").statements
            return statements.isEmpty
                || statements.contains {
                    $0.actions.contains { $0.hasSuffix("*") }
                        || $0["Condition", "StringEquals", "aws:PrincipalAccount"]?.string != account
                }
        }.map { $0["ServiceName"]?.string ?? "?" }
        return [
            Claim("the subnets are in three availability zones", zones.count == 3, seen: zones.joined(separator: ", ")),
            Claim(
                "no subnet gives out public addresses", is: subnets.map { $0["MapPublicIpOnLaunch"]?.text ?? "?" },
                subnets.map { _ in "false" }),
            Claim("the network has no internet gateway and no NAT", is: gateways.count + translators.count, 0),
            Claim(
                "its interface endpoints serve named actions of the own account only",
                !endpoints.isEmpty && open.isEmpty,
                seen: open.isEmpty ? "\(endpoints.count) endpoints" : open.joined(separator: ", ")),
        ]
    }
}
