/// Everything that an account holds of the kinds that our stacks make, read through the API.
///
/// What every new account has does not count, nor what AWS too keeps for a while after its removal: terminated
/// instances, and keys and secrets that wait for their deletion.
struct Inventory: Sendable {
    /// A call that lists resources, the list in its answer, and the field that names one.
    private let call: [String]
    private let list: String
    private let identifier: String
    private let counts: @Sendable (JSONValue) -> Bool

    private init(
        call: [String], list: String, identifier: String,
        counts: @escaping @Sendable (JSONValue) -> Bool = { _ in true }
    ) {
        self.call = call
        self.list = list
        self.identifier = identifier
        self.counts = counts
    }

    private static let kinds: [Inventory] = [
        Inventory(
            call: [
                "ec2", "describe-instances", "--filters",
                "Name=instance-state-name,Values=pending,running,stopping,stopped",
            ], list: "Reservations", identifier: "ReservationId"),
        Inventory(call: ["ec2", "describe-volumes"], list: "Volumes", identifier: "VolumeId"),
        Inventory(
            call: ["ec2", "describe-vpcs", "--filters", "Name=is-default,Values=false"], list: "Vpcs",
            identifier: "VpcId"),
        Inventory(call: ["ec2", "describe-vpc-endpoints"], list: "VpcEndpoints", identifier: "VpcEndpointId") {
            $0["State"]?.string != "deleted"
        },
        Inventory(call: ["ec2", "describe-flow-logs"], list: "FlowLogs", identifier: "FlowLogId"),
        Inventory(call: ["ec2", "describe-launch-templates"], list: "LaunchTemplates", identifier: "LaunchTemplateId"),
        Inventory(call: ["rds", "describe-db-clusters"], list: "DBClusters", identifier: "DBClusterIdentifier"),
        Inventory(call: ["rds", "describe-db-instances"], list: "DBInstances", identifier: "DBInstanceIdentifier"),
        Inventory(call: ["rds", "describe-db-subnet-groups"], list: "DBSubnetGroups", identifier: "DBSubnetGroupName"),
        Inventory(
            call: ["rds", "describe-db-parameter-groups"], list: "DBParameterGroups",
            identifier: "DBParameterGroupName", counts: isNotDefault("DBParameterGroupName")),
        Inventory(
            call: ["rds", "describe-db-cluster-parameter-groups"], list: "DBClusterParameterGroups",
            identifier: "DBClusterParameterGroupName", counts: isNotDefault("DBClusterParameterGroupName")),
        Inventory(call: ["s3api", "list-buckets"], list: "Buckets", identifier: "Name"),
        Inventory(call: ["iam", "list-users"], list: "Users", identifier: "Arn"),
        Inventory(call: ["iam", "list-groups"], list: "Groups", identifier: "Arn"),
        Inventory(call: ["iam", "list-roles"], list: "Roles", identifier: "Arn") {
            !($0["Path"]?.string?.hasPrefix("/aws-service-role/") ?? false)
        },
        Inventory(call: ["iam", "list-policies", "--scope", "Local"], list: "Policies", identifier: "Arn"),
        Inventory(call: ["iam", "list-instance-profiles"], list: "InstanceProfiles", identifier: "Arn"),
        Inventory(call: ["kms", "list-aliases"], list: "Aliases", identifier: "AliasName") {
            !($0["AliasName"]?.string?.hasPrefix("alias/aws/") ?? false)
        },
        Inventory(call: ["logs", "describe-log-groups"], list: "logGroups", identifier: "arn"),
        Inventory(call: ["secretsmanager", "list-secrets"], list: "SecretList", identifier: "ARN") {
            $0["DeletedDate"] == nil
        },
    ]

    private static func isNotDefault(_ field: String) -> @Sendable (JSONValue) -> Bool {
        { !($0[field]?.string?.hasPrefix("default") ?? false) }
    }

    /// Names of all resources, sorted; none in a new account.
    ///
    /// - Throws: `HarnessError` when a call is refused.
    static func resources(_ aws: AWSCLI) async throws -> [String] {
        try await withThrowingTaskGroup(of: [String].self) { group in
            var waiting = kinds[...]
            func startNext() {
                guard let kind = waiting.popFirst() else { return }
                group.addTask { try await kind.resources(aws) }
            }
            // Each call is a Python process of its own.
            for _ in 0..<4 { startNext() }
            var found: [String] = []
            while let names = try await group.next() {
                found += names
                startNext()
            }
            return found.sorted()
        }
    }

    private func resources(_ aws: AWSCLI) async throws -> [String] {
        let items = try await aws.call(call)[list]?.array ?? []
        return items.filter(counts).map { "\(call[0]) \($0[identifier]?.string ?? $0.text)" }
    }
}
