import ArgumentParser
import Dispatch
import Foundation
import Reporting
import Tooling

/// Runs `body` so that SIGINT or SIGTERM cancels it: child processes end in order, then the command exits with 130.
package func interruptible(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let work = Task { try await body() }
    let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            FileHandle.standardError.write(Data("\ninterrupted: stopping running work\n".utf8))
            work.cancel()
        }
        source.resume()
        return source
    }
    defer { for source in sources { source.cancel() } }
    do {
        try await work.value
    } catch is CancellationError {
        throw ExitCode(130)
    } catch {
        if work.isCancelled { throw ExitCode(130) }
        throw error
    }
}

/// Prints in one line why the command failed.
package func fail(_ error: Any) -> ExitCode {
    let line = text(of: error).split(whereSeparator: \.isNewline).joined(separator: " ").withoutControls
    FileHandle.standardError.write(Data("error: \(line)\n".utf8))
    HarnessHome.standard().leaveNothingEmpty()
    return ExitCode(2)
}

/// Foundation's own description of a file that could not be written is a dump of its parts.
private func text(of error: Any) -> String {
    guard let error = error as? CocoaError else { return "\(error)" }
    let reason = (error.underlying as? POSIXError).map { String(cString: strerror($0.code.rawValue)) }
    let place = error.filePath.map { "\($0): " } ?? ""
    return "\(place)\(reason ?? error.localizedDescription); make room or make it writable, or set HARNESS_HOME"
}
