import HarnessSupport

extension WebAppVerification {
    func network(_ scene: Fixture) async throws -> [Assertion] {
        let here: JSONValue = ["Filters": [["Name": "vpc-id", "Values": [.string(vpc)]]]]
        let subnets = try await aws.call("ec2", "DescribeSubnets", here)["Subnets"].items
        let zones = Set(subnets.compactMap { $0["AvailabilityZone"]?.string })
        let publishing = subnets.count { $0["MapPublicIpOnLaunch"]?.bool != false }
        let balancing = scene.balancer["AvailabilityZones"].items.compactMap { $0["SubnetId"]?.string }
        func ways(from subnets: [String]) -> [String] {
            subnets.map { subnet in
                let routes = scene.routes(of: subnet)?["Routes"].items ?? []
                let out = routes.first { $0["DestinationCidrBlock"]?.string == "0.0.0.0/0" }
                return out.map { $0["GatewayId"]?.string?.hasPrefix("igw-") == true ? "internet" : "elsewhere" }
                    ?? "none"
            }
        }
        return [
            Assertion(
                id: "subnets-in-two-zones", "four subnets are in two zones", subnets.count == 4 && zones.count == 2,
                seen: zones.sorted().joined(separator: ", ")),
            Assertion(id: "no-public-subnet-addresses", "no subnet assigns public addresses", is: publishing, 0),
            Assertion(
                id: "public-routes", "the load balancer's subnets have a route to the internet",
                is: ways(from: balancing),
                ["internet", "internet"]),
            Assertion(
                id: "private-routes", "the instances' subnets have no route to the internet",
                is: ways(from: scene.privateSubnets),
                ["none", "none"]),
        ]
    }

    func endpoints(_ scene: Fixture) async throws -> [Assertion] {
        let found = try await aws.call(
            "ec2", "DescribeVpcEndpoints", ["Filters": [["Name": "vpc-id", "Values": [.string(vpc)]]]])["VpcEndpoints"]
            .items
        let own = Set(scene.privateSubnets.compactMap { scene.routes(of: $0)?["RouteTableId"]?.string }).sorted()
        let services = found.map { $0["ServiceName"]?.string?.split(separator: ".").last.map(String.init) ?? "?" }
        let placed = found.filter { $0["VpcEndpointType"]?.string == "Interface" }.count {
            ($0["SubnetIds"]?.list ?? []).map(\.text).sorted() == scene.privateSubnets
        }
        let gateway = found.first { $0["VpcEndpointType"]?.string == "Gateway" }
        let tables = (gateway?["RouteTableIds"]?.list ?? []).map(\.text)
        let policies = Assertion.Name(
            id: "endpoint-policies",
            "each endpoint has its own policy, a private DNS name and the endpoints' security group")
        return [
            Assertion(
                id: "endpoints", "the instances reach four AWS services through endpoints", is: services.sorted(),
                ["cloudformation", "s3", "ssm", "ssmmessages"]),
            Assertion(id: "endpoint-subnets", "three endpoints are in both private subnets", is: placed, 3),
            Assertion(id: "s3-route", "only the private subnets have the route to S3", is: tables, own),
            aws.endpoint == nil
                ? Assertion(policies, is: found.count { $0.isOwnEndpoint }, found.count)
                : Assertion(policies, skipped: "ministack keeps these and does not return them"),
        ]
    }

    /// Checks the security groups.
    func traffic(_ scene: Fixture) async throws -> [Assertion] {
        let balancer = scene.balancer["SecurityGroups"].items.map(\.text)
        let instances = scene.template["NetworkInterfaces"].items.flatMap { $0["Groups"].items }.map(\.text)
        let others = scene.securityGroups.filter { group in
            group["GroupName"]?.string != "default" && !(balancer + instances).contains(group["GroupId"]?.text ?? "")
        }
        guard let front = balancer.first, let back = instances.first, let own = others.first?["GroupId"]?.string,
            balancer.count == 1, instances.count == 1, others.count == 1
        else {
            let groups = scene.securityGroups.compactMap { $0["GroupName"]?.string }.sorted()
            return [
                Assertion(
                    id: "security-groups", "load balancer, instances and endpoints have one security group each", false,
                    seen: groups.joined(separator: ", "))
            ]
        }
        let s3 = try await CloudFormationStack.s3PrefixList(aws)
        let names = [front: "load balancer", back: "instances", own: "endpoints", s3: "S3"]
        func rules(_ group: String, _ direction: String) -> [String] {
            let group = scene.securityGroups.first { $0["GroupId"]?.string == group }
            return (group?[direction].items ?? []).flatMap { $0.peers(names) }.sorted()
        }
        return [
            Assertion(
                id: "public-ingress", "anyone may reach the load balancer by HTTPS and HTTP",
                is: rules(front, "IpPermissions"),
                ["443 0.0.0.0/0", "80 0.0.0.0/0"]),
            Assertion(
                id: "load-balancer-egress", "the load balancer may reach the instances only",
                is: rules(front, "IpPermissionsEgress"),
                ["8443 instances"]),
            Assertion(
                id: "instance-ingress", "only the load balancer may reach the instances",
                is: rules(back, "IpPermissions"), ["8443 load balancer"]
            ),
            Assertion(
                id: "instance-egress", "the instances may reach the endpoints and S3 only",
                is: rules(back, "IpPermissionsEgress"),
                ["443 S3", "443 endpoints"]),
            Assertion(
                id: "endpoint-ingress", "only instances may reach the endpoints", is: rules(own, "IpPermissions"),
                ["443 instances"]),
            Assertion(
                id: "endpoint-egress", "the endpoints allow no egress", is: rules(own, "IpPermissionsEgress"),
                ["all 127.0.0.1/32"]),
        ]
    }
}

extension JSONValue {
    /// A rule of a security group, once for each peer.
    fileprivate func peers(_ names: [String: String]) -> [String] {
        let (from, to) = (self["FromPort"]?.text ?? "all", self["ToPort"]?.text ?? "all")
        let ports = self["IpProtocol"]?.string == "-1" ? "all" : from == to ? from : "\(from)-\(to)"
        let groups = self["UserIdGroupPairs"].items.map { $0["GroupId"]?.text ?? "?" }.map { names[$0] ?? $0 }
        let addresses =
            self["IpRanges"].items.map { $0["CidrIp"]?.text ?? "?" }
            + self["Ipv6Ranges"].items.map { $0["CidrIpv6"]?.text ?? "?" }
        let lists = self["PrefixListIds"].items.map { $0["PrefixListId"]?.text ?? "?" }.map { names[$0] ?? $0 }
        return (groups + addresses + lists).map { "\(ports) \($0)" }
    }

    fileprivate var isOwnEndpoint: Bool {
        let policy = self["PolicyDocument"]?.string.flatMap { JSONValue(parsing: $0) }
        let isNarrow = (policy?["Statement"]?.list ?? []).allSatisfy { $0["Condition"] != nil || $0.resources != ["*"] }
        guard self["VpcEndpointType"]?.string == "Interface" else { return policy != nil && isNarrow }
        return policy != nil && isNarrow && self["PrivateDnsEnabled"]?.bool == true && self["Groups"].items.count == 1
    }
}
