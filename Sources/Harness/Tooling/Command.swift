import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// A call of an outside program, with collected output.
///
/// The program runs in its own process group. An interrupt at the terminal reaches only the harness, which then ends
/// the group in an orderly way.
package struct Command: Sendable {
    var program: String
    var arguments: [String]
    /// Changes to the inherited environment; `nil` removes a variable.
    var environment: [String: String?] = [:]
    var folder: String?
    /// Whether the program leads its own session, which lets it continue after the harness ends.
    var isSession = false

    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:], folder: String? = nil,
        isSession: Bool = false
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.isSession = isSession
    }

    package struct Output: Sendable {
        let status: TerminationStatus
        package let stdout: String
        package let stderr: String

        package var isSuccess: Bool { status.isSuccess }

        /// The exit code, or `nil` when a signal ended the program.
        package var exitCode: Int32? {
            if case .exited(let code) = status { return code }
            return nil
        }

        /// The last line that is not blank, in which most tools state the reason.
        package var lastLine: String {
            let text = stderr.isEmpty ? stdout : stderr
            return text.split(separator: "\n").last { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? "no output"
        }
    }

    /// Runs the program to its end.
    ///
    /// - Throws: `Tool.Missing` when the program cannot be started; `CancellationError` when the task is cancelled,
    ///   after the program has ended.
    package func run() async throws -> Output {
        try Task.checkCancellation()
        let result: ExecutionResult<Void, StringOutput<Unicode.UTF8>, StringOutput<Unicode.UTF8>>
        do {
            result = try await Subprocess.run(
                configuration, input: .none,
                output: .string(limit: 256 << 20), error: .string(limit: 64 << 20))
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Tool.Missing(
                program, reason: Self.reason(error), remedy: "install it, or put it on the PATH")
        }
        try Task.checkCancellation()
        return Output(status: result.terminationStatus, stdout: result.standardOutput, stderr: result.standardError)
    }

    /// Runs the program to its end and passes on standard output line by line.
    ///
    /// - Throws: as `run()`.
    package func run(onLine: @escaping @Sendable (String) -> Void) async throws -> Output {
        try Task.checkCancellation()
        do {
            let result = try await Subprocess.run(
                configuration, input: .none, output: .sequence, error: .string(limit: 64 << 20)
            ) { execution in
                var all = ""
                for try await line in execution.standardOutput.strings() {
                    onLine(line)
                    all += line + "\n"
                }
                return all
            }
            try Task.checkCancellation()
            return Output(status: result.terminationStatus, stdout: result.closureResult, stderr: result.standardError)
        } catch let error as SubprocessError {
            try Task.checkCancellation()
            throw Tool.Missing(
                program, reason: Self.reason(error), remedy: "install it, or put it on the PATH")
        }
    }

    private static func reason(_ error: SubprocessError) -> String {
        let text = "\(error)"
        return "cannot be started: \(text.hasSuffix(".") ? String(text.dropLast()) : text)"
    }

    private var configuration: Configuration {
        var options = PlatformOptions()
        if isSession { options.createSession = true } else { options.processGroupID = 0 }
        options.teardownSequence = [
            .send(signal: .terminate, toProcessGroup: true, allowedDurationToNextStep: .seconds(20)),
            .send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .seconds(1)),
        ]
        return Configuration(
            executable: program.contains("/") ? .path(FilePath(program)) : .name(program),
            arguments: Arguments(arguments),
            environment: .inherit.updating(environment.asEnvironment),
            workingDirectory: folder.map { FilePath($0) },
            platformOptions: options)
    }
}

extension [String: String?] {
    /// The environment for swift-subprocess, without invalid variable names.
    package var asEnvironment: [Environment.Key: String?] {
        reduce(into: [:]) { result, variable in
            if let key = Environment.Key(rawValue: variable.key) { result[key] = variable.value }
        }
    }
}
