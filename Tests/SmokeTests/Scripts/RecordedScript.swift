import Foundation
import TestSupport
import Testing

/// A script with programs that only note their calls, in the place of those that reach a cluster, an engine or a
/// registry: which of them is called, with what and in what order is what such a script is for.
struct RecordedScript {
    let path: String
    /// The programs that are there in addition to the system's own.
    var programs = ["kubectl", "kind", "docker", "istioctl", "curl", "sha256sum", "sleep"]
    /// What they do in addition, in Bash; `$0` and `$*` tell which call it is.
    var answer = ""
    var environment: [String: String?] = [:]

    struct Result {
        let code: Int32?
        let out: String
        let err: String
        let calls: [String]
    }

    /// The system's own that it finds.
    var system = [
        "awk", "basename", "bash", "cat", "chmod", "cp", "cut", "diff", "dirname", "env", "find", "grep", "head", "ls",
        "mkdir", "mktemp", "mv", "rm", "sed", "sort", "tail", "tar", "tee", "touch", "tr", "uname", "wc",
    ]

    func callAsFunction(_ arguments: String...) async throws -> Result { try await run(arguments) }

    func run(_ arguments: [String]) async throws -> Result {
        try await withScratch { folder in
            let stub = """
                #!/usr/bin/env bash
                echo "${0##*/} $*" >>"$CALLS"
                eval "$ANSWER"
                """
            try write(Dictionary(uniqueKeysWithValues: programs.map { ("bin/\($0)", stub) }), to: folder)
            let system = try linkTools(system.filter { !programs.contains($0) }, into: folder + "/system")
            let changes: [String: String?] = [
                "PATH": "\(folder)/bin:\(system)", "CALLS": "\(folder)/calls", "ANSWER": answer, "HARNESS_ASSETS": nil,
                "DOCKER": nil, "KIND_NODE_IMAGE": nil, "PYENV_ROOT": folder,
            ]
            let result = try await HarnessProcess(
                arguments, in: folder, environment: changes.merging(environment) { $1 },
                executable: path.hasPrefix("/") ? path : "\(Project.root)/\(path)"
            ).run()
            let calls = (try? String(contentsOfFile: "\(folder)/calls", encoding: .utf8)) ?? ""
            return Result(
                code: result.code, out: result.stdout, err: result.stderr,
                calls: calls.split(separator: "\n").map(String.init))
        }
    }

    /// One line that says what is wrong, that exit code, and nothing called.
    func refuses(
        _ arguments: [String], _ message: String, code: Int32 = 2, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let result = try await run(arguments)
        #expect(result.code == code, "\(path) \(arguments)", sourceLocation: sourceLocation)
        #expect(result.err.contains(message), "\(path) \(arguments): \(result.err)", sourceLocation: sourceLocation)
        let lines = result.err.split(separator: "\n").count
        #expect(lines == 1, "\(path) \(arguments): \(result.err)", sourceLocation: sourceLocation)
        if code == 2 { #expect(result.calls == [], "\(path) \(arguments)", sourceLocation: sourceLocation) }
    }
}
