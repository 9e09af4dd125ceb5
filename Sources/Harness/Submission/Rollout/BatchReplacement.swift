import HarnessSupport

/// ReplaceBatch of rollout.asl.json: the machines of a page side by side, each step by step.
struct BatchReplacement {
    struct Outcome {
        var end: Double
        var replaced: [Int] = []
        var refused: [Int] = []
        var spent: [String: Double] = [:]
    }

    /// Machines that run the new image.
    private(set) var renewed: Set<Int> = []
    private(set) var calls: [String: Int] = [:]
    private let parameters: RolloutParameters
    private var buckets: [String: TokenBucket] = [:]
    private var launches = TokenBucket(Quota.launches)
    private var transitions = TokenBucket(Quota.transitions)
    private var random: SeededGenerator

    /// As `Retry` of every task says.
    static let retries = (interval: 1.0, rate: 2.0, attempts: 5, maximum: 30.0)

    private struct Machine {
        let id: Int
        var step = ReplaceStep.readGroup
        var attempts = 0
        var polls = 0
        var isReady = Double.infinity
        var waits: [String: Double] = [:]
    }

    init(parameters: RolloutParameters, seed: UInt64) {
        self.parameters = parameters
        random = SeededGenerator(seed: seed)
    }

    /// - Throws: `Stopped` when a call stays throttled through all its retries, which fails the map.
    mutating func replace(
        _ page: [Int], isRollback: Bool, isHealthy: Bool, at start: Double
    ) throws(Stopped) -> Outcome {
        var outcome = Outcome(end: start)
        var machines = page.map { Machine(id: $0) }
        var queue = EventQueue()
        for index in machines.indices { queue.add(index, at: start) }
        while let (now, index) = queue.next() {
            var machine = machines[index]
            let step = machine.step
            guard buckets[step.action, default: TokenBucket(step.rate)].take(at: now) else {
                queue.add(index, at: now + (try backOff(&machine)))
                machines[index] = machine
                continue
            }
            machine.attempts = 0
            calls[step.action, default: 0] += 1
            let entered = transitions.reserve(step.transitions, at: now)
            machine.waits[Quota.transitions.name, default: 0] += entered - now
            let done = entered + parameters.callSeconds
            if step == .endOldMachine {
                let launch = launches.reserve(1, at: now)
                machine.waits[Quota.launches.name, default: 0] += launch - now
                machine.isReady = isHealthy ? max(launch, done) + parameters.replacementSeconds : .infinity
                if isRollback { renewed.remove(machine.id) } else { renewed.insert(machine.id) }
            }
            if let next = following(machine, isRollback: isRollback, at: now) {
                machine.step = next
                if next == .readHealth {
                    machine.polls += step == .readHealth ? 1 : 0
                    queue.add(index, at: done + parameters.pollSeconds)
                } else {
                    queue.add(index, at: done)
                }
            } else {
                if step == .readNewMachine { outcome.replaced.append(machine.id) }
                if step == .readHealth { outcome.refused.append(machine.id) }
                if done >= outcome.end {
                    outcome.end = done
                    outcome.spent = machine.waits
                }
            }
            machines[index] = machine
        }
        outcome.spent["replacement"] = outcome.end - start - outcome.spent.values.reduce(0, +)
        // What was refused was replaced as well, though not soundly.
        outcome.replaced = (outcome.replaced + outcome.refused).sorted()
        outcome.refused.sort()
        return outcome
    }

    /// The step after a machine's current one; `nil` when the machine is done.
    private func following(_ machine: Machine, isRollback: Bool, at now: Double) -> ReplaceStep? {
        let isCurrent = renewed.contains(machine.id) != isRollback
        switch machine.step {
        case .readGroup: return .findVersion
        // The version from before is there; that of a new image is made once.
        case .findVersion: return isRollback || isCurrent ? .readMachine : .makeVersion
        case .makeVersion: return .readMachine
        case .readMachine: return isCurrent ? nil : .pinVersion
        case .pinVersion: return .endOldMachine
        case .endOldMachine: return .readHealth
        case .readHealth:
            if machine.isReady <= now { return .readNewMachine }
            return machine.polls + 1 < parameters.maxPolls ? .readHealth : nil
        case .readNewMachine: return nil
        }
    }

    private mutating func backOff(_ machine: inout Machine) throws(Stopped) -> Double {
        let retries = Self.retries
        guard machine.attempts < retries.attempts else { throw Stopped(quota: machine.step.rate.refill) }
        var longest = retries.interval
        for _ in 0..<machine.attempts { longest *= retries.rate }
        machine.attempts += 1
        let wait = Double.random(in: 0...min(longest, retries.maximum), using: &random)
        machine.waits[machine.step.rate.name, default: 0] += wait
        return wait
    }
}
