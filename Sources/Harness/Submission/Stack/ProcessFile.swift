import Foundation
import HarnessSupport
import Tooling

/// A process that can outlive the harness, known by a file that the process itself writes before it does anything.
///
/// However the harness ends, the file names the process; the command line tells it from a later process with its number.
struct ProcessFile: Sendable {
    let path: String
    /// A word of the process's command line that no other process has.
    let mark: String

    /// The command that notes its own number and then becomes `program`.
    func noting(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("/bin/sh", ["-c", #"echo $$ >"$0" && exec "$@""#, path, program] + arguments)
    }

    /// Starts `program` so that it goes on when the harness ends: in a session of its own, which the terminal's
    /// interrupt does not reach.
    ///
    /// - Parameter log: the file that takes its output.
    /// - Throws: `HarnessError` where it cannot be started.
    func launch(
        _ program: String, _ arguments: [String], environment: [String: String?] = [:], folder: String? = nil,
        log: String
    ) async throws {
        let (noting, words) = noting(program, arguments)
        let launched = try await Command(
            "/bin/sh", ["-c", #"log=$1; shift; "$@" </dev/null >"$log" 2>&1 &"#, "launch", log, noting] + words,
            environment: environment, folder: folder, isSession: true
        ).run()
        guard launched.isSuccess else {
            throw HarnessError("cannot start \(program.lastPathPart): \(launched.lastLine)")
        }
    }

    /// The process's number while it runs.
    func running() async -> Int32? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let listing = try? await Command("ps", ["-o", "args=", "-p", "\(number)"]).run(),
            listing.stdout.contains(mark)
        else { return nil }
        return number
    }

    /// Ends the process and waits: politely first, and by force after `patience`.
    ///
    /// - Throws: `HarnessError` when it is still there afterwards.
    func stop(patience: Duration) async throws {
        for signal in [SIGTERM, SIGKILL] {
            guard let number = await running() else { break }
            kill(number, signal)
            let end = ContinuousClock.now + (signal == SIGTERM ? patience : .seconds(5))
            while ContinuousClock.now < end, await running() != nil { try await Task.sleep(for: .milliseconds(50)) }
        }
        if let number = await running() {
            throw HarnessError("process \(number) does not end", remedy: "stop it by hand")
        }
        try FileManager.default.removeIfPresent(path)
    }
}
