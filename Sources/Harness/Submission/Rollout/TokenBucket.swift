/// Throttling as EC2 describes it: each request takes a token, and tokens come back at a steady rate up to a maximum.
struct TokenBucket {
    let size: Double
    let refill: Double
    private var tokens: Double
    private var time = 0.0

    init(_ rate: Quota.Rate) { self.init(size: Double(rate.size.number), refill: Double(rate.refill.number)) }

    init(size: Double, refill: Double) {
        self.size = size
        self.refill = refill
        tokens = size
    }

    /// Takes a token, or refuses the request, as an API does. Times must not go back.
    mutating func take(at now: Double) -> Bool {
        fill(until: now)
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }

    /// Takes tokens that may not be there yet, as a service does that queues.
    ///
    /// - Returns: when they are there.
    mutating func reserve(_ count: Int, at now: Double) -> Double {
        fill(until: now)
        tokens -= Double(count)
        return tokens >= 0 ? now : now - tokens / refill
    }

    private mutating func fill(until now: Double) {
        precondition(now >= time, "a bucket's time goes forward")
        tokens = min(size, tokens + (now - time) * refill)
        time = now
    }
}
