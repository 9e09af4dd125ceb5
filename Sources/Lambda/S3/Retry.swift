import NIOConcurrencyHelpers
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

/// Limits the retries of one invocation, so that an S3 that keeps failing ends it early: Lambda's own retries come
/// minutes later, when they help more. A token bucket, as in the SDKs' standard mode ("Retry behavior" in the AWS SDKs
/// and Tools Reference Guide, https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
final class RetryBudget: Sendable {
    private static let capacity = 100
    private static let cost = 5
    private let state = NIOLockedValueBox((tokens: capacity, retries: 0))

    /// How many retries were made so far.
    var retries: Int { state.withLockedValue(\.retries) }

    /// Takes a retry out of the budget.
    ///
    /// - Returns: whether there was one.
    func take() -> Bool {
        state.withLockedValue { state in
            guard state.tokens >= Self.cost else { return false }
            state.tokens -= Self.cost
            state.retries += 1
            return true
        }
    }

    /// Returns a token for a request that succeeded.
    func earn() { state.withLockedValue { $0.tokens = min(Self.capacity, $0.tokens + 1) } }

    /// Starts a new invocation.
    func refill() { state.withLockedValue { $0.tokens = Self.capacity } }
}

/// Waits before the next attempt: at least as long as the server asked for.
///
/// - Throws: `error` when the wait would pass the deadline or the budget is spent.
func waitToRetry(
    after error: any Error, attempt: Int, policy: RetryPolicy, budget: RetryBudget, until deadline: NIODeadline
) async throws {
    let delay = max(policy.delay(after: attempt), (error as? S3Error)?.retryAfter ?? .zero)
    guard NIODeadline.now() + delay < deadline, !Task.isCancelled, budget.take() else { throw error }
    try await Task.sleep(for: .nanoseconds(delay.nanoseconds))
}

/// Keeps the error that a retry is for. Where the deadline ends the retry, that error is the one to report.
struct RetryCause {
    private var last: (any Error)?

    /// - Returns: `error`, or the earlier error where `error` only says that the deadline passed.
    mutating func of(_ error: any Error) -> any Error {
        if (error as? TransportError)?.isDeadline == true, let last { return last }
        last = error
        return error
    }
}

/// Repeats a request while its errors are passing, the deadline is ahead and the budget lasts.
///
/// - Throws: the last error that says more than that the deadline passed.
func retrying<Result>(
    _ policy: RetryPolicy, budget: RetryBudget = RetryBudget(), until deadline: NIODeadline,
    send: (_ attempt: Int) async throws -> Result
) async throws -> Result {
    var attempt = 0
    var cause = RetryCause()
    while true {
        do {
            let result = try await send(attempt)
            budget.earn()
            return result
        } catch  where isPassing(error) {
            try await waitToRetry(
                after: cause.of(error), attempt: attempt, policy: policy, budget: budget, until: deadline)
            attempt += 1
        }
    }
}

func isPassing(_ error: any Error) -> Bool {
    (error as? S3Error)?.isPassing ?? (error is TransportError)
}
