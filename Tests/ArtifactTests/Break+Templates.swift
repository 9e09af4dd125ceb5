/// CloudFormation's templates, and what scripts and state machines may call.
extension Break {
    private static let webApp = "cloudformation/web-app.yaml"

    static let templates: [Break] = [
        .file(
            webApp, in: webApp, "IMDSv1 on the web servers", "HttpTokens: required", "HttpTokens: optional",
            notices: "trivy-config/AWS-0130"),
        .file(
            webApp, in: webApp, "endpoints let out to the internet", "IpProtocol: '-1', CidrIp: 127.0.0.1/32",
            "IpProtocol: '-1', CidrIp: 0.0.0.0/0", notices: "trivy-config/AWS-0104"),
        .file(
            webApp, in: "cloudformation", "an endpoint for every call of its service",
            "Action: ssm:UpdateInstanceInformation",
            "Action: '*'", notices: "template-test"),
        .file(
            webApp, in: "cloudformation", "signals that an endpoint's condition silences",
            "Resource: !Ref AWS::StackId",
            "Resource: '*'\n            Condition: { StringEquals: { aws:PrincipalAccount: !Ref AWS::AccountId } }",
            notices: "template-test"),
        .file(
            webApp, in: webApp, "SSH from everywhere to the web servers",
            "      FromPort: 8443\n      ToPort: 8443\n      SourceSecurityGroupId: !Ref LoadBalancerSecurityGroup",
            "      FromPort: 22\n      ToPort: 22\n      CidrIp: 0.0.0.0/0", notices: "trivy-config/AWS-0107"),
        .file(
            webApp, in: webApp, "a load balancer that speaks TLS 1.0", "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            "ELBSecurityPolicy-TLS-1-0-2015-04", notices: "trivy-config/AWS-0047"),
        .file(
            webApp, in: webApp, "alarms without a key", "Properties: { KmsMasterKeyId: !Ref Key }", "Properties: {}",
            notices: "trivy-config/AWS-0095"),
        .file(
            webApp, in: webApp, "a version that there is not", "LaunchTemplate.LatestVersionNumber",
            "LaunchTemplate.LatestVersion", notices: "cfn-lint/E1010"),
        .file(
            webApp, in: webApp, "a misspelt property, which leaves IMDSv1", "HttpTokens: required",
            "HttpToken: required", notices: "cfn-lint/E3002"),
    ]

    static let grants: [Break] = [
        .module(
            "image-rollout", "a wildcard where the rollout only looks", file: "roles.tf",
            "\"autoscaling:DescribeAutoScalingGroups\"", "\"autoscaling:Describe*\"", notices: "action-grants/unused"),
        .file(
            "scripts/policies/rename-user.json", in: "scripts", "a script that may not do what it does",
            "\"iam:GetUser\",\n        \"iam:UpdateUser\"", "\"iam:GetUser\"", notices: "action-grants/missing"),
        .file(
            "scripts/policies/rename-user.json", in: "scripts", "a script that may do more than it does",
            "\"iam:UpdateUser\"", "\"iam:*\"", notices: "action-grants/unused"),
    ]
}
