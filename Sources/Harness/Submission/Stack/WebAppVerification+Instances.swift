import HarnessSupport

extension WebAppVerification {
    func instances(_ scene: Fixture) async throws -> [Assertion] {
        let (group, template) = (scene.instances, scene.template)
        let metadata = template["MetadataOptions"]
        let interface = template["NetworkInterfaces"].items.first
        let volumes = template["BlockDeviceMappings"].items.compactMap { $0["Ebs"] }
        let version = group["LaunchTemplate", "Version"]?.text ?? "none"
        let policies = try await aws.call(
            "autoscaling", "DescribePolicies", ["AutoScalingGroupName": .string(self.group)])["ScalingPolicies"].items
        let tracking = policies.first { $0["PolicyType"]?.string == "TargetTrackingScaling" }?[
            "TargetTrackingConfiguration"]
        let metric = tracking?["PredefinedMetricSpecification", "PredefinedMetricType"]?.text ?? "none"
        let size = (group["MinSize"]?.int ?? 0, group["MaxSize"]?.int ?? 0)
        return [
            Assertion(
                id: "minimum-two-instances", "at least two instances run, and the group can grow",
                size.0 >= 2 && size.1 > size.0,
                seen: "\(size.0) to \(size.1)"),
            Assertion(
                id: "private-subnets", "the instances are in two private subnets", is: scene.privateSubnets.count, 2),
            Assertion(
                id: "scaling-policy", "the group scales by CPU load",
                is: "\(metric) \(tracking?["TargetValue"]?.text ?? "?")",
                "ASGAverageCPUUtilization 50"),
            Assertion(
                id: "elb-health-check", "the group uses the load balancer's health check",
                is: group["HealthCheckType"]?.string, "ELB"),
            Assertion(
                id: "numbered-template-version", "the group pins a numbered template version", Int(version) != nil,
                seen: version),
            Assertion(id: "imdsv2", "an instance requires IMDSv2", is: metadata?["HttpTokens"]?.string, "required"),
            Assertion(
                id: "imds-hop-limit", "containers cannot reach the metadata service",
                is: metadata?["HttpPutResponseHopLimit"]?.int, 1),
            Assertion(id: "no-ssh-key", "an instance has no SSH key", is: template["KeyName"]?.text ?? "none", "none"),
            Assertion(
                id: "no-public-address", "an instance has no public address",
                is: interface?["AssociatePublicIpAddress"]?.bool,
                false),
            Assertion(
                id: "volume-encryption", "an instance has encrypted volumes only",
                is: volumes.map { $0["Encrypted"]?.bool ?? false }, [true]),
        ] + (try await role(of: template)) + (try await running(group, volumes))
    }

    private func role(of template: JSONValue) async throws -> [Assertion] {
        let profile = template["IamInstanceProfile", "Arn"]?.string?.lastComponent ?? ""
        let found = try await aws.call("iam", "GetInstanceProfile", ["InstanceProfileName": .string(profile)])
        let roles = found["InstanceProfile", "Roles"].items
        guard let name = roles.first?["RoleName"]?.string, roles.count == 1 else {
            return [Assertion(id: "one-instance-role", "an instance has one role", is: roles.count, 1)]
        }
        let granted = try await aws.statements(ofRole: name)
        return [
            Assertion(
                id: "instance-permissions", "the role allows Session Manager only",
                is: granted.flatMap(\.actions).sorted(),
                [
                    "ssm:UpdateInstanceInformation", "ssmmessages:CreateControlChannel",
                    "ssmmessages:CreateDataChannel",
                    "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
                ])
        ]
    }

    /// Checks the running instances.
    private func running(_ group: JSONValue, _ volumes: [JSONValue]) async throws -> [Assertion] {
        let volume = Assertion.Name(id: "volume-key", "volumes are encrypted with the stack's key")
        let registered = Assertion.Name(id: "target-group", "the instances are the load balancer's targets")
        let serving = Assertion.Name(id: "healthy-targets", "each instance is a healthy target")
        if aws.endpoint != nil {
            return [
                Assertion(volume, skipped: "ministack's launch templates leave out the volume's key"),
                Assertion(registered, skipped: "ministack's groups leave out the target group"),
                Assertion(serving, skipped: "ministack does not start instances"),
            ]
        }
        let target = try await aws.call("elbv2", "DescribeTargetGroups", ["LoadBalancerArn": .string(loadBalancer)])
        let arn = target["TargetGroups"].items.first?["TargetGroupArn"] ?? .null
        let health = try await aws.call("elbv2", "DescribeTargetHealth", ["TargetGroupArn": arn])
        let states = health["TargetHealthDescriptions"].items.compactMap { $0["TargetHealth", "State"]?.string }
        return [
            Assertion(volume, is: volumes.compactMap { $0["KmsKeyId"]?.string }, [key]),
            Assertion(registered, is: group["TargetGroupARNs"].items, [arn]),
            Assertion(
                serving, states.count >= 2 && states.allSatisfy { $0 == "healthy" },
                seen: states.joined(separator: ", ")),
        ]
    }
}

extension AWSClient {
    /// The statements of a role's inline and attached policies.
    func statements(ofRole name: String) async throws -> [JSONValue] {
        let role: JSONValue = .string(name)
        var found: [JSONValue] = []
        for policy in try await call("iam", "ListRolePolicies", ["RoleName": role])["PolicyNames"].items {
            let answer = try await call("iam", "GetRolePolicy", ["RoleName": role, "PolicyName": policy])
            found += answer["PolicyDocument", "Statement"]?.list ?? []
        }
        for policy in try await call("iam", "ListAttachedRolePolicies", ["RoleName": role])["AttachedPolicies"].items {
            let arn = policy["PolicyArn"] ?? .null
            let version = try await call("iam", "GetPolicy", ["PolicyArn": arn])["Policy", "DefaultVersionId"] ?? .null
            let answer = try await call("iam", "GetPolicyVersion", ["PolicyArn": arn, "VersionId": version])
            found += answer["PolicyVersion", "Document", "Statement"]?.list ?? []
        }
        return found
    }
}
