/// One execution of rollout.asl.json over a fleet in one account, second by second.
///
/// Same steps, same order, same calls; throttled calls are tried again as `Retry` there says, with full jitter from a
/// seed. Not modelled: a newer image meanwhile, a rollback that fails, and how long a distributed map takes to start.
public struct Rollout: Sendable {
    public enum Wave: String, Sendable { case first, rest }

    public enum Trouble: Sendable {
        case none
        /// No machine becomes healthy with the image.
        case badImage
        /// Machines become healthy, and after this batch, the first being 1, an alarm is on.
        case alarm(afterBatch: Int)
    }

    public enum End: Equatable, Sendable {
        case succeeded
        case rolledBack
        /// The execution failed before its end. What is replaced stays so, and the schedule continues.
        case stopped(by: Quota)
    }

    /// One page of groups.
    public struct Batch: Sendable {
        public let wave: Wave
        public let isRollback: Bool
        public let machines: [Int]
        /// Those that were ended and started anew; the others ran the image already.
        public let replaced: [Int]
        public let start: Double
        public let seconds: Double
    }

    public internal(set) var end = End.succeeded
    public internal(set) var batches: [Batch] = []
    public internal(set) var calls: [String: Int] = [:]
    public internal(set) var seconds = 0.0
    /// Of the execution's own history; each machine has a history of its own.
    public internal(set) var events = 0
    /// Machines that run the new image at the end, by number.
    public internal(set) var renewed: [Int] = []
    /// Seconds on the longest way through, by what they were spent for.
    public internal(set) var spent: [String: Double] = [:]

    /// What took most of the time, or ended it.
    public var binding: String {
        if case .stopped(let quota) = end { return quota.name }
        guard let most = spent.max(by: { ($0.value, $1.key) < ($1.value, $0.key) }), seconds > 0 else { return "-" }
        return "\(most.key) \(Int((most.value / seconds * 100).rounded())) %"
    }

    public init(users: Int, parameters: RolloutParameters, trouble: Trouble = .none, seed: UInt64 = 1) {
        var execution = RolloutExecution(users: users, parameters: parameters, trouble: trouble, seed: seed)
        self = execution.run()
    }

    init() {}
}
