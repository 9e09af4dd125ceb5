import HarnessSupport

/// Facts about the module network, read back for each network of a stack that calls it.
struct NetworkVerification: StackVerification {
    let outputs: JSONValue
    let aws: AWSClient

    /// Checks that the networks have no route except to endpoints and to each other.
    func all() async throws -> [Assertion] {
        let vpcs: JSONValue = .array(try ids().map { .string($0) })
        let ofVpcs: JSONValue = ["Filters": [["Name": "vpc-id", "Values": vpcs]]]
        let subnets = try await aws.call("ec2", "DescribeSubnets", ofVpcs)["Subnets"].items
        let zones = Set(subnets.compactMap { $0["AvailabilityZone"]?.string }).sorted()
        let gateways = try await aws.call(
            "ec2", "DescribeInternetGateways", ["Filters": [["Name": "attachment.vpc-id", "Values": vpcs]]]
        )["InternetGateways"].items
        let translators = try await aws.call(
            "ec2", "DescribeNatGateways", ["Filter": [["Name": "vpc-id", "Values": vpcs]]]
        )["NatGateways"].items.filter { $0["State"]?.string != "deleted" }
        return [
            Assertion(
                id: "three-zones", "the subnets are in three availability zones", zones.count == 3,
                seen: zones.joined(separator: ", ")),
            Assertion(
                id: "no-public-addresses", "no subnet assigns public addresses",
                is: subnets.map { $0["MapPublicIpOnLaunch"]?.text ?? "?" },
                subnets.map { _ in "false" }),
            Assertion(
                id: "no-internet-gateway", "no network has an internet gateway or a NAT gateway",
                is: gateways.count + translators.count, 0),
        ] + (try await endpoints(ofVpcs)) + (try await resolver())
    }

    /// Ids of the stack's VPCs: it has one, `vpc_id`, or several, `vpc_ids`.
    private func ids() throws -> [String] {
        outputs["vpc_ids"] == nil ? [try name("vpc_id")] : try names("vpc_ids").values.sorted()
    }

    /// Checks that endpoints allow named actions only, and S3 endpoints named buckets only.
    private func endpoints(_ ofVpcs: JSONValue) async throws -> [Assertion] {
        let endpoints = try await aws.call("ec2", "DescribeVpcEndpoints", ofVpcs)["VpcEndpoints"].items
        let account = try await aws.call("sts", "GetCallerIdentity")["Account"]?.string ?? "?"
        let interfaces = endpoints.filter { $0["VpcEndpointType"]?.string == "Interface" }
        let open = interfaces.filter { endpoint in
            let statements = endpoint.document("PolicyDocument").statements
            return statements.isEmpty
                || statements.contains {
                    $0.actions.contains { $0.hasSuffix("*") }
                        || $0["Condition", "StringEquals", "aws:PrincipalAccount"]?.string != account
                }
        }.map { $0["ServiceName"]?.string ?? "?" }
        let statements = endpoints.filter { $0["VpcEndpointType"]?.string == "Gateway" }.flatMap {
            $0.document("PolicyDocument").statements
        }
        let wide = statements.filter { statement in
            let buckets = (statement["Resource"]?.list ?? []).map {
                $0.text.split(separator: ":").last?.split(separator: "/").first ?? "*"
            }
            return buckets.isEmpty || buckets.contains { $0.contains("*") }
                || statement.actions.contains { $0.hasSuffix("*") }
        }
        return [
            Assertion(
                id: "endpoint-policies", "interface endpoints allow named actions of this account only",
                !interfaces.isEmpty && open.isEmpty,
                seen: open.isEmpty ? "\(interfaces.count) endpoints" : open.joined(separator: ", ")),
            Assertion(
                id: "s3-endpoint-policy", "S3 endpoints allow named actions on named buckets only",
                !statements.isEmpty && wide.isEmpty,
                seen: wide.isEmpty
                    ? "\(statements.count) statements"
                    : wide.map { $0["Sid"]?.text ?? "?" }.joined(separator: ", ")),
        ]
    }

    /// Checks that the resolver allows named domains only and logs every query.
    private func resolver() async throws -> [Assertion] {
        let service = "route53resolver"
        var orders: [String] = []
        var logged = 0
        for vpc in try ids() {
            let groups = try await aws.call(service, "ListFirewallRuleGroupAssociations", ["VpcId": .string(vpc)])
            var rules: [JSONValue] = []
            for group in groups["FirewallRuleGroupAssociations"].items {
                let id: JSONValue = group["FirewallRuleGroupId"] ?? .null
                rules += try await aws.call(service, "ListFirewallRules", ["FirewallRuleGroupId": id])["FirewallRules"]
                    .items
            }
            var order: [String] = []
            for rule in rules.sorted(by: { ($0["Priority"]?.int ?? 0) < ($1["Priority"]?.int ?? 0) }) {
                let list: JSONValue = ["FirewallDomainListId": rule["FirewallDomainListId"] ?? .null]
                let domains = try await aws.call(service, "ListFirewallDomains", list)["Domains"].items.map(\.text)
                order.append("\(rule["Action"]?.text ?? "?") \(domains.contains("*.") ? "all" : "named")")
            }
            orders.append(order.joined(separator: ", "))
            let queries = try await aws.call(
                service, "ListResolverQueryLogConfigAssociations",
                ["Filters": [["Name": "ResourceId", "Values": [.string(vpc)]]]])
            logged += queries["ResolverQueryLogConfigAssociations"].items.count
        }
        return [
            Assertion(
                id: "dns-firewall", "the DNS firewall allows named domains and blocks all others", is: orders,
                orders.map { _ in "ALLOW named, BLOCK all" }),
            Assertion(id: "dns-query-logs", "every DNS query is logged", is: logged, orders.count),
        ]
    }
}
