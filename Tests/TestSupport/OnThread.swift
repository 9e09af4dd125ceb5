import Dispatch

/// Runs long work on a thread of its own, two at a time: the few threads that all tests share would wait for it.
public func onThread<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await cores.hold {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: work()) }
        }
    }
}

private let cores = AsyncSemaphore(2)
