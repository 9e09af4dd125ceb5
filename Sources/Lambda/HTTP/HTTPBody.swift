import NIOConcurrencyHelpers
import NIOCore

/// A response's body on its way from the event loop to the one task that reads it.
///
/// The event loop stops reading from the socket while more than `limit` bytes wait here.
final class HTTPBody: Sendable {
    private static let limit = 1 << 20

    private struct State {
        var parts = CircularBuffer<ByteBuffer>()
        var waiting = 0
        var end: Result<Void, any Error>?
        var reader: CheckedContinuation<ByteBuffer?, any Error>?
        var isPaused = false
    }

    private let state = NIOLockedValueBox(State())
    /// Tells the event loop to read on.
    private let resume: @Sendable () -> Void
    /// Closes the connection: for a reader that wants no more.
    let abandon: @Sendable () -> Void

    init(resume: @escaping @Sendable () -> Void, abandon: @escaping @Sendable () -> Void) {
        self.resume = resume
        self.abandon = abandon
    }

    /// The next part; `nil` at the end.
    ///
    /// - Throws: `TransportError` when the body broke off.
    func next() async throws -> ByteBuffer? {
        let ready: ByteBuffer?? = try state.withLockedValue { state in
            if let part = state.parts.popFirst() {
                state.waiting -= part.readableBytes
                return part
            }
            guard let end = state.end else { return ByteBuffer??.none }
            try end.get()
            return .some(nil)
        }
        if let part = ready {
            resumeIfPaused()
            return part
        }
        resumeIfPaused()
        return try await withCheckedThrowingContinuation { continuation in
            let answer: Result<ByteBuffer?, any Error>? = state.withLockedValue { state in
                if let part = state.parts.popFirst() {
                    state.waiting -= part.readableBytes
                    return .success(part)
                }
                if let end = state.end { return end.map { nil } }
                state.reader = continuation
                return nil
            }
            if let answer { continuation.resume(with: answer) }
        }
    }

    /// Adds a part that arrived.
    func append(_ part: ByteBuffer) {
        let reader = state.withLockedValue { state in
            if let reader = state.reader {
                state.reader = nil
                return reader as CheckedContinuation<ByteBuffer?, any Error>?
            }
            state.parts.append(part)
            state.waiting += part.readableBytes
            return nil
        }
        reader?.resume(returning: part)
    }

    func finish(_ end: Result<Void, any Error>) {
        let reader = state.withLockedValue { state in
            guard state.end == nil else { return nil as CheckedContinuation<ByteBuffer?, any Error>? }
            state.end = end
            defer { state.reader = nil }
            return state.reader
        }
        reader?.resume(with: end.map { nil })
    }

    /// Whether the event loop may read on; when not, `resume` is called later.
    func wantsMore() -> Bool {
        state.withLockedValue { state in
            state.isPaused = state.waiting > Self.limit
            return !state.isPaused
        }
    }

    var isPaused: Bool { state.withLockedValue(\.isPaused) }

    private func resumeIfPaused() {
        let isDue = state.withLockedValue { state in
            guard state.isPaused, state.waiting <= Self.limit / 2 else { return false }
            state.isPaused = false
            return true
        }
        if isDue { resume() }
    }
}
