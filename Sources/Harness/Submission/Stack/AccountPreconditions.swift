import HarnessSupport

/// Preconditions of a real account. The harness reads and reports them before it changes anything.
struct AccountPrecondition: Sendable, Equatable {
    let text: String
    /// `nil` if the account denies the read.
    let isMet: Bool?
    /// Whether an apply fails without the precondition.
    let isRequired: Bool
    var remedy: String?

    var line: String {
        let mark = isMet == nil ? "?" : isMet == true ? "✓" : isRequired ? "✗" : "!"
        return "\(mark) \(text)" + (isMet == true ? "" : remedy.map { ": \($0)" } ?? "")
    }

    /// Facts of an account; a fact is `nil` if the account denies the read.
    struct Facts: Sendable {
        /// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
        var concurrentExecutions: Int?
        /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html
        var blocksPublicPolicies: Bool?
        /// Availability zones that need no opt-in.
        var zones: Int?
        /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
        var hasSpotRole: Bool?
        /// VPCs outside our stacks, for example the region's default VPC.
        var otherNetworks: Int?
        var quotas: [Quota: Int] = [:]
    }

    /// A service quota whose default can be too small for our stacks, and the need of each stack.
    enum Quota: String, CaseIterable, Sendable {
        /// Default 5. https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
        case networks = "VPCs per Region"
        /// Default 5 vCPUs. https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-on-demand-instances.html
        case processors =
            "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
        /// Default 0 vCPUs in a new account.
        case graphics = "Running On-Demand G and VT instances"
        /// Default 0 in a new account: CreateEndpoint answers ResourceLimitExceeded.
        case endpoints = "ml.m5.large for endpoint usage"

        var service: String {
            switch self {
            case .networks: "vpc"
            case .processors, .graphics: "ec2"
            case .endpoints: "sagemaker"
            }
        }

        /// By component, with the default values of its variables: each G instance of the fleet has 4 vCPUs, a node 2, and
        /// three images are built in parallel.
        var needs: [String: Int] {
            switch self {
            case .networks: ["cluster": 1, "model-hosting": 1, "platform": 3, "web-app": 1, "workbench": 1]
            case .processors: ["cluster": 10, "platform": 10, "web-app": 4, "workbench": 1]
            case .graphics: ["platform": 12]
            case .endpoints: ["model-hosting": 8]
            }
        }
    }

    /// Reads the facts. A denied call leaves its fact `nil`.
    static func facts(_ aws: AWSClient) async throws -> Facts {
        var facts = Facts()
        let account = try await aws.call("sts", "GetCallerIdentity")["Account"]?.string ?? ""
        facts.concurrentExecutions = (try? await aws.call("lambda", "GetAccountSettings"))?[
            "AccountLimit", "ConcurrentExecutions"
        ].flatMap { Int($0.text) }
        do {
            let block = try await aws.call("s3control", "GetPublicAccessBlock", ["AccountId": .string(account)])[
                "PublicAccessBlockConfiguration"]
            facts.blocksPublicPolicies =
                block?["BlockPublicPolicy"]?.bool == true || block?["RestrictPublicBuckets"]?.bool == true
        } catch let refusal as AWSClient.Refusal where refusal.code == "NoSuchPublicAccessBlockConfiguration" {
            facts.blocksPublicPolicies = false
        } catch is AWSClient.Refusal {}
        facts.zones =
            (try? await aws.call(
                "ec2", "DescribeAvailabilityZones",
                [
                    "Filters": [
                        ["Name": "opt-in-status", "Values": ["opt-in-not-required"]],
                        ["Name": "state", "Values": ["available"]],
                    ]
                ]))?[
                "AvailabilityZones"
            ].items.count
        do {
            _ = try await aws.call("iam", "GetRole", ["RoleName": "AWSServiceRoleForEC2Spot"])
            facts.hasSpotRole = true
        } catch let refusal as AWSClient.Refusal {
            facts.hasSpotRole = refusal.code.hasPrefix("NoSuchEntity") ? false : nil
        }
        if let found = try? await aws.call("ec2", "DescribeVpcs")["Vpcs"].items {
            facts.otherNetworks = found.count { network in
                !network["Tags"].items.contains {
                    ["Stack", "aws:cloudformation:stack-name"].contains($0["Key"]?.string)
                        && Quota.networks.needs[$0["Value"]?.string ?? ""] != nil
                }
            }
        }
        for service in Set(Quota.allCases.map(\.service)).sorted() {
            for (quota, value) in (try? await quotas(of: service, aws)) ?? [:] { facts.quotas[quota] = value }
        }
        return facts
    }

    /// The applied values, by name: SageMaker has a quota for each instance type and use.
    /// https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_ListServiceQuotas.html
    private static func quotas(of service: String, _ aws: AWSClient) async throws -> [Quota: Int] {
        var found: [Quota: Int] = [:]
        var next: JSONValue?
        repeat {
            var parameters: [String: JSONValue] = ["ServiceCode": .string(service), "MaxResults": .number(100)]
            parameters["NextToken"] = next
            let page = try await aws.call("service-quotas", "ListServiceQuotas", .object(parameters))
            for item in page["Quotas"].items {
                if let quota = Quota(rawValue: item["QuotaName"]?.string ?? ""), quota.service == service,
                    let value = item["Value"].flatMap({ Double($0.text) })
                {
                    found[quota] = Int(value)
                }
            }
            next = page["NextToken"]
        } while next != nil
        return found
    }

    /// Compares an account with the needs of the named components.
    static func all(_ facts: Facts, for components: Set<String>) -> [AccountPrecondition] {
        var found: [AccountPrecondition] = []
        let zones = components.contains("cluster") ? 3 : 2
        if !components.isDisjoint(with: ["cluster", "model-hosting", "platform", "web-app", "workbench"]) {
            found.append(
                AccountPrecondition(
                    text:
                        "the region has \(zones) availability zones or more (\(facts.zones.map(String.init) ?? "not known"))",
                    isMet: facts.zones.map { $0 >= zones }, isRequired: true, remedy: "choose a region with \(zones)"))
        }
        let publicOnes = components.intersection(["bucket-access", "workbench"]).sorted()
        if !publicOnes.isEmpty {
            found.append(
                AccountPrecondition(
                    text: "the account allows public bucket policies, for \(publicOnes.joined(separator: " and "))",
                    isMet: facts.blocksPublicPolicies.map { !$0 }, isRequired: true,
                    remedy: "leave them out (WITHOUT='\(publicOnes.joined(separator: " "))') "
                        + "or lift the account's own block (aws s3control delete-public-access-block)"))
        }
        if components.contains("processor") {
            found.append(
                AccountPrecondition(
                    text: "Lambda may run 110 executions at a time, so that 10 can be reserved "
                        + "(\(facts.concurrentExecutions.map(String.init) ?? "not known"))",
                    isMet: facts.concurrentExecutions.map { $0 >= 110 }, isRequired: false,
                    remedy:
                        "the processor goes up without a reservation; ask for a higher quota to set reserved_concurrency"
                ))
        }
        if components.contains("cluster") {
            found.append(
                AccountPrecondition(
                    text: "the service-linked role for spot instances exists", isMet: facts.hasSpotRole,
                    isRequired: false,
                    remedy: "Karpenter starts no spot node without it "
                        + "(aws iam create-service-linked-role --aws-service-name spot.amazonaws.com)"))
        }
        for quota in Quota.allCases {
            let own = quota.needs.filter { components.contains($0.key) }.values.reduce(0, +)
            guard own > 0 else { continue }
            let needed = own + (quota == .networks ? facts.otherNetworks ?? 0 : 0)
            let value = facts.quotas[quota]
            found.append(
                AccountPrecondition(
                    text:
                        "the quota \(quota.rawValue) of \(quota.service) is \(needed) or more "
                        + "(\(value.map(String.init) ?? "not known"))",
                    isMet: value.map { $0 >= needed }, isRequired: true,
                    remedy: "request \(needed) in Service Quotas, or leave out "
                        + quota.needs.keys.filter(components.contains).sorted().joined(separator: ", ")))
        }
        return found
    }
}

extension AccountPrecondition {
    /// An example value left in the variables for a real account; `nil` if none is left.
    static func examples(in text: String, of path: String) -> AccountPrecondition? {
        let found = ["111122223333", "platform@example.com", "example/infrastructure", "0000000000000000"].filter(
            text.contains)
        guard !found.isEmpty else { return nil }
        return AccountPrecondition(
            text: "\(path) holds your own values", isMet: false, isRequired: true,
            remedy: "replace \(found.joined(separator: ", "))")
    }
}

extension Account {
    /// Reports the account's preconditions before anything is changed.
    ///
    /// - Throws: `HarnessError` if a required precondition is missing.
    static func checkPreconditions(_ context: StackContext, for components: [String]) async throws {
        let facts = try await AWSClient.with(context) { try await AccountPrecondition.facts($0) }
        var found = AccountPrecondition.all(facts, for: Set(components))
        found += components.compactMap { name in
            let path = "terraform/stacks/\(name)/targets/aws.tfvars"
            let text = try? String(contentsOfFile: context.repository.absolute(path), encoding: .utf8)
            return text.flatMap { AccountPrecondition.examples(in: $0, of: path) }
        }
        for precondition in found { context.say(precondition.line) }
        let missing = found.count { $0.isRequired && $0.isMet == false }
        guard missing == 0 else {
            throw HarnessError(
                "the account lacks \(missing) of \(found.count) preconditions; nothing was changed",
                remedy: "see the lines marked ✗ above")
        }
    }
}
