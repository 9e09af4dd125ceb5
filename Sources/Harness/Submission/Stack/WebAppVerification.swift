import HarnessSupport

/// Verifies the web-app stack (B1) through the API.
struct WebAppVerification: Sendable {
    let aws: AWSClient
    let vpc: String
    let loadBalancer: String
    let group: String
    let key: String
    let topic: String
    let accessLogs: String

    init(_ outputs: [String: String], _ aws: AWSClient) throws {
        self.aws = aws
        vpc = try outputs.named("VpcId")
        loadBalancer = try outputs.named("LoadBalancerArn")
        group = try outputs.named("AutoScalingGroupName")
        key = try outputs.named("KeyArn")
        topic = try outputs.named("AlarmTopicArn")
        accessLogs = try outputs.named("AccessLogBucketName")
    }

    func all() async throws -> [Assertion] {
        let scene = try await Fixture(self)
        return try await network(scene) + endpoints(scene) + traffic(scene) + frontDoor(scene) + firewall()
            + instances(scene) + monitoring(scene)
    }

    /// Objects that several assertions use.
    struct Fixture: Sendable {
        let balancer: JSONValue
        let instances: JSONValue
        let template: JSONValue
        let privateSubnets: [String]
        let routeTables: [JSONValue]
        let securityGroups: [JSONValue]

        init(_ claims: WebAppVerification) async throws {
            let aws = claims.aws
            let balancers = try await aws.call(
                "elbv2", "DescribeLoadBalancers", ["LoadBalancerArns": [.string(claims.loadBalancer)]])
            let groups = try await aws.call(
                "autoscaling", "DescribeAutoScalingGroups", ["AutoScalingGroupNames": [.string(claims.group)]])
            balancer = balancers["LoadBalancers"].items.first ?? .null
            instances = groups["AutoScalingGroups"].items.first ?? .null
            let named = instances["LaunchTemplate"] ?? .null
            let versions = try await aws.call(
                "ec2", "DescribeLaunchTemplateVersions",
                ["LaunchTemplateId": named["LaunchTemplateId"] ?? .null, "Versions": [named["Version"] ?? .null]])
            template = versions["LaunchTemplateVersions"].items.first?["LaunchTemplateData"] ?? .null
            privateSubnets = (instances["VPCZoneIdentifier"]?.string ?? "").split(separator: ",").map(String.init)
                .sorted()
            let here: JSONValue = ["Filters": [["Name": "vpc-id", "Values": [.string(claims.vpc)]]]]
            routeTables = try await aws.call("ec2", "DescribeRouteTables", here)["RouteTables"].items
            securityGroups = try await aws.call("ec2", "DescribeSecurityGroups", here)["SecurityGroups"].items
        }

        /// The route table of a subnet: without an association, the VPC's main route table.
        func routes(of subnet: String) -> JSONValue? {
            routeTables.first { $0["Associations"].items.contains { $0["SubnetId"]?.string == subnet } }
                ?? routeTables.first { $0["Associations"].items.contains { $0["Main"]?.bool == true } }
        }
    }

}
