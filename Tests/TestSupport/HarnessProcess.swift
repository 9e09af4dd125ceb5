import Foundation
import Subprocess

#if canImport(System)
    import System
#else
    import SystemPackage
#endif

/// The harness as a user runs it: a process with arguments, output and an exit code.
public struct HarnessProcess: Sendable {
    public var arguments: [String]
    public var folder: String
    public var environment: [String: String?] = [:]
    /// Runs as this user where set; only root can.
    public var user: UInt32?
    public var executable: String

    public init(
        _ arguments: [String], in folder: String = Project.root, environment: [String: String?] = [:],
        user: UInt32? = nil, executable: String = Project.executable
    ) {
        self.arguments = arguments
        self.folder = folder
        self.environment = environment
        self.user = user
        self.executable = executable
    }

    public struct Result: Sendable {
        /// The exit code; `nil` when a signal ended it.
        public let code: Int32?
        public let stdout: String
        public let stderr: String
    }

    /// Runs to the end. `onStart` gets the process's number, to send it signals.
    public func run(onStart: @escaping @Sendable (Int32) async throws -> Void = { _ in }) async throws -> Result {
        var options = PlatformOptions()
        options.processGroupID = 0
        if let user {
            options.userID = user
            options.groupID = user
        }
        let changes = environment.reduce(into: [Environment.Key: String?]()) {
            $0[Environment.Key(rawValue: $1.key)!] = $1.value
        }
        let result = try await Subprocess.run(
            .path(FilePath(executable)), arguments: Arguments(arguments),
            environment: .inherit.updating(changes), workingDirectory: FilePath(folder), platformOptions: options,
            input: .none, output: .sequence, error: .sequence
        ) { execution in
            let (stdout, stderr) = (execution.standardOutput, execution.standardError)
            async let errors = Self.all(stderr)
            let number = execution.processIdentifier.value
            let starter = Task { try await onStart(number) }
            let output = try await Self.all(stdout)
            // What waits for a process that has ended would wait for ever.
            starter.cancel()
            try await starter.value
            return (output, try await errors)
        }
        var code: Int32?
        if case .exited(let value) = result.terminationStatus { code = value }
        return Result(code: code, stdout: result.closureResult.0, stderr: result.closureResult.1)
    }

    private static func all(_ stream: SubprocessOutputSequence) async throws -> String {
        var text = ""
        for try await line in stream.strings() { text += line + "\n" }
        return text
    }
}
