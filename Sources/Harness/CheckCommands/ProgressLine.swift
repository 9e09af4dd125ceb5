import CheckEngine
import Foundation
import Reporting
import Synchronization

/// Shows progress on standard error: one changing line on a terminal, plain lines elsewhere.
package final class ProgressLine: Sendable {
    private struct State {
        var line = ""
        /// Progress of a run of checks.
        var count = ""
        var started = ContinuousClock.now
        var isLive = false
    }

    private let isTerminal = isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    private let state = Mutex(State())
    private let ticker = Mutex<Task<Void, Never>?>(nil)

    package init() {}

    /// Prints a permanent line.
    package func say(_ text: String) {
        clear()
        // File names and tool output must not control the terminal.
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(\.withoutControls)
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    /// Shows the current step; a terminal shows it with its elapsed time until the next call.
    package func show(_ text: String) {
        guard isTerminal else { return }
        state.withLock { state in
            state.line = text.withoutControls
            state.isLive = true
        }
        draw()
        ticker.withLock { ticker in
            guard ticker == nil else { return }
            ticker = Task { [weak self] in
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(200))
                    self?.draw()
                }
            }
        }
    }

    /// Prints a permanent line if no terminal shows progress.
    package func note(_ text: String) {
        if !isTerminal { say(text) }
    }

    package func finish() {
        ticker.withLock { ticker in
            ticker?.cancel()
            ticker = nil
        }
        clear()
    }

    package func clear() {
        guard isTerminal else { return }
        state.withLock { state in
            if state.isLive { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
            state.isLive = false
        }
    }

    private func draw() {
        state.withLock { state in
            guard state.isLive else { return }
            let elapsed = state.started.duration(to: .now)
            let text = String(
                format: "\r\u{1B}[K%5.1f s  ",
                Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) * 1e-18)
            FileHandle.standardError.write(Data((text + state.line.prefix(100)).utf8))
        }
    }

    /// Progress of a run of checks.
    package func report(_ event: Runner.Event) {
        switch event {
        case .planned: break
        case .started(let what): show(state.withLock { $0.count } + what)
        case .finished(let what, let done, let total, let seconds, let failed):
            state.withLock { $0.count = "\(done)/\(total)  " }
            if isTerminal {
                show("\(done)/\(total)  \(what)")
            } else if seconds > 1 || failed {
                say("[\(done)/\(total)] \(what)  \(String(format: "%.1f s", seconds))\(failed ? "  failed" : "")")
            }
        }
    }
}
