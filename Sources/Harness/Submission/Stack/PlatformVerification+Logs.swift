import Foundation
import HarnessSupport

/// Checks the log server that receives the workstations' journals.
extension PlatformVerification {
    /// Checks that only the machines reach the server, and that they may only write.
    func logServer() async throws -> [Assertion] {
        let logs = outputs["logs"] ?? .null
        let domain = try await aws.call(
            "opensearch", "DescribeDomain", ["DomainName": logs["domain_name"] ?? .null])["DomainStatus"]
        let nodes = domain?["ClusterConfig"]
        let places = Set(domain?["VPCOptions", "SubnetIds"].items.map(\.text) ?? [])
        let subnets = outputs["private_subnet_ids", "user"]?.object?.values.map(\.text) ?? []
        let machines = try name("machine_security_group_id")
        let watcher = outputs["support_machines", "prometheus", "security_group_id"]?.text ?? "?"
        let group = try await aws.call(
            "ec2", "DescribeSecurityGroups", ["GroupIds": [logs["security_group_id"] ?? .null]]
        )["SecurityGroups"].items.first
        let alarms = try await aws.call("cloudwatch", "DescribeAlarms", ["AlarmNames": logs["alarm_names"] ?? .null])[
            "MetricAlarms"
        ].items
        let topic = try name("rollout_topic_arn")
        return [
            Assertion(
                id: "logs-in-vpc", "the log server is in the machines' subnets without a public address",
                places == Set(subnets) && !places.isEmpty && domain?["Endpoint"]?.string == nil,
                seen: places.sorted().joined(separator: ", ")),
            Assertion(
                id: "logs-ports", "only the machines and Prometheus may reach the log server, by HTTPS",
                is: group?["IpPermissions"].items.flatMap { $0.rules() }.sorted(),
                ["443-443 \(machines)", "443-443 \(watcher)"].sorted()),
            Assertion(
                id: "logs-encryption",
                "log lines are encrypted at rest with their own key, between nodes, and in transit",
                is: [
                    domain?["EncryptionAtRestOptions", "KmsKeyId"], domain?["NodeToNodeEncryptionOptions", "Enabled"],
                    domain?["DomainEndpointOptions", "EnforceHTTPS"],
                    domain?["DomainEndpointOptions", "TLSSecurityPolicy"],
                ].map { $0?.text ?? "none" },
                [try names("kms_key_arns")["logs"] ?? "?", "true", "true", "Policy-Min-TLS-1-2-PFS-2023-10"]),
            Assertion(
                id: "logs-zones", "the log server has a node in each of three zones",
                is: [nodes?["InstanceCount"], nodes?["ZoneAwarenessConfig", "AvailabilityZoneCount"]].map {
                    $0?.int ?? 0
                },
                [3, 3]),
            Assertion(
                id: "logs-access", "the access policy limits each role to its methods and paths",
                is: (domain ?? .null).document("AccessPolicies").statements.map(Self.summary).sorted(),
                try access(logs).sorted()),
            Assertion(
                id: "logs-index-in-path", "a bulk request cannot name another index in its body",
                is: domain?["AdvancedOptions", "rest.action.multi.allow_explicit_index"]?.text, "false"),
            Assertion(
                id: "logs-senders", "each machine has the server's URL and index",
                is: try await senders(),
                try names("groups").mapValues { _ in
                    "\(logs["url"]?.text ?? "?") \(logs["index"]?.text ?? "?")"
                }),
            Assertion(
                id: "logs-alarms", "alarms report a red, blocked, full or locked server to the team",
                is: Dictionary(
                    alarms.map { ($0["MetricName"]?.text ?? "?", $0["AlarmActions"].items.map(\.text)) },
                    uniquingKeysWith: +),
                Dictionary(
                    uniqueKeysWithValues: [
                        "ClusterIndexWritesBlocked", "ClusterStatus.red", "FreeStorageSpace", "KMSKeyInaccessible",
                    ].map { ($0, [topic]) })),
        ]
    }

    /// The expected statements of the domain's policy.
    private func access(_ logs: JSONValue) throws -> [String] {
        let domain = logs["domain_arn"]?.text ?? "?"
        let index = "\(logs["index"]?.text ?? "?")"
        let machines = try names("machine_role_arns").values.sorted().joined(separator: " ")
        let keeper = logs["lifecycle_role_arn"]?.text ?? "?"
        return [
            "\(machines): es:ESHttpPost \(domain)/\(index)-*/_bulk",
            "\(logs["reader_role_arn"]?.text ?? "?"): es:ESHttpGet es:ESHttpHead \(domain)/\(index)-*",
            "\(keeper): es:ESHttpGet es:ESHttpPut \(domain)/_index_template/\(index) \(domain)/_plugins/_ism/policies/\(index)",
            "\(keeper): es:ESHttpPost \(domain)/_plugins/_ism/add/\(index)-* \(domain)/_plugins/_ism/change_policy/\(index)-*",
        ]
    }

    private static func summary(_ statement: JSONValue) -> String {
        func texts(_ value: JSONValue?) -> String {
            (value?.list ?? []).map(\.text).sorted().joined(separator: " ")
        }
        let who = texts(statement["Principal", "AWS"])
        return "\(who): \(texts(statement["Action"])) \(texts(statement["Resource"]))"
    }

    /// Server and index in the user data of each user's machine.
    private func senders() async throws -> [String: String] {
        var found: [String: String] = [:]
        for (user, template) in try names("launch_template_ids") {
            let version = try await aws.call(
                "ec2", "DescribeLaunchTemplateVersions",
                ["LaunchTemplateId": .string(template), "Versions": ["$Latest"]]
            )["LaunchTemplateVersions"].items.first
            let data = Data(base64Encoded: version?["LaunchTemplateData", "UserData"]?.string ?? "") ?? Data()
            let settings = String(decoding: data, as: UTF8.self).split(separator: "\n").reduce(into: [:]) {
                (settings: inout [String: String], line) in
                let parts = line.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if parts.count == 2 { settings[parts[0]] = parts[1] }
            }
            found[user] = "\(settings["LOG_SERVER"] ?? "none") \(settings["LOG_INDEX"] ?? "none")"
        }
        return found
    }
}
