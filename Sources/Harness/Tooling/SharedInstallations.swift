/// Runs at most one installation of a name at a time. Concurrent callers wait for its result.
///
/// Failures are not cached: the next caller tries again. A cancelled caller stops waiting at once, and the installation
/// itself is cancelled only when no caller waits any more.
actor SharedInstallations {
    private struct Installation {
        let number: Int
        let task: Task<Void, Never>
        var waiters: [Int: CheckedContinuation<String, any Error>] = [:]
    }

    private var installations: [String: Installation] = [:]
    private var finished: [String: String] = [:]
    private var last = 0

    /// - Returns: what `body` returned.
    /// - Throws: the error of `body`, or `CancellationError` when the caller is cancelled.
    func result(of name: String, _ body: @escaping @Sendable () async throws -> String) async throws -> String {
        if let path = finished[name] { return path }
        last += 1
        let waiter = last
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard !Task.isCancelled else { return continuation.resume(throwing: CancellationError()) }
                installations[name, default: start(name, body)].waiters[waiter] = continuation
            }
        } onCancel: {
            Task { await leave(name, waiter) }
        }
    }

    private func start(_ name: String, _ body: @escaping @Sendable () async throws -> String) -> Installation {
        last += 1
        let number = last
        let task = Task {
            let result: Result<String, any Error>
            do { result = .success(try await body()) } catch { result = .failure(error) }
            finish(name, number, result)
        }
        return Installation(number: number, task: task)
    }

    private func finish(_ name: String, _ number: Int, _ result: Result<String, any Error>) {
        guard let installation = installations[name], installation.number == number else { return }
        installations[name] = nil
        if case .success(let path) = result { finished[name] = path }
        for waiter in installation.waiters.values { waiter.resume(with: result) }
    }

    private func leave(_ name: String, _ waiter: Int) {
        guard let continuation = installations[name]?.waiters.removeValue(forKey: waiter) else { return }
        continuation.resume(throwing: CancellationError())
        guard let installation = installations[name], installation.waiters.isEmpty else { return }
        installation.task.cancel()
        installations[name] = nil
    }
}
