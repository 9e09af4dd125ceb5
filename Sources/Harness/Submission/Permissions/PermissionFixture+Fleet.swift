import HarnessSupport

extension PermissionFixture {
    /// The stack platform: each user's role against the user's machine and other machines, and the access to logs.
    static func fleet(_ context: StackContext) async throws -> PermissionFixture {
        let outputs = try await TerraformStack.platform.outputs(context)
        guard let userRoles = outputs["user_role_arns"]?.object, let fleet = outputs["fleet_name"]?.string,
            let document = outputs["session_document_name"]?.string
        else { throw HarnessError("the stack platform lacks an output for its users, its fleet or its document") }
        let place = "\(Emulator.region):123456789012"
        return try await AWSClient.with(context) { aws in
            let reader = PolicyReader(aws: aws)
            var principals: [String: Principal] = [:]
            var resources = [
                "fleet.session-document": Resource(arn: "arn:aws:ssm:\(place):document/\(document)"),
                // A machine of no fleet: anyone who can start a machine could tag it like this.
                "fleet.foreign.instance": Resource(
                    arn: "arn:aws:ec2:\(place):instance/i-0123456789abcdef0",
                    context: ["ssm:resourcetag/fleet": ["other"], "ssm:resourcetag/user": ["analyst-1"]]),
            ]
            let logs = outputs["logs"] ?? .null
            let domain = try await aws.call(
                "opensearch", "DescribeDomain", ["DomainName": logs["domain_name"] ?? .null])["DomainStatus"]
            resources["logs"] = Resource(
                arn: logs["domain_arn"]?.string ?? "",
                policy: try PolicyDocument(text: domain?["AccessPolicies"]?.string ?? ""))
            let roles: [(String, JSONValue?)] =
                [("log-reader", logs["reader_role_arn"]), ("log-lifecycle", logs["lifecycle_role_arn"])]
                + (outputs["machine_role_arns"]?.object ?? [:]).map { ("machine-\($0.key)", $0.value) }
            for (name, role) in roles {
                let arn = role?.string ?? ""
                principals[name] = Principal(
                    arn: arn, identity: nil, policies: try await reader.policies(of: .role, arn.lastPathPart))
            }
            for machine in try await Self.machines(of: fleet, aws) {
                let tags = (machine["Tags"].items).reduce(into: [String: [String]]()) { tags, tag in
                    tags["ssm:resourcetag/" + (tag["Key"]?.string ?? "").lowercased()] = [tag["Value"]?.string ?? ""]
                }
                guard let user = tags["ssm:resourcetag/user"]?.first, let id = machine["InstanceId"]?.string else {
                    continue
                }
                resources["fleet.\(user).instance"] = Resource(
                    arn: "arn:aws:ec2:\(place):instance/\(id)", context: tags)
            }
            for (user, role) in userRoles {
                let arn = role.string ?? ""
                let session = try await aws.call(
                    "sts", "AssumeRole", ["RoleArn": role, "RoleSessionName": .string(user)])
                let id = session["AssumedRoleUser", "AssumedRoleId"]?.string ?? ""
                principals[user] = Principal(
                    arn: arn, identity: .keys(session["Credentials"]),
                    policies: try await reader.policies(of: .role, arn.lastPathPart), context: ["aws:userid": [id]])
                // Session Manager tags a session with the id of who opened it.
                resources["fleet.\(user).session"] = Resource(
                    arn: "arn:aws:ssm:\(place):session/\(user)-0123456789abcdef0",
                    context: ["ssm:resourcetag/aws:ssmmessages:session-id": [id]])
            }
            return PermissionFixture(
                emulator: .moto, isEnforcedOnDemand: true, principals: principals, resources: resources, leave: {})
        }
    }

    private static func machines(of fleet: String, _ aws: AWSClient) async throws -> [JSONValue] {
        let filters: JSONValue = [
            ["Name": "tag:Fleet", "Values": [.string(fleet)]], ["Name": "instance-state-name", "Values": ["running"]],
        ]
        return try await aws.call("ec2", "DescribeInstances", ["Filters": filters])["Reservations"].items
            .flatMap { $0["Instances"].items }
    }
}
