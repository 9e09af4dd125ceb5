import HarnessSupport

/// Verifies the Kubernetes cluster through the API.
struct ClusterVerification: StackVerification {
    let outputs: JSONValue
    let aws: AWSClient

    /// Checks that the API server is private, limits access and writes logs.
    func controlPlane() async throws -> [Assertion] {
        let cluster = try await aws.call("eks", "DescribeCluster", ["name": .string(try name("cluster_name"))])[
            "cluster"]
        let network = cluster?["resourcesVpcConfig"]
        let encrypted = cluster?["encryptionConfig"].items.first
        let logged = cluster?["logging", "clusterLogging"].items.filter { $0["enabled"]?.bool == true }
            .flatMap { $0["types"].items.map(\.text) }.sorted()
        let access = cluster?["accessConfig"]
        let log = try await logGroup(try name("log_group_name"))
        return [
            Assertion(
                id: "kubernetes-version", "the cluster runs Kubernetes 1.35", is: cluster?["version"]?.string, "1.35"),
            Assertion(
                id: "private-endpoint", "the API server is reachable from the VPC only",
                is: [network?["endpointPublicAccess"]?.text ?? "?", network?["endpointPrivateAccess"]?.text ?? "?"],
                ["false", "true"]),
            Assertion(
                id: "private-subnets", "the cluster is in the private subnets",
                is: network?["subnetIds"].items.map(\.text).sorted(),
                try names("private_subnet_ids").values.sorted()),
            Assertion(
                id: "secrets-encryption", "secrets are encrypted with the cluster's own key",
                is: encrypted?["provider", "keyArn"]?.string,
                try key("secrets")),
            Assertion(
                id: "control-plane-logs", "all control plane log types are enabled", is: logged,
                ["api", "audit", "authenticator", "controllerManager", "scheduler"]),
            Assertion(
                id: "log-retention", "control plane logs are kept for a year", is: log["retentionInDays"]?.text, "365"),
            Assertion(
                id: "log-encryption", "control plane logs are encrypted with their own key",
                is: log["kmsKeyId"]?.string,
                try key("logs")),
            Assertion(
                id: "no-creator-admin", "the cluster's creator is not its administrator",
                is: access?["bootstrapClusterCreatorAdminPermissions"]?.text,
                "false"),
            Assertion(
                id: "access-entries-mode", "the cluster authenticates by access entries only",
                is: access?["authenticationMode"]?.string, "API"),
            try await rotatingKeys(),
        ]
    }

    /// Checks the node types, labels and taints that the manifests use.
    func nodes() async throws -> [Assertion] {
        var groups: [String: JSONValue] = [:]
        for (type, group) in try names("node_group_names") {
            groups[type] = try await aws.call(
                "eks", "DescribeNodegroup",
                ["clusterName": .string(try name("cluster_name")), "nodegroupName": .string(group)])["nodegroup"]
        }
        func each(_ read: (JSONValue) -> String) -> [String] {
            groups.sorted { $0.key < $1.key }.map { "\($0.key) \(read($0.value))" }
        }
        return [
            Assertion(
                id: "node-labels", "nodes have the label of their type",
                is: each { $0["labels", "platform.example.com/node-type"]?.text ?? "none" },
                ["general general", "system system"]),
            Assertion(
                id: "node-taints", "special nodes have the taints of their type",
                is: each { group in
                    group["taints"].items.first.map { "\($0["key"]?.text ?? "?") \($0["effect"]?.text ?? "?")" }
                        ?? "all"
                },
                ["general all", "system CriticalAddonsOnly NO_SCHEDULE"]),
            Assertion(
                id: "no-spot-nodes", "the fixed node groups are on demand",
                is: each { $0["capacityType"]?.text ?? "?" },
                ["general ON_DEMAND", "system ON_DEMAND"]),
            Assertion(
                id: "fixed-size", "the node groups have a fixed size",
                is: each {
                    let sizes = $0["scalingConfig"]
                    return ["minSize", "desiredSize", "maxSize"].map { sizes?[$0]?.text ?? "?" }.joined(separator: " ")
                }, ["general 3 3 3", "system 2 2 2"]),
            Assertion(
                id: "no-ssh", "nodes allow no remote access",
                groups.values.allSatisfy { ($0["remoteAccess"] ?? .null) == .null },
                seen: each { $0["remoteAccess"]?.text ?? "no remote access" }.joined(separator: ", ")),
            Assertion(
                id: "own-launch-templates", "each group has its own launch template",
                is: each { $0["launchTemplate", "id"]?.text ?? "?" },
                try names("launch_template_ids").map { "\($0.key) \($0.value)" }.sorted()),
        ]
    }

    /// Checks the launch templates of the nodes.
    func templates() async throws -> [Assertion] {
        let versions = try await names("launch_template_ids").values.sorted().asyncMap { id in
            try await aws.call(
                "ec2", "DescribeLaunchTemplateVersions", ["LaunchTemplateId": .string(id), "Versions": ["$Latest"]])[
                    "LaunchTemplateVersions"
                ].items.first?["LaunchTemplateData"] ?? .null
        }
        let volumes = versions.flatMap { $0["BlockDeviceMappings"].items }.map { $0["Ebs"] }
        return [
            Assertion(
                id: "node-imdsv2", "nodes require IMDSv2, and pods cannot reach the metadata service",
                is: versions.map {
                    "\($0["MetadataOptions", "HttpTokens"]?.text ?? "?") \($0["MetadataOptions", "HttpPutResponseHopLimit"]?.text ?? "?")"
                },
                versions.map { _ in "required 1" }),
            Assertion(
                id: "volume-encryption", "both volumes of each node are encrypted with the cluster's key",
                is: volumes.map { $0?["Encrypted"]?.bool == true ? $0?["KmsKeyId"]?.text ?? "AWS's" : "not" },
                Array(repeating: try key("volumes"), count: 2 * versions.count)),
        ]
    }

    /// Checks that pods have their own AWS roles and nodes have minimal ones.
    func roles() async throws -> [Assertion] {
        let node = try name("node_role_arn").lastPathPart
        let attached = try await aws.call("iam", "ListAttachedRolePolicies", ["RoleName": .string(node)])[
            "AttachedPolicies"
        ].items.compactMap { $0["PolicyName"]?.string }.sorted()
        let cluster = try name("cluster_name")
        let trusts = try await names("pod_role_arns").values.sorted().asyncMap { arn in
            try await aws.call("iam", "GetRole", ["RoleName": .string(arn.lastPathPart)])["Role"]?
                .document("AssumeRolePolicyDocument").statements.first ?? .null
        }
        return [
            Assertion(
                id: "node-role", "a node may join the cluster and pull images", is: attached,
                ["AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy"]),
            Assertion(
                id: "pod-roles", "each pod role trusts one service account of this cluster",
                trusts.allSatisfy { trust in
                    trust["Principal", "Service"]?.string == "pods.eks.amazonaws.com"
                        && trust["Condition", "StringEquals", "aws:RequestTag/kubernetes-namespace"] != nil
                        && trust["Condition", "ArnEquals", "aws:SourceArn"]?.string?.hasSuffix(":cluster/\(cluster)")
                            == true
                },
                seen: trusts.map {
                    $0["Condition", "StringEquals", "aws:RequestTag/kubernetes-service-account"]?.text ?? "anybody"
                }.joined(separator: ", ")),
        ]
    }

    /// Checks Karpenter's AWS resources.
    func karpenter() async throws -> [Assertion] {
        let subnets = try await aws.call(
            "ec2", "DescribeSubnets",
            ["SubnetIds": .array(try names("private_subnet_ids").values.sorted().map { .string($0) })])["Subnets"].items
        let tags = subnets.map { subnet in
            subnet["Tags"].items.filter {
                ["karpenter.sh/discovery", "kubernetes.io/role/internal-elb"].contains($0["Key"]?.text)
            }
            .map { "\($0["Key"]?.text ?? "?")=\($0["Value"]?.text ?? "?")" }.sorted().joined(separator: " ")
        }
        let profile = try await aws.call(
            "iam", "GetInstanceProfile", ["InstanceProfileName": .string(try name("node_instance_profile_name"))])[
                "InstanceProfile"]
        let queue = try name("interruption_queue_name")
        let rules = try await aws.call(
            "events", "ListRules",
            ["NamePrefix": .string(queue.replacingOccurrences(of: "interruptions", with: "interruption-"))])["Rules"]
            .items.compactMap { $0["Name"]?.string }.sorted()
        let targets = try await rules.asyncMap { rule in
            try await aws.call("events", "ListTargetsByRule", ["Rule": .string(rule)])["Targets"].items.first?["Arn"]?
                .string?.split(separator: ":").last.map(String.init) ?? "none"
        }
        return [
            Assertion(
                id: "subnet-discovery", "the subnets have the tags for load balancers and Karpenter", is: tags,
                subnets.map { _ in "karpenter.sh/discovery=claims kubernetes.io/role/internal-elb=1" }),
            Assertion(
                id: "karpenter-instance-profile", "Karpenter's instance profile holds the node role",
                is: profile?["Roles"].items.first?["Arn"]?.string, try name("node_role_arn")),
            Assertion(
                id: "interruption-queue", "interruptions reach Karpenter's queue", is: targets,
                Array(repeating: queue, count: 4)),
        ]
    }

    /// Checks add-ons and access entries.
    func addOnsAndAccess() async throws -> [Assertion] {
        let addOns = Assertion.Name(id: "add-ons", "the EKS add-ons are pinned and enforce network policies")
        let entries = Assertion.Name(id: "access-entries", "the access entries match the variables")
        guard aws.endpoint == nil else {
            let reason = "the emulator does not support add-ons, access entries and Pod Identity"
            return [Assertion(addOns, skipped: reason), Assertion(entries, skipped: reason)]
        }
        let cluster: JSONValue = ["clusterName": .string(try name("cluster_name"))]
        let names = try await aws.call("eks", "ListAddons", cluster)["addons"].items.map(\.text).sorted()
        let principals = try await aws.call("eks", "ListAccessEntries", cluster)["accessEntries"].items.map(\.text)
        return [
            Assertion(
                addOns, is: names,
                ["aws-ebs-csi-driver", "coredns", "eks-pod-identity-agent", "kube-proxy", "metrics-server", "vpc-cni"]),
            Assertion(entries, !principals.isEmpty, seen: principals.joined(separator: ", ")),
        ]
    }
}
