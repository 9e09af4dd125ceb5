@preconcurrency import Dispatch
import NIOConcurrencyHelpers

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// SIGTERM: a function that waits ends at once, one that works ends after its answer.
final class Termination: Sendable {
    private struct State {
        var isIdle = false
        var isDue = false
    }

    private let state = NIOLockedValueBox(State())
    private let source: any DispatchSourceSignal

    init() {
        signal(SIGTERM, SIG_IGN)
        source = DispatchSource.makeSignalSource(signal: SIGTERM, queue: .global())
        source.setEventHandler { [state] in
            let isIdle = state.withLockedValue { state in
                state.isDue = true
                return state.isIdle
            }
            if isIdle { exit(0) }
        }
        source.activate()
    }

    var isDue: Bool { state.withLockedValue(\.isDue) }

    func setIdle(_ isIdle: Bool) {
        let isOver = state.withLockedValue { state in
            state.isIdle = isIdle
            return isIdle && state.isDue
        }
        if isOver { exit(0) }
    }
}
