import HarnessSupport

/// All resources of an account of the types that our stacks create, read through the API.
///
/// Excludes resources of every new account, and resources that AWS keeps after deletion: terminated
/// instances, and keys and secrets with a scheduled deletion.
struct Inventory: Sendable {
    /// The operation that lists resources, the list in its answer, and the field that names one.
    private let service: String
    private let operation: String
    private let parameters: JSONValue
    private let list: String
    private let identifier: String
    private let counts: @Sendable (JSONValue) -> Bool

    private init(
        _ service: String, _ operation: String, _ parameters: JSONValue, _ list: String, _ identifier: String,
        counts: @escaping @Sendable (JSONValue) -> Bool = { _ in true }
    ) {
        self.service = service
        self.operation = operation
        self.parameters = parameters
        self.list = list
        self.identifier = identifier
        self.counts = counts
    }

    private init(
        _ service: String, _ operation: String, _ list: String, _ identifier: String,
        counts: @escaping @Sendable (JSONValue) -> Bool = { _ in true }
    ) {
        self.init(service, operation, [:], list, identifier, counts: counts)
    }

    private static let kinds: [Inventory] = [
        Inventory(
            "ec2", "DescribeInstances",
            ["Filters": [["Name": "instance-state-name", "Values": ["pending", "running", "stopping", "stopped"]]]],
            "Reservations", "ReservationId"),
        Inventory("ec2", "DescribeVolumes", "Volumes", "VolumeId"),
        Inventory(
            "ec2", "DescribeVpcs", ["Filters": [["Name": "is-default", "Values": ["false"]]]], "Vpcs", "VpcId"),
        Inventory("ec2", "DescribeVpcEndpoints", "VpcEndpoints", "VpcEndpointId") { $0["State"]?.string != "deleted" },
        Inventory("ec2", "DescribeFlowLogs", "FlowLogs", "FlowLogId"),
        Inventory("rds", "DescribeDBClusters", "DBClusters", "DBClusterIdentifier"),
        Inventory("rds", "DescribeDBInstances", "DBInstances", "DBInstanceIdentifier"),
        Inventory("rds", "DescribeDBSubnetGroups", "DBSubnetGroups", "DBSubnetGroupName"),
        Inventory(
            "rds", "DescribeDBParameterGroups", "DBParameterGroups", "DBParameterGroupName",
            counts: isNot("DBParameterGroupName", prefix: "default")),
        Inventory(
            "rds", "DescribeDBClusterParameterGroups", "DBClusterParameterGroups", "DBClusterParameterGroupName",
            counts: isNot("DBClusterParameterGroupName", prefix: "default")),
        Inventory("ec2", "DescribeLaunchTemplates", "LaunchTemplates", "LaunchTemplateName"),
        Inventory("autoscaling", "DescribeAutoScalingGroups", "AutoScalingGroups", "AutoScalingGroupName"),
        Inventory("eks", "ListClusters", "clusters", "-"),
        Inventory("opensearch", "ListDomainNames", "DomainNames", "DomainName"),
        Inventory("efs", "DescribeFileSystems", "FileSystems", "FileSystemId"),
        Inventory("elbv2", "DescribeLoadBalancers", "LoadBalancers", "LoadBalancerName"),
        Inventory("elbv2", "DescribeTargetGroups", "TargetGroups", "TargetGroupName"),
        Inventory("wafv2", "ListWebACLs", ["Scope": "REGIONAL"], "WebACLs", "Name"),
        Inventory("stepfunctions", "ListStateMachines", "stateMachines", "name"),
        Inventory("dynamodb", "ListTables", "TableNames", "-"),
        Inventory("lambda", "ListFunctions", "Functions", "FunctionName"),
        Inventory("sagemaker", "ListEndpoints", "Endpoints", "EndpointName"),
        Inventory(
            "sagemaker", "ListModelPackageGroups", "ModelPackageGroupSummaryList", "ModelPackageGroupName"),
        Inventory("ecr", "DescribeRepositories", "repositories", "repositoryName"),
        Inventory("sns", "ListTopics", "Topics", "TopicArn"),
        Inventory("sqs", "ListQueues", "QueueUrls", "-"),
        Inventory("events", "ListRules", "Rules", "Name"),
        Inventory("cloudwatch", "DescribeAlarms", "MetricAlarms", "AlarmName"),
        Inventory(
            "ssm", "ListDocuments", ["Filters": [["Key": "Owner", "Values": ["Self"]]]], "DocumentIdentifiers", "Name"),
        Inventory("s3", "ListBuckets", "Buckets", "Name"),
        Inventory("iam", "ListUsers", "Users", "Arn"),
        Inventory("iam", "ListGroups", "Groups", "Arn"),
        Inventory("iam", "ListRoles", "Roles", "Arn", counts: isNot("Path", prefix: "/aws-service-role/")),
        Inventory("iam", "ListPolicies", ["Scope": "Local"], "Policies", "Arn"),
        Inventory("iam", "ListInstanceProfiles", "InstanceProfiles", "Arn"),
        Inventory("kms", "ListAliases", "Aliases", "AliasName", counts: isNot("AliasName", prefix: "alias/aws/")),
        Inventory("logs", "DescribeLogGroups", "logGroups", "arn"),
        Inventory("secretsmanager", "ListSecrets", "SecretList", "ARN") { $0["DeletedDate"] == nil },
    ]

    private static func isNot(_ field: String, prefix: String) -> @Sendable (JSONValue) -> Bool {
        { !($0[field]?.string?.hasPrefix(prefix) ?? false) }
    }

    /// Names of all resources, sorted; none in a new account.
    static func resources(_ aws: AWSClient) async throws -> [String] {
        var found: [String] = []
        for kind in kinds {
            let items: [JSONValue]
            do {
                items = try await aws.call(kind.service, kind.operation, kind.parameters)[kind.list].items
            } catch let refusal as AWSClient.Refusal
                where aws.endpoint != nil && ["InvalidAction", "400"].contains(refusal.code)
            {
                // An unsupported type has no resources; ministack answers 400 for an unsupported service.
                continue
            }
            found += items.filter(kind.counts).map { "\(kind.service) \($0[kind.identifier]?.string ?? $0.text)" }
        }
        return found.sorted()
    }
}
