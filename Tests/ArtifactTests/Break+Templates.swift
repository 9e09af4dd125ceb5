/// CloudFormation's templates, and what scripts and state machines may call.
extension Break {
    private static let webApp = "cloudformation/web-app.yaml"

    static let templates: [Break] = [
        .file(
            id: "web-app/imdsv1", webApp, in: webApp, "HttpTokens: required", "HttpTokens: optional",
            notices: "trivy-config/AWS-0130"),
        .file(
            id: "web-app/endpoints-reach-internet", webApp, in: webApp, "IpProtocol: '-1', CidrIp: 127.0.0.1/32",
            "IpProtocol: '-1', CidrIp: 0.0.0.0/0", notices: "trivy-config/AWS-0104"),
        .file(
            id: "web-app/endpoint-any-action", webApp, in: "cloudformation",
            "Action: ssm:UpdateInstanceInformation",
            "Action: '*'", notices: "template-test"),
        .file(
            id: "web-app/endpoint-silences-signals", webApp, in: "cloudformation",
            "Resource: !Ref AWS::StackId",
            "Resource: '*'\n            Condition: { StringEquals: { aws:PrincipalAccount: !Ref AWS::AccountId } }",
            notices: "template-test"),
        .file(
            id: "web-app/dns-as-way-out", webApp, in: "cloudformation",
            "Action: BLOCK, BlockResponse: NXDOMAIN", "Action: ALERT", notices: "template-test"),
        .file(
            id: "web-app/ssh-from-everywhere", webApp, in: webApp,
            "      FromPort: 8443\n      ToPort: 8443\n      SourceSecurityGroupId: !Ref LoadBalancerSecurityGroup",
            "      FromPort: 22\n      ToPort: 22\n      CidrIp: 0.0.0.0/0", notices: "trivy-config/AWS-0107"),
        .file(
            id: "web-app/tls-1-0", webApp, in: webApp, "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
            "ELBSecurityPolicy-TLS-1-0-2015-04", notices: "trivy-config/AWS-0047"),
        .file(
            id: "web-app/topic-without-key", webApp, in: webApp, "Properties: { KmsMasterKeyId: !Ref Key }",
            "Properties: {}",
            notices: "trivy-config/AWS-0095"),
        .file(
            id: "web-app/unknown-template-attribute", webApp, in: webApp, "LaunchTemplate.LatestVersionNumber",
            "LaunchTemplate.LatestVersion", notices: "cfn-lint/E1010"),
        .file(
            id: "web-app/misspelt-property", webApp, in: webApp, "HttpTokens: required",
            "HttpToken: required", notices: "cfn-lint/E3002"),
    ]

    static let grants: [Break] = [
        .module(
            id: "image-rollout/describe-wildcard", file: "roles.tf",
            "\"autoscaling:DescribeAutoScalingGroups\"", "\"autoscaling:Describe*\"", notices: "action-grants/unused"),
        .file(
            id: "rename-user/missing-permission", "scripts/policies/rename-user.json", in: "scripts",
            "\"iam:GetUser\",\n        \"iam:UpdateUser\"", "\"iam:GetUser\"", notices: "action-grants/missing"),
        .file(
            id: "rename-user/unused-permission", "scripts/policies/rename-user.json", in: "scripts",
            "\"iam:UpdateUser\"", "\"iam:*\"", notices: "action-grants/unused"),
    ]
}
