import HarnessSupport

extension WebAppVerification {
    func frontDoor(_ scene: Fixture) async throws -> [Assertion] {
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
        let inTwo = Assertion.Name(id: "load-balancer-zones", "the load balancer is in two zones")
        return [
            Assertion(
                id: "internet-facing", "the load balancer is internet-facing", is: scene.balancer["Scheme"]?.string,
                "internet-facing"),
            aws.endpoint == nil
                ? Assertion(inTwo, zones.count == 2, seen: zones.sorted().joined(separator: ", "))
                : Assertion(inTwo, skipped: "ministack describes both subnets under one zone"),
            Assertion(
                id: "listeners", "the load balancer listens for HTTPS and HTTP only",
                is: listeners.compactMap { $0["Port"]?.int }.sorted(), [80, 443]),
            Assertion(
                id: "tls-policy", "HTTPS is TLS 1.3, or 1.2 with forward secrecy", is: secure?["SslPolicy"]?.string,
                "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"),
            Assertion(
                id: "certificate", "the HTTPS listener has a certificate", is: secure?["Certificates"].items.count, 1),
            Assertion(
                id: "https-redirect", "HTTP is redirected permanently to HTTPS",
                is: [redirect?["Protocol"], redirect?["Port"], redirect?["StatusCode"]].map { $0?.text ?? "?" },
                ["HTTPS", "443", "HTTP_301"]),
            Assertion(
                id: "target-protocol", "the load balancer connects to instances by HTTPS",
                is: "\(target?["Protocol"]?.text ?? "?") \(target?["Port"]?.text ?? "?")", "HTTPS 8443"),
            Assertion(
                id: "health-check-protocol", "health checks use HTTPS", is: health.map { $0?.text ?? "?" },
                ["HTTPS", "/healthz", "200"]),
            Assertion(
                id: "invalid-headers-dropped", "invalid headers are dropped",
                is: attributes["routing.http.drop_invalid_header_fields.enabled"],
                "true"),
            Assertion(
                id: "access-logs", "each request is logged to the stack's bucket",
                is: [attributes["access_logs.s3.enabled"] ?? "?", attributes["access_logs.s3.bucket"] ?? "?"],
                ["true", accessLogs]),
        ]
    }

    func firewall() async throws -> [Assertion] {
        let list = try await aws.call("wafv2", "GetWebACLForResource", ["ResourceArn": .string(loadBalancer)])["WebACL"]
        let rules = list?["Rules"].items ?? []
        let rate = rules.first { $0["Statement", "RateBasedStatement"] != nil }
        let limit = rate?["Statement", "RateBasedStatement", "Limit"]?.text ?? "none"
        let managed = rules.filter { $0["Statement", "ManagedRuleGroupStatement"] != nil }
        let counting = managed.count { $0["OverrideAction", "None"] == nil }
        let logged = Assertion.Name(id: "web-acl-logs", "the firewall's log redacts headers with session secrets")
        var claims = [
            Assertion(
                id: "web-acl", "a web ACL protects the load balancer",
                is: rules.compactMap { $0["Name"]?.string }.sorted(),
                ["common", "known-bad-addresses", "known-bad-inputs", "rate-limit"]),
            Assertion(
                id: "rate-limit", "the web ACL blocks an address above the rate limit", rate?["Action", "Block"] != nil,
                seen: "\(limit) in five minutes"),
            Assertion(
                id: "managed-rules-block", "each managed rule group blocks instead of only counting", is: counting, 0),
        ]
        if aws.endpoint != nil {
            claims.append(Assertion(logged, skipped: "ministack does not support web ACL logging"))
        } else {
            let logging = try await aws.call(
                "wafv2", "GetLoggingConfiguration", ["ResourceArn": list?["ARN"] ?? .null])["LoggingConfiguration"]
            let hidden = logging?["RedactedFields"].items.compactMap { $0["SingleHeader", "Name"]?.string }.sorted()
            claims.append(Assertion(logged, is: hidden, ["authorization", "cookie"]))
        }
        return claims
    }
}
