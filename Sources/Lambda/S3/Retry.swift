import NIOCore

/// How long to wait before the next attempt: exponential with full jitter, as the Amazon Builders' Library describes
/// it under "Timeouts, retries, and backoff with jitter".
public struct RetryPolicy: Sendable {
    /// The upper bound of the first wait; it doubles with each attempt.
    var base: TimeAmount = .milliseconds(50)
    var cap: TimeAmount = .seconds(10)

    public init(base: TimeAmount = .milliseconds(50), cap: TimeAmount = .seconds(10)) {
        self.base = base
        self.cap = cap
    }

    func delay(after attempt: Int) -> TimeAmount {
        let bound = min(cap.nanoseconds, base.nanoseconds << Int64(min(attempt, 20)))
        return .nanoseconds(Int64.random(in: 0...max(1, bound)))
    }
}

/// Time runs out at the deadline; what is still passing then is the caller's to report.
func retrying<Result>(
    _ policy: RetryPolicy, until deadline: NIODeadline, onRetry: (any Error) -> Void = { _ in },
    send: (_ attempt: Int) async throws -> Result
) async throws -> Result {
    var attempt = 0
    while true {
        do {
            return try await send(attempt)
        } catch  where isPassing(error) {
            let delay = policy.delay(after: attempt)
            guard NIODeadline.now() + delay < deadline, !Task.isCancelled else { throw error }
            onRetry(error)
            try await Task.sleep(for: .nanoseconds(delay.nanoseconds))
            attempt += 1
        }
    }
}

func isPassing(_ error: any Error) -> Bool {
    (error as? S3Error)?.isPassing ?? (error is TransportError)
}
