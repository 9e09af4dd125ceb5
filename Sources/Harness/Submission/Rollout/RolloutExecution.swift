/// The outer states of rollout.asl.json.
struct RolloutExecution {
    private let parameters: RolloutParameters
    private let trouble: Rollout.Trouble
    private let fleet: [Rollout.Wave: [Int]]
    private var replacement: BatchReplacement
    private var result = Rollout()
    private var now = 0.0

    init(users: Int, parameters: RolloutParameters, trouble: Rollout.Trouble, seed: UInt64) {
        self.parameters = parameters
        self.trouble = trouble
        let first = min(parameters.firstWave, users)
        fleet = [.first: Array(0..<first), .rest: Array(first..<users)]
        replacement = BatchReplacement(parameters: parameters, seed: seed)
    }

    mutating func run() -> Rollout {
        // Settings and Begin; ExecutionStarted.
        result.events = 5
        do {
            try call("dynamodb:putItem")
            try call("ssm:getParameter")
            try call("cloudwatch:describeAlarms")
            try pass()
            if try bring(isRollback: false) {
                try call("dynamodb:putItem")
                try call("dynamodb:deleteItem")
                try call("ssm:getParameter")
                result.end = .succeeded
            } else {
                try call("dynamodb:getItem")
                try call("ssm:getParameter")
                try call("ssm:putParameter")
                try pass(3)
                _ = try bring(isRollback: true)
                try call("dynamodb:deleteItem")
                try call("sns:publish")
                try call("ssm:getParameter")
                result.end = .rolledBack
            }
        } catch {
            result.end = .stopped(by: error.quota)
        }
        result.seconds = now
        result.renewed = replacement.renewed.sorted()
        for (action, count) in replacement.calls { result.calls[action, default: 0] += count }
        return result
    }

    /// Both waves, page by page.
    ///
    /// - Returns: whether all of it is sound.
    private mutating func bring(isRollback: Bool) throws(Stopped) -> Bool {
        for wave in [Rollout.Wave.first, .rest] {
            let machines = fleet[wave]!
            // A wave of nobody is one empty page.
            for start in stride(from: 0, to: max(machines.count, 1), by: parameters.batchSize) {
                let page = Array(machines.dropFirst(start).prefix(parameters.batchSize))
                try call(ReplaceStep.readGroup.action)
                guard try replace(page, wave: wave, isRollback: isRollback) else { return false }
                try pass()
            }
            try pass()
        }
        return true
    }

    private mutating func replace(_ page: [Int], wave: Rollout.Wave, isRollback: Bool) throws(Stopped) -> Bool {
        let start = now
        var isHealthy = true
        if case .badImage = trouble, !isRollback { isHealthy = false }
        let outcome = try replacement.replace(page, isRollback: isRollback, isHealthy: isHealthy, at: now)
        now = outcome.end
        for (name, seconds) in outcome.spent { result.spent[name, default: 0] += seconds }
        result.batches.append(
            Rollout.Batch(
                wave: wave, isRollback: isRollback, machines: page, replaced: outcome.replaced, start: start,
                seconds: now - start))
        // MapStateEntered, MapRunStarted, MapRunSucceeded, MapStateExited.
        result.events += 4
        try pass()
        if !outcome.refused.isEmpty { return false }
        guard !outcome.replaced.isEmpty, !isRollback else { return true }
        now += parameters.soakSeconds
        result.spent["soak", default: 0] += parameters.soakSeconds
        try pass()
        try call("cloudwatch:describeAlarms")
        try pass()
        if case .alarm(let batch) = trouble { return result.batches.count != batch }
        return true
    }

    /// A task: entered, scheduled, started, succeeded, exited.
    private mutating func call(_ action: String) throws(Stopped) {
        now += parameters.callSeconds
        result.calls[action, default: 0] += 1
        result.spent["calls", default: 0] += parameters.callSeconds
        result.events += 5
        try judge()
    }

    /// States without a call: entered, exited.
    private mutating func pass(_ count: Int = 1) throws(Stopped) {
        result.events += 2 * count
        try judge()
    }

    private mutating func judge() throws(Stopped) {
        if result.events > Quota.history.number { throw Stopped(quota: .history) }
        if now > Double(Quota.timeout.number) {
            now = Double(Quota.timeout.number)
            throw Stopped(quota: .timeout)
        }
    }
}

/// The execution fails here.
struct Stopped: Error {
    let quota: Quota
}
