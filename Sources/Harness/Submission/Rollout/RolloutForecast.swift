/// What a rollout to so many users takes.
public struct RolloutForecast: Sendable, Encodable {
    /// One account's rollout.
    public struct Leg: Sendable, Encodable {
        public let users: Int
        public let batches: Int
        public let calls: Int
        /// Machines that were ended and started anew at least once.
        public let touched: Int
        public let seconds: Double
        public let end: String
        public let binding: String
    }

    public let users: Int
    /// As default quotas allow; vCPUs not counted, which have to be raised for any fleet.
    public let accounts: Int
    public let accountsBoundBy: String
    /// The largest of these accounts. They roll out side by side, so it is what all of them take.
    public let perAccount: Leg
    /// The same users in one account, with everything raised that AWS raises.
    public let oneAccount: Leg

    public init(users: Int, parameters: RolloutParameters, trouble: Rollout.Trouble = .none) {
        self.users = users
        let tightest = Self.room.min { $0.users < $1.users }!
        accounts = (users + tightest.users - 1) / tightest.users
        accountsBoundBy = tightest.quota.name
        perAccount = Leg(users: (users + accounts - 1) / accounts, parameters: parameters, trouble: trouble)
        oneAccount = Leg(users: users, parameters: parameters, trouble: trouble)
    }

    /// Roles that the platform itself has: flow logs, build, image retirement, rollout, its events.
    static let ownRoles = 5
    /// Each user has a role of the machine and one to reach it.
    static let rolesPerUser = 2

    /// Users whom each quota has room for.
    static let room: [(quota: Quota, users: Int)] = Quota.perAccount.map { quota in
        (quota, quota == .roles ? (quota.number - ownRoles) / rolesPerUser : quota.number)
    }
}

extension RolloutForecast.Leg {
    init(users: Int, parameters: RolloutParameters, trouble: Rollout.Trouble) {
        let rollout = Rollout(users: users, parameters: parameters, trouble: trouble)
        self.users = users
        batches = rollout.batches.count
        calls = rollout.calls.values.reduce(0, +)
        touched = Set(rollout.batches.flatMap(\.replaced)).count
        seconds = rollout.seconds
        binding = rollout.binding
        end =
            switch rollout.end {
            case .succeeded: "succeeded"
            case .rolledBack: "rolled back"
            case .stopped: "stopped"
            }
    }
}
