import HarnessSupport

/// Checks the monitoring machines and the roles that publish images.
extension PlatformVerification {
    /// Checks that Prometheus and Icinga read one port and that their alerts have a receiver.
    func watchers() async throws -> [Assertion] {
        let topic = try name("rollout_topic_arn")
        let machines = outputs["support_machines"]?.object ?? [:]
        var sizes: [String: [Int]] = [:]
        var doors: [String] = []
        var changing: [String] = []
        var receivers: [String] = []
        for (name, machine) in machines.sorted(by: { $0.key < $1.key }) {
            let group = try await aws.call(
                "autoscaling", "DescribeAutoScalingGroups",
                ["AutoScalingGroupNames": [machine["group_name"] ?? .null]])["AutoScalingGroups"].items.first
            sizes[name] =
                ["MinSize", "MaxSize"].map { group?[$0]?.int ?? -1 } + [group?["Instances"].items.count ?? -1]
            let security = try await aws.call(
                "ec2", "DescribeSecurityGroups", ["GroupIds": [machine["security_group_id"] ?? .null]]
            )["SecurityGroups"].items.first
            doors += security?["IpPermissions"].items.flatMap { $0.rules() } ?? []
            let role = machine["role_arn"]?.text.split(separator: "/").last.map(String.init) ?? "?"
            let statements = try await aws.call(
                "iam", "GetRolePolicy", ["RoleName": .string(role), "PolicyName": "watch"]
            ).document("PolicyDocument").statements
            let harmless: Set = ["kms:Decrypt", "kms:GenerateDataKey", "sns:Publish", "ssm:UpdateInstanceInformation"]
            changing += statements.flatMap(\.actions).filter {
                !harmless.contains($0) && !$0.hasPrefix("ec2:Describe") && !$0.hasPrefix("ssmmessages:")
            }
            receivers += statements.filter { $0.actions == ["sns:Publish"] }.map { $0["Resource"]?.text ?? "?" }
        }
        return [
            Assertion(
                id: "monitoring-machines", "Prometheus and Icinga watch the machines, one of each", is: sizes,
                ["icinga": [1, 1, 1], "prometheus": [1, 1, 1]]),
            Assertion(id: "monitoring-no-ingress", "the monitoring machines allow no ingress", is: doors, []),
            Assertion(id: "monitoring-read-only", "the monitoring machines' roles change nothing", is: changing, []),
            Assertion(
                id: "monitoring-alerts-topic", "alerts of the monitoring machines go to the team's topic",
                is: receivers, machines.map { _ in topic }),
        ]
    }

    /// Checks that a merge to main publishes an image and a pull request does not.
    func publishers() async throws -> [Assertion] {
        let roles = try names("publisher_role_arns")
        let subject = "repo:\(try name("github_repository")):ref:refs/heads/main"
        var subjects: [String] = []
        var started: [String: String] = [:]
        var others: Set<String> = []
        for (image, arn) in roles {
            let role: JSONValue = .string(arn.split(separator: "/").last.map(String.init) ?? arn)
            let trust = try await aws.call("iam", "GetRole", ["RoleName": role])["Role"] ?? .null
            subjects += trust.document("AssumeRolePolicyDocument").statements.map {
                $0["Condition", "StringEquals", "token.actions.githubusercontent.com:sub"]?.text ?? "anybody"
            }
            let statements = try await aws.call(
                "iam", "GetRolePolicy", ["RoleName": role, "PolicyName": "publish"]
            ).document("PolicyDocument").statements
            for statement in statements {
                for action in statement.actions {
                    if action == "imagebuilder:StartImagePipelineExecution" {
                        started[image] = statement["Resource"]?.text
                    } else {
                        others.insert(action)
                    }
                }
            }
        }
        return [
            Assertion(
                id: "publisher-main-branch-only", "the main branch publishes images, and a pull request cannot",
                is: subjects,
                roles.map { _ in subject }),
            Assertion(
                id: "publisher-one-pipeline", "each publisher role starts one pipeline", is: started,
                try names("publisher_pipeline_arns")),
            Assertion(
                id: "publisher-one-object", "each publisher role writes only the pipeline's source object",
                is: others.sorted(),
                ["kms:GenerateDataKey", "s3:PutObject"]),
        ]
    }
}
