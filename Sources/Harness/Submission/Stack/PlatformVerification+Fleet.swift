import Foundation
import HarnessSupport

extension PlatformVerification {
    /// Checks one machine for each user, with the image in the parameter.
    func machines() async throws -> [Assertion] {
        let groups = try await self.groups()
        let instances = groups.compactMap { $0["Instances"].items.first?["InstanceId"] }
        let reservations = try await aws.call("ec2", "DescribeInstances", ["InstanceIds": .array(instances)])
        let images = reservations["Reservations"].items.flatMap { $0["Instances"].items }.map { $0["ImageId"]?.string }
        let parameter = try await aws.call(
            "ssm", "GetParameter", ["Name": .string(try name("image_parameter_name"))])["Parameter"]
        let wanted = parameter?["Value"]?.string
        let tags = groups.map { group in
            group["Tags"].items.reduce(into: [String: String]()) { $0[$1["Key"]?.string ?? ""] = $1["Value"]?.string }
        }
        let waves = tags.map { $0["Wave"] ?? "none" }
        return [
            Assertion(
                id: "group-per-user", "each user has one group, and no other group exists",
                is: groups.map { $0["AutoScalingGroupName"]?.text ?? "?" },
                try names("groups").values.sorted()),
            Assertion(
                id: "one-machine-per-group", "each group has exactly one machine",
                is: groups.flatMap { group in
                    ["MinSize", "DesiredCapacity", "MaxSize"].map { group[$0]?.int ?? -1 }
                        + [group["Instances"].items.count]
                }, groups.flatMap { _ in [1, 1, 1, 1] }),
            Assertion(
                id: "machine-in-service", "each machine is in service and healthy",
                is: groups.map { group in
                    let machine = group["Instances"].items.first
                    return [machine?["LifecycleState"], machine?["HealthStatus"]].compactMap { $0?.string }
                        .joined(separator: " ")
                }, groups.map { _ in "InService Healthy" }),
            Assertion(
                id: "numbered-template-version", "each group pins a numbered template version",
                groups.allSatisfy { Int($0["LaunchTemplate", "Version"]?.string ?? "") != nil },
                seen: groups.map { $0["LaunchTemplate", "Version"]?.text ?? "none" }.joined(separator: ", ")),
            Assertion(
                id: "user-tag", "each machine has its user's name as a tag", is: tags.map { $0["User"] ?? "none" },
                try names("groups").keys.sorted()),
            Assertion(
                id: "first-wave", "the groups are split into the waves first and rest",
                Set(waves) == ["first", "rest"],
                seen: waves.joined(separator: ", ")),
            Assertion(
                id: "image-from-parameter", "machines run the image that the parameter names",
                wanted != nil && images.count == groups.count && images.allSatisfy { $0 == wanted },
                seen: Set(images.map { $0 ?? "none" }).sorted().joined(separator: ", ")),
            Assertion(
                id: "image-parameter-type", "the parameter accepts only an image id",
                is: parameter?["DataType"]?.string, "aws:ec2:image"),
        ]
    }

    /// Checks the launch template version that a machine's group pins.
    func templates() async throws -> [Assertion] {
        let own = try names("kms_key_arns")["fleet"] ?? "?"
        let fileSystem = try name("file_system_id")
        let homes = try names("access_point_arns")
        let pinned = try await groups().reduce(into: [String: JSONValue]()) {
            $0[$1["LaunchTemplate", "LaunchTemplateId"]?.string ?? ""] = $1["LaunchTemplate", "Version"]
        }
        var found: [JSONValue] = []
        var strangers: [String] = []
        var withDefaultUser: [String] = []
        for (user, id) in try names("launch_template_ids").sorted(by: { $0.key < $1.key }) {
            let answer = try await aws.call(
                "ec2", "DescribeLaunchTemplateVersions",
                ["LaunchTemplateId": .string(id), "Versions": [pinned[id] ?? "0"]])
            let data = answer["LaunchTemplateVersions"].items.first?["LaunchTemplateData"] ?? .null
            found.append(data)
            let lines = Self.decoded(data["UserData"]).split(whereSeparator: \.isNewline).map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            let home = homes[user]?.split(separator: "/").last ?? "?"
            if !lines.contains("FILE_SYSTEM=\(fileSystem)") || !lines.contains("ACCESS_POINT=\(home)") {
                strangers.append(user)
            }
            if !lines.contains("users: []") { withDefaultUser.append(user) }
        }
        let volumes = found.map { $0["BlockDeviceMappings"].items.first?["Ebs"] ?? .null }
        let group = try await aws.call(
            "ec2", "DescribeSecurityGroups", ["GroupIds": [.string(try name("machine_security_group_id"))]]
        )["SecurityGroups"].items.first
        let ways = group?["IpPermissionsEgress"].items ?? []
        let ports = Set(ways.map { $0["FromPort"]?.int ?? -1 }).sorted()
        let workspaces = try names("vpc_cidr_blocks")["fsx"] ?? "?"
        let lustre = ["1018-1023 \(workspaces)", "988-988 \(workspaces)"]
        let prometheus = outputs["support_machines", "prometheus", "security_group_id"]?.text ?? "?"
        let support = try names("vpc_cidr_blocks")["support"] ?? "?"
        let monitoring = [prometheus, support].map { "9100-9100 \($0)" }
        return [
            Assertion(
                id: "imdsv2", "machines require IMDSv2 with a hop limit of one",
                is: found.map {
                    [$0["MetadataOptions", "HttpTokens"], $0["MetadataOptions", "HttpPutResponseHopLimit"]]
                        .compactMap { $0?.text }.joined(separator: " ")
                }, found.map { _ in "required 1" }),
            Assertion(
                id: "volume-encryption", "machines' volumes are encrypted with the fleet's key",
                is: volumes.map { $0["Encrypted"]?.bool == true ? $0["KmsKeyId"]?.text ?? "none" : "plain" },
                volumes.map { _ in own }),
            Assertion(
                id: "no-ssh-key", "machines have no SSH key", is: found.map { $0["KeyName"]?.text ?? "none" },
                found.map { _ in "none" }),
            Assertion(
                id: "no-public-address", "machines have no public address",
                is: found.map { $0["NetworkInterfaces"].items.first?["AssociatePublicIpAddress"]?.text ?? "?" },
                found.map { _ in "false" }),
            Assertion(
                id: "home-mount", "each machine mounts only its user's home directory",
                !found.isEmpty && strangers.isEmpty,
                seen: strangers.isEmpty ? "\(found.count) machines" : strangers.joined(separator: ", ")),
            Assertion(
                id: "no-default-user", "cloud-init creates no default user with sudo",
                !found.isEmpty && withDefaultUser.isEmpty,
                seen: withDefaultUser.isEmpty ? "\(found.count) machines" : withDefaultUser.joined(separator: ", ")),
            Assertion(
                id: "ingress", "only the file system and the monitoring may connect to machines",
                is: group?["IpPermissions"].items.flatMap { $0.rules() }.sorted(), (lustre + monitoring).sorted()),
            Assertion(
                id: "egress-ports", "machines may connect to HTTPS, NFS and Lustre only", is: ports,
                [443, 988, 1018, 2049]),
            Assertion(
                id: "egress-addresses", "the file system is the only destination given by address",
                is: ways.filter { !($0["IpRanges"].items + $0["Ipv6Ranges"].items).isEmpty }.flatMap { $0.rules() }
                    .sorted(), lustre),
        ]
    }

    /// Checks that home directories outlive machines and belong to one user each.
    func homes() async throws -> [Assertion] {
        let id: JSONValue = ["FileSystemId": .string(try name("file_system_id"))]
        let system = try await aws.call("efs", "DescribeFileSystems", id)["FileSystems"].items.first
        let points = try await aws.call("efs", "DescribeAccessPoints", id)["AccessPoints"].items
        let numbers = (outputs["user_ids"]?.object ?? [:]).reduce(into: [String: String]()) {
            $0["/" + $1.key] = $1.value.text
        }
        let policy = try await aws.call("efs", "DescribeFileSystemPolicy", id).document("Policy").statements
        let key = system?["Encrypted"]?.bool == true ? system?["KmsKeyId"]?.string : nil
        return [
            Assertion(
                id: "home-encryption", "home directories are encrypted with the fleet's key", is: key,
                try names("kms_key_arns")["fleet"] ?? "?"),
            Assertion(
                id: "home-per-user", "each user has a separate home directory",
                is: points.compactMap { $0["RootDirectory", "Path"]?.string }.sorted(),
                try names("access_point_arns").keys.sorted().map { "/\($0)" }),
            Assertion(
                id: "home-uid", "each access point uses the user's uid",
                is: points.reduce(into: [String: String]()) {
                    $0[$1["RootDirectory", "Path"]?.text ?? "?"] = $1["PosixUser", "Uid"]?.text ?? "any"
                }, numbers),
            Assertion(
                id: "uid-free", "no account of the image uses these uids",
                numbers.values.allSatisfy { (Int($0) ?? 0) >= 20_000 },
                seen: numbers.values.sorted().joined(separator: ", ")),
            Assertion(
                id: "efs-policy", "the EFS policy denies unencrypted access and root mounts, and allows nothing",
                is: policy.map { $0["Effect"]?.text ?? "?" }, ["Deny", "Deny"]),
        ]
    }

    /// Checks the access of users and machines.
    func identities() async throws -> [Assertion] {
        let fleet = try name("fleet_name")
        var reached: [String: [JSONValue]] = [:]
        for (user, role) in try names("user_role_arns") {
            reached[user] = try await statements(of: role, "own-machine").filter {
                $0.actions.contains("ssm:StartSession") && $0["Resource"]?.text.hasSuffix(":instance/*") == true
            }.map { $0["Condition", "StringEquals"] ?? .null }
        }
        let sessions = reached.mapValues { conditions in
            conditions.map { "\($0["ssm:resourceTag/Fleet"]?.text ?? "*")/\($0["ssm:resourceTag/User"]?.text ?? "*")" }
        }
        var mounts: [String: [String]] = [:]
        for (user, role) in try names("machine_role_arns") {
            mounts[user] = try await statements(of: role, "machine").filter {
                $0.actions.contains { $0.hasPrefix("elasticfilesystem:") }
            }.map { $0["Condition", "StringEquals", "elasticfilesystem:AccessPointArn"]?.text ?? "*" }
        }
        let document = try await aws.call("ssm", "GetDocument", ["Name": .string(try name("session_document_name"))])
            .document("Content")["inputs"]
        return [
            Assertion(
                id: "user-role", "a user's role opens sessions on the user's machine only",
                !sessions.isEmpty && sessions.allSatisfy { $1 == ["\(fleet)/\($0)"] },
                seen: sessions.values.flatMap(\.self).sorted().joined(separator: ", ")),
            Assertion(
                id: "machine-role", "a machine's role mounts the user's home directory only",
                mounts == (try names("access_point_arns").mapValues { [$0] }),
                seen: mounts.values.joined().sorted().joined(separator: ", ")),
            Assertion(
                id: "session-encryption", "sessions are encrypted with the fleet's key",
                is: document?["kmsKeyId"]?.string,
                try names("kms_key_arns")["fleet"] ?? "?"),
            Assertion(
                id: "session-user", "sessions run as an unprivileged user", is: document?["runAsDefaultUser"]?.string,
                "workstation"),
        ]
    }

    /// The fleet's groups, by name.
    private func groups() async throws -> [JSONValue] {
        let filters: JSONValue = [["Name": "tag:Fleet", "Values": [.string(try name("fleet_name"))]]]
        let answer = try await aws.call("autoscaling", "DescribeAutoScalingGroups", ["Filters": filters])
        return answer["AutoScalingGroups"].items.sorted {
            ($0["AutoScalingGroupName"]?.string ?? "") < ($1["AutoScalingGroupName"]?.string ?? "")
        }
    }

    private func statements(of role: String, _ policy: String) async throws -> [JSONValue] {
        let name = role.split(separator: "/").last.map(String.init) ?? role
        return try await aws.call(
            "iam", "GetRolePolicy", ["RoleName": .string(name), "PolicyName": .string(policy)]
        ).document("PolicyDocument").statements
    }

    private static func decoded(_ text: JSONValue?) -> String {
        String(decoding: Data(base64Encoded: text?.string ?? "") ?? Data(), as: UTF8.self)
    }
}
