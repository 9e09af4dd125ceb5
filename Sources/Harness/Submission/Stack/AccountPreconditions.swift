import HarnessSupport

/// What a real account must have before the stack goes up: read and reported, one line each, before anything is changed.
struct AccountPrecondition: Sendable, Equatable {
    let text: String
    /// `nil` where the account does not let the caller ask.
    let isMet: Bool?
    /// Whether an apply fails without it.
    let isRequired: Bool
    var remedy: String?

    var line: String {
        let mark = isMet == nil ? "?" : isMet == true ? "✓" : isRequired ? "✗" : "!"
        return "\(mark) \(text)" + (isMet == true ? "" : remedy.map { ": \($0)" } ?? "")
    }

    /// What was read of an account; a fact is `nil` where the caller may not ask.
    struct Facts: Sendable {
        /// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
        var concurrentExecutions: Int?
        /// https://docs.aws.amazon.com/AmazonS3/latest/userguide/configuring-block-public-access-account.html
        var blocksPublicPolicies: Bool?
        /// Zones that need no opting in.
        var zones: Int?
        /// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/service-linked-roles-spot-instance-requests.html
        var hasSpotRole: Bool?
    }

    /// Reads the facts. A call that is refused leaves its fact out.
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
        return facts
    }

    /// Compares an account with what the named components need.
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
        return found
    }
}

extension Account {
    /// Reports the account's preconditions before anything is changed.
    ///
    /// - Throws: `HarnessError` where one is missing without which an apply fails.
    static func checkPreconditions(_ context: StackContext, for components: [String]) async throws {
        let facts = try await AWSClient.with(context) { try await AccountPrecondition.facts($0) }
        let found = AccountPrecondition.all(facts, for: Set(components))
        for precondition in found { context.say(precondition.line) }
        let missing = found.count { $0.isRequired && $0.isMet == false }
        guard missing == 0 else {
            throw HarnessError(
                "the account lacks \(missing) of \(found.count) preconditions, and nothing was changed",
                remedy: "see the lines marked ✗ above")
        }
    }
}
