import HarnessSupport

/// The networks of picture 1 and the file system `/workspaces`.
extension PlatformVerification {
    /// Networks that the picture connects, from and to.
    private static let connections = ["fsx > user", "support > user", "user > fsx", "user > support"]

    /// Checks reachability over the transit gateway, from the routes on both layers.
    func reachability() async throws -> [Assertion] {
        let vpcs = try names("vpc_ids")
        let ranges = try names("vpc_cidr_blocks").mapValues { AddressRange($0) }
        let transit = try await transitRoutes()
        var both: [String] = []
        var either: [String] = []
        for (from, vpc) in vpcs {
            let subnets = try await subnetRoutes(of: vpc)
            for (to, peer) in vpcs where to != from {
                let leaves = subnets.contains { $0.overlaps(ranges[to] ?? nil) }
                let arrives = transit.contains {
                    $0.from == vpc && ($0.to == peer || $0.to == nil) && $0.range.overlaps(ranges[to] ?? nil)
                }
                if leaves && arrives { both.append("\(from) > \(to)") }
                if leaves || arrives { either.append("\(from) > \(to)") }
            }
        }
        let strays = Set(either).subtracting(Self.connections).sorted()
        let gateway = try await aws.call(
            "ec2", "DescribeTransitGateways", ["TransitGatewayIds": [.string(try name("transit_gateway_id"))]]
        )["TransitGateways"].items.first?["Options"]
        let defaults = ["DefaultRouteTableAssociation", "DefaultRouteTablePropagation"].map {
            gateway?[$0]?.text ?? "?"
        }
        return [
            Assertion(
                id: "connected-networks", "user and fsx, and support and user, reach each other", is: both.sorted(),
                Self.connections),
            Assertion(
                id: "support-fsx-isolated", "no route connects support and fsx, in the subnets or on the gateway",
                strays.isEmpty,
                seen: strays.isEmpty ? "none" : strays.joined(separator: ", ")),
            Assertion(
                id: "no-route-propagation", "the gateway propagates no routes by default", is: defaults,
                ["disable", "disable"]),
        ]
    }

    /// Checks that the file system is encrypted, exported and reachable from the machines only.
    func workspace() async throws -> [Assertion] {
        let workspace = outputs["workspace"] ?? .null
        let own = try names("kms_key_arns")["workspace"] ?? "?"
        let system = try await aws.call(
            "fsx", "DescribeFileSystems", ["FileSystemIds": [workspace["file_system_id"] ?? .null]]
        )["FileSystems"].items.first
        let lustre = system?["LustreConfiguration"]
        let squash = lustre?["RootSquashConfiguration"]
        let link = try await aws.call(
            "fsx", "DescribeDataRepositoryAssociations", ["AssociationIds": [workspace["association_id"] ?? .null]]
        )["Associations"].items.first
        let ids = system?["NetworkInterfaceIds"] ?? .null
        let interface = try await aws.call("ec2", "DescribeNetworkInterfaces", ["NetworkInterfaceIds": ids])[
            "NetworkInterfaces"
        ].items.first
        let address = interface?["PrivateIpAddress"]?.text ?? "?"
        let alarm = try await aws.call(
            "cloudwatch", "DescribeAlarms", ["AlarmNames": [workspace["alarm_name"] ?? .null]]
        )["MetricAlarms"].items.first
        return [
            Assertion(
                id: "lustre-encryption", "/workspaces is persistent and encrypted with its own key",
                is: [lustre?["DeploymentType"], system?["KmsKeyId"]].map { $0?.text ?? "none" }, ["PERSISTENT_2", own]),
            Assertion(
                id: "root-squash", "root squash maps a machine's root to nobody",
                is: [squash?["RootSquash"]?.text ?? "root"] + (squash?["NoSquashNids"].items.map(\.text) ?? []),
                ["65534:65534"]),
            Assertion(
                id: "s3-export", "new, changed and deleted files are exported to the bucket",
                is: [link?["DataRepositoryPath"]?.text ?? "?"]
                    + (link?["S3", "AutoExportPolicy", "Events"].items.map(\.text).sorted() ?? []),
                ["s3://\(workspace["bucket_name"]?.text ?? "?")", "CHANGED", "DELETED", "NEW"]),
            Assertion(
                id: "s3-import", "only new objects are imported from the bucket",
                is: link?["S3", "AutoImportPolicy", "Events"].items.map(\.text), ["NEW"]),
            Assertion(
                id: "lustre-mount", "machines mount the file system by address", is: workspace["mount_source"]?.string,
                "\(address)@tcp:/\(lustre?["MountName"]?.text ?? "?")"),
            Assertion(
                id: "export-alarm", "the alarm on a delayed export has a receiver",
                is: alarm?["AlarmActions"].items.count, 1),
        ] + (try await exportBucket(own)) + (try await lustrePorts())
    }

    /// Checks old versions and users' folders in the bucket.
    private func exportBucket(_ own: String) async throws -> [Assertion] {
        let bucket: JSONValue = outputs["workspace", "bucket_name"] ?? .null
        let named: JSONValue = ["Bucket": bucket]
        let block = try await aws.call("s3", "GetPublicAccessBlock", named)["PublicAccessBlockConfiguration"]
        let encryption = try await aws.call("s3", "GetBucketEncryption", named)[
            "ServerSideEncryptionConfiguration", "Rules"
        ].items.first
        let lifecycle = try await aws.call("s3", "GetBucketLifecycleConfiguration", named)["Rules"].items.first
        let users = outputs["user_ids"]?.object ?? [:]
        var folders: [String] = []
        for user in users.keys.sorted() {
            let metadata = try await aws.call(
                "s3", "HeadObject", ["Bucket": bucket, "Key": .string("\(user)/")])["Metadata"]
            folders.append(
                ["file-owner", "file-group", "file-permissions"].map { metadata?[$0]?.text ?? "?" }
                    .joined(separator: " "))
        }
        return [
            Assertion(
                id: "export-bucket-versions", "the export bucket keeps old versions, for a limited time",
                is: [
                    try await aws.call("s3", "GetBucketVersioning", named)["Status"]?.text ?? "off",
                    lifecycle?["NoncurrentVersionExpiration", "NoncurrentDays"]?.text ?? "for ever",
                ], ["Enabled", "90"]),
            Assertion(
                id: "export-bucket-private", "the export bucket is private and encrypted with the file system's key",
                is: [
                    "\(block?.object?.values.count { $0.bool == true } ?? 0)",
                    encryption?["ApplyServerSideEncryptionByDefault", "KMSMasterKeyID"]?.text ?? "none",
                ], ["4", own]),
            Assertion(
                id: "workspace-folders", "each user owns a folder that no other user can enter", is: folders,
                users.sorted { $0.key < $1.key }.map { "\($0.value.text) \($0.value.text) 0040700" }),
        ]
    }

    /// Checks the Lustre ports between machines and file system, on the file system's side.
    private func lustrePorts() async throws -> [Assertion] {
        let id = outputs["workspace", "security_group_id"] ?? .null
        let group = try await aws.call("ec2", "DescribeSecurityGroups", ["GroupIds": [id]])["SecurityGroups"].items
            .first
        let users = try names("vpc_cidr_blocks")["user"] ?? "?"
        let rules = ["IpPermissions", "IpPermissionsEgress"].map { direction in
            group?[direction].items.flatMap { $0.rules() }.sorted() ?? []
        }
        let wanted = ["1018-1023", "988-988"].flatMap { ports in [users, id.text].map { "\(ports) \($0)" } }.sorted()
        return [
            Assertion(
                id: "lustre-ports", "only machines and the file system's servers reach the Lustre ports",
                is: rules, [wanted, wanted])
        ]
    }

    /// Destinations that a VPC's route tables send to the transit gateway.
    private func subnetRoutes(of vpc: String) async throws -> [AddressRange] {
        try await aws.call("ec2", "DescribeRouteTables", ["Filters": [["Name": "vpc-id", "Values": [.string(vpc)]]]])[
            "RouteTables"
        ].items.flatMap { $0["Routes"].items }.filter { $0["TransitGatewayId"] != nil }
            .compactMap { AddressRange($0["DestinationCidrBlock"]?.string ?? "") }
    }

    /// Routes of the gateway: source VPC, range and destination VPC.
    private func transitRoutes() async throws -> [(from: String, range: AddressRange, to: String?)] {
        let gateway: JSONValue = .string(try name("transit_gateway_id"))
        let tables = try await aws.call(
            "ec2", "DescribeTransitGatewayRouteTables",
            ["Filters": [["Name": "transit-gateway-id", "Values": [gateway]]]]
        )["TransitGatewayRouteTables"].items
        var routes: [(from: String, range: AddressRange, to: String?)] = []
        for table in tables {
            let id: JSONValue = table["TransitGatewayRouteTableId"] ?? .null
            let users = try await aws.call(
                "ec2", "GetTransitGatewayRouteTableAssociations", ["TransitGatewayRouteTableId": id]
            )["Associations"].items.compactMap { $0["ResourceId"]?.string }
            let active = try await aws.call(
                "ec2", "SearchTransitGatewayRoutes",
                ["TransitGatewayRouteTableId": id, "Filters": [["Name": "state", "Values": ["active"]]]]
            )["Routes"].items
            for route in active {
                guard let range = AddressRange(route["DestinationCidrBlock"]?.string ?? "") else { continue }
                let to = route["TransitGatewayAttachments"].items.first?["ResourceId"]?.string
                routes += users.map { ($0, range, to) }
            }
        }
        return routes
    }
}

extension JSONValue {
    /// Ports and peers of a permission of a security group, one text for each peer.
    func rules() -> [String] {
        let peers =
            self["IpRanges"].items.map { $0["CidrIp"]?.text ?? "?" }
            + self["Ipv6Ranges"].items.map { $0["CidrIpv6"]?.text ?? "?" }
            + self["UserIdGroupPairs"].items.map { $0["GroupId"]?.text ?? "?" }
            + self["PrefixListIds"].items.map { $0["PrefixListId"]?.text ?? "?" }
        return peers.map { "\(self["FromPort"]?.text ?? "all")-\(self["ToPort"]?.text ?? "all") \($0)" }
    }
}

/// A range of IPv4 addresses in CIDR notation.
struct AddressRange: Equatable {
    private let first: UInt32
    private let mask: UInt32

    init?(_ text: String) {
        let parts = text.split(separator: "/")
        let bytes = parts.first?.split(separator: ".").compactMap { UInt8($0) } ?? []
        guard parts.count == 2, bytes.count == 4, let bits = Int(parts[1]), (0...32).contains(bits) else { return nil }
        mask = bits == 0 ? 0 : ~0 << (32 - bits)
        first = bytes.reduce(0) { $0 << 8 | UInt32($1) } & mask
    }

    /// Whether an address is in both. A range that could not be read overlaps with everything.
    func overlaps(_ other: AddressRange?) -> Bool {
        guard let other else { return true }
        return first & mask & other.mask == other.first & mask & other.mask
    }
}
