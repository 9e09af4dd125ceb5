import HarnessSupport

extension WebAppClaims {
    func frontDoor(_ scene: Scene) async throws -> [Claim] {
        let named: JSONValue = ["LoadBalancerArn": .string(loadBalancer)]
        let answer = try await aws.call("elbv2", "DescribeLoadBalancerAttributes", named)["Attributes"].items
        let attributes = answer.reduce(into: [String: String]()) { $0[$1["Key"]?.text ?? ""] = $1["Value"]?.text }
        let listeners = try await aws.call("elbv2", "DescribeListeners", named)["Listeners"].items
        let secure = listeners.first { $0["Port"]?.int == 443 }
        let plain = listeners.first { $0["Port"]?.int == 80 }
        let redirect = plain?["DefaultActions"].items.first?["RedirectConfig"]
        let target = try await aws.call("elbv2", "DescribeTargetGroups", named)["TargetGroups"].items.first
        let health = [target?["HealthCheckProtocol"], target?["HealthCheckPath"], target?["Matcher", "HttpCode"]]
        let zones = Set(scene.balancer["AvailabilityZones"].items.compactMap { $0["ZoneName"]?.string })
        let inTwo = "the load balancer stands in two zones"
        return [
            Claim("the load balancer faces the internet", is: scene.balancer["Scheme"]?.string, "internet-facing"),
            aws.endpoint == nil
                ? Claim(inTwo, zones.count == 2, seen: zones.sorted().joined(separator: ", "))
                : Claim(inTwo, skipped: "ministack describes both subnets under one zone"),
            Claim(
                "it listens for HTTPS and HTTP alone", is: listeners.compactMap { $0["Port"]?.int }.sorted(), [80, 443]),
            Claim(
                "HTTPS is TLS 1.3, or 1.2 with forward secrecy", is: secure?["SslPolicy"]?.string,
                "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
            Claim("with a certificate", is: secure?["Certificates"].items.count, 1),
            Claim(
                "HTTP is sent to HTTPS for good",
                is: [redirect?["Protocol"], redirect?["Port"], redirect?["StatusCode"]].map { $0?.text ?? "?" },
                ["HTTPS", "443", "HTTP_301"]),
            Claim(
                "instances are spoken to by HTTPS",
                is: "\(target?["Protocol"]?.text ?? "?") \(target?["Port"]?.text ?? "?")", "HTTPS 8443"),
            Claim(
                "and asked for their health by it", is: health.map { $0?.text ?? "?" }, ["HTTPS", "/healthz", "200"]),
            Claim(
                "malformed headers are dropped", is: attributes["routing.http.drop_invalid_header_fields.enabled"],
                "true"),
            Claim(
                "each request is logged to the stack's bucket",
                is: [attributes["access_logs.s3.enabled"] ?? "?", attributes["access_logs.s3.bucket"] ?? "?"],
                ["true", accessLogs]),
        ]
    }

    func firewall() async throws -> [Claim] {
        let list = try await aws.call("wafv2", "GetWebACLForResource", ["ResourceArn": .string(loadBalancer)])["WebACL"]
        let rules = list?["Rules"].items ?? []
        let rate = rules.first { $0["Statement", "RateBasedStatement"] != nil }
        let limit = rate?["Statement", "RateBasedStatement", "Limit"]?.text ?? "none"
        let managed = rules.filter { $0["Statement", "ManagedRuleGroupStatement"] != nil }
        let counting = managed.count { $0["OverrideAction", "None"] == nil }
        let logged = "its log leaves out what a session could be taken over with"
        var claims = [
            Claim(
                "a firewall stands before the load balancer", is: rules.compactMap { $0["Name"]?.string }.sorted(),
                ["common", "known-bad-addresses", "known-bad-inputs", "rate-limit"]),
            Claim(
                "it blocks an address that asks too often", rate?["Action", "Block"] != nil,
                seen: "\(limit) in five minutes"),
            Claim("each managed rule group blocks, and does not only count", is: counting, 0),
        ]
        if aws.endpoint != nil {
            claims.append(Claim(logged, skipped: "ministack has no logging of firewalls"))
        } else {
            let logging = try await aws.call(
                "wafv2", "GetLoggingConfiguration", ["ResourceArn": list?["ARN"] ?? .null])["LoggingConfiguration"]
            let hidden = logging?["RedactedFields"].items.compactMap { $0["SingleHeader", "Name"]?.string }.sorted()
            claims.append(Claim(logged, is: hidden, ["authorization", "cookie"]))
        }
        return claims
    }
}
