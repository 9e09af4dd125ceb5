import Foundation
import Testing

/// How many may do something at a time; the others wait for their turn, first come first served.
public actor AsyncSemaphore {
    private var free: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(_ count: Int) { free = count }

    /// The processors hold this many tests that work for long; with more at once each is only late, and a program that
    /// waits for a late server takes it for a broken one.
    public static let heavy = AsyncSemaphore(ProcessInfo.processInfo.activeProcessorCount + 1)

    /// Runs `body` when it is its turn. A body must not ask for a place of the same kind: all may be taken by such.
    ///
    /// - Parameter isLongest: does not wait behind others: begun last, it would end alone, on a machine that idles.
    nonisolated public func hold<Result>(
        isLongest: Bool = false, _ body: () async throws -> Result
    ) async rethrows -> Result {
        await take(isLongest)
        do {
            let result = try await body()
            await leave()
            return result
        } catch {
            await leave()
            throw error
        }
    }

    private func take(_ isLongest: Bool) async {
        guard free == 0 else {
            free -= 1
            return
        }
        await withCheckedContinuation { waiting.insert($0, at: isLongest ? 0 : waiting.count) }
    }

    private func leave() {
        if waiting.isEmpty { free += 1 } else { waiting.removeFirst().resume() }
    }
}

/// A test, or each test of a suite, that takes one of the heavy places.
public struct Heavy: TestTrait, SuiteTrait, TestScoping {
    public let isRecursive = true

    /// The suite itself takes none: its tests would wait for it.
    public func scopeProvider(for test: Test, testCase: Test.Case?) -> Heavy? { testCase == nil ? nil : self }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await AsyncSemaphore.heavy.hold(function)
    }
}

extension Trait where Self == Heavy {
    public static var heavy: Heavy { Heavy() }
}
