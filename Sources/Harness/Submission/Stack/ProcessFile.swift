import Foundation
import HarnessSupport
import Tooling

/// A process that can outlive the harness. The process first writes a file that identifies it.
///
/// The file survives a crash of the harness; the command line distinguishes the process from a later one with its pid.
struct ProcessFile: Sendable {
    let path: String
    /// A unique word of the process's command line.
    let mark: String

    /// The command that writes its own pid and then executes `program`.
    func noting(_ program: String, _ arguments: [String]) -> (program: String, arguments: [String]) {
        ("/bin/sh", ["-c", #"echo $$ >"$0" && exec "$@""#, path, program] + arguments)
    }

    /// Starts `program` so that it continues after the harness: in a separate session, which the terminal's
    /// interrupt does not reach.
    ///
    /// - Parameter log: the file that takes its output.
    /// - Throws: `HarnessError` if the program cannot be started.
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

    /// The pid of the running process.
    func running() async -> Int32? {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8),
            let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)),
            let listing = try? await Command("ps", ["-o", "args=", "-p", "\(number)"]).run(),
            listing.stdout.contains(mark)
        else { return nil }
        return number
    }

    /// Stops the process and waits: SIGTERM, then SIGKILL after `patience`.
    ///
    /// - Throws: `HarnessError` if the process still runs afterwards.
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
