/// A limit of AWS, as its documents give it for a new account in eu-west-1.
public struct Quota: Hashable, Sendable, Encodable {
    public enum Evidence: String, Sendable, Encodable {
        /// The number was read in the source.
        case read
        /// The source was not read, or publishes no number: this one is ours.
        case unverified
    }

    public let name: String
    public let number: Int
    public let unit: String
    /// Whether AWS raises it on request.
    public let isAdjustable: Bool
    /// How far AWS says it raises it; `nil` where it does not say.
    public let maximum: Int?
    /// Document and section.
    public let source: String
    public let evidence: Evidence

    init(
        _ name: String, _ number: Int, _ unit: String, isAdjustable: Bool, maximum: Int? = nil, source: String,
        evidence: Evidence = .read
    ) {
        self.name = name
        self.number = number
        self.unit = unit
        self.isAdjustable = isAdjustable
        self.maximum = maximum
        self.source = source
        self.evidence = evidence
    }
}

extension Quota {
    public static let all =
        perAccount + perExecution + [vCPUs]
        + [
            ec2Describe, ec2Change, launches, autoScalingDescribe, autoScalingChange, transitions,
        ].flatMap { [$0.size, $0.refill] }

    // MARK: What a user takes of an account

    static let perAccount = [groups, launchTemplates, roles, instanceProfiles, accessPoints]

    static let groups = Quota(
        "Auto Scaling groups", 500, "per region", isAdjustable: true,
        source: "Amazon EC2 Auto Scaling User Guide, Quotas for Auto Scaling resources and groups")
    static let launchTemplates = Quota(
        "launch templates", 5000, "per region", isAdjustable: false,
        source: "Amazon EC2 User Guide, Restrictions for launch templates")
    static let roles = Quota(
        "IAM roles", 1000, "per account", isAdjustable: true, maximum: 5000,
        source: "IAM User Guide, IAM and AWS STS quotas, IAM object quotas (on GitHub until 2023)")
    static let instanceProfiles = Quota(
        "instance profiles", 1000, "per account", isAdjustable: true, maximum: 5000,
        source: "IAM User Guide, IAM and AWS STS quotas, IAM object quotas (on GitHub until 2023)")
    static let accessPoints = Quota(
        "EFS access points", 10_000, "per file system", isAdjustable: true,
        source: "Amazon EFS User Guide, Creating access points")
    /// Raised before the third machine of two vCPUs, so it bounds no account here. The number is from memory.
    static let vCPUs = Quota(
        "running on-demand standard vCPUs", 5, "per region", isAdjustable: true,
        source: "Amazon EC2 User Guide, On-Demand Instance quotas", evidence: .unverified)

    // MARK: What one execution of the state machine may take

    static let perExecution = [history, timeout]

    static let history = Quota(
        "execution history", 25_000, "events", isAdjustable: false,
        source: "AWS Step Functions Developer Guide, Quotas related to state machine executions")
    /// Ours, below the service's own year.
    static let timeout = Quota(
        "execution time", 604_800, "seconds", isAdjustable: true, source: "rollout.asl.json, TimeoutSeconds")
}

extension Quota {
    /// A token bucket's two quotas.
    struct Rate: Sendable {
        let name: String
        let size: Quota
        let refill: Quota

        init(
            _ name: String, size: Int, refill: Int, isAdjustable: Bool = true, source: String,
            evidence: Quota.Evidence = .read
        ) {
            self.name = name
            self.size = Quota(
                "\(name), bucket", size, "tokens", isAdjustable: isAdjustable, source: source, evidence: evidence)
            self.refill = Quota(
                "\(name), refill", refill, "tokens a second", isAdjustable: isAdjustable, source: source,
                evidence: evidence)
        }
    }

    private static let ec2Throttling = "Amazon EC2 Developer Guide, Request throttling for the Amazon EC2 API"

    /// Each API action has a bucket of its own; the document's example is DescribeHosts.
    static let ec2Describe = Rate("EC2 describing calls", size: 100, refill: 20, source: ec2Throttling)
    /// The document has a table with CreateLaunchTemplateVersion's own bucket, which we have not read.
    static let ec2Change = Rate(
        "EC2 CreateLaunchTemplateVersion", size: 50, refill: 5, source: ec2Throttling, evidence: .unverified)
    /// Counts machines, not calls. Auto Scaling launches them on the account's behalf; that these launches take from
    /// the same bucket is the careful reading.
    static let launches = Rate(
        "EC2 launches", size: 1000, refill: 2, source: "\(ec2Throttling), resource rate limiting (its example)")
    /// "A token bucket scheme", without numbers: taken to be EC2's.
    static let autoScalingDescribe = Rate(
        "Auto Scaling describing calls", size: 100, refill: 20,
        source: "Amazon EC2 Auto Scaling User Guide, Request throttling (publishes no number)", evidence: .unverified)
    /// As `autoScalingDescribe`.
    static let autoScalingChange = Rate(
        "Auto Scaling changing calls", size: 50, refill: 5,
        source: "Amazon EC2 Auto Scaling User Guide, Request throttling (publishes no number)", evidence: .unverified)
    static let transitions = Rate(
        "Step Functions state transitions", size: 5000, refill: 1500,
        source: "AWS Step Functions Developer Guide, Quotas related to state throttling (eu-west-1; less when new)")
}
