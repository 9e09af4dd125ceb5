import CheckCommands
import CheckCore
import Foundation
import KubernetesModel
import Submission
import Subprocess
import TestSupport
import Testing
import Tooling

/// A stack with a home and a port of its own, so that tests run side by side; fetched tools are shared.
struct StackUnderTest: Sendable {
    let home: String
    let userHome: String
    let port = freePort()

    /// Runs `body` with a fresh stack, and takes the stack down whatever happens.
    static func with(_ body: (StackUnderTest) async throws -> Void) async throws {
        try await AsyncSemaphore.heavy.hold { try await use(body) }
    }

    private static func use(_ body: (StackUnderTest) async throws -> Void) async throws {
        let toolbox = Toolbox(home: Project.home) { print($0) }
        // No stack needs promtool, which not every machine has.
        for tool in Tool.all where tool.name != "promtool" { try await toolbox.fetch(tool) }
        try await withScratch { folder in
            let stack = StackUnderTest(home: folder + "/.harness", userHome: folder + "/user")
            for made in [stack.home, stack.userHome] {
                try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
            }
            try FileManager.default.createSymbolicLink(
                atPath: stack.home + "/tools", withDestinationPath: Project.home.tools)
            do {
                try await body(stack)
            } catch {
                _ = try? await stack.harness("down").run()
                throw error
            }
            let down = try await stack.harness("down").run()
            #expect(down.code == 0, "\(down.stderr)")
        }
    }

    func harness(_ arguments: String...) -> HarnessProcess {
        let usesPort =
            ["up", "down", "status", "permissions"].contains(arguments.first) && !arguments.contains("--port")
        // The applications have tests of their own, and an engine is not everywhere.
        let leavesOut = arguments.first == "up" && !arguments.contains("--cluster")
        // Minutes of both cores: it has a test of its own. A real account has none.
        let leavesModels = arguments.first == "up" && !arguments.contains("mlops") && !arguments.contains("aws")
        return HarnessProcess(
            arguments + (leavesModels ? ["--without", "mlops"] : []) + (usesPort ? ["--port", "\(port)"] : [])
                + (leavesOut ? ["--cluster", "none"] : []),
            environment: ["HARNESS_HOME": home, "HOME": userHome])
    }

    var folder: String { home + "/stack/local" }

    func contains(_ path: String) -> Bool { FileManager.default.fileExists(atPath: folder + "/" + path) }

    /// The state of each component, as other programs read it.
    func states() async throws -> [String: String] {
        struct Document: Decodable {
            struct Component: Decodable { let name, state, endpoint, detail: String }
            let components: [Component]
        }
        let answer = try await harness("status", "--format", "json").run()
        let document = try JSONDecoder().decode(Document.self, from: Data(answer.stdout.utf8))
        return Dictionary(uniqueKeysWithValues: document.components.map { ($0.name, $0.state) })
    }

    /// What a shell prints that has sourced the stack's environment, as the README tells its reader to.
    func shell(_ script: String) async throws -> String {
        let output = try await run(
            .path("/bin/bash"),
            arguments: [
                "-euo", "pipefail", "-c", "source \"$1/env\"; PATH=\"$2:$PATH\"; \(script)", "shell", folder,
                try tools(),
            ],
            output: .string(limit: 1 << 20), error: .string(limit: 1 << 20))
        #expect(output.terminationStatus.isSuccess, "\(output.standardError)")
        return output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    private func tools() throws -> String {
        let names = try FileManager.default.contentsOfDirectory(atPath: home + "/tools")
        return home + "/tools/" + (try #require(names.first { $0.hasPrefix("check-") })) + "/bin"
    }

    /// Expects that no process, file or listener of this stack is left.
    ///
    /// - Parameter settings: what an outside program may keep in the user's home.
    func expectNothingLeft(besides settings: Set<String> = []) async throws {
        #expect(!FileManager.default.fileExists(atPath: folder))
        let kept = Set(try FileManager.default.contentsOfDirectory(atPath: userHome))
        #expect(kept.subtracting(settings) == [])
        let processes = try await run(.name("ps"), arguments: ["-eo", "pid,args"], output: .string(limit: 1 << 22))
        let own = processes.standardOutput.split(separator: "\n").filter {
            $0.contains(home) || $0.contains("-p \(port)")
        }
        #expect(own.filter { !$0.contains("ps -eo") } == [])
        #expect(
            try await run(
                .name("curl"), arguments: ["-s", "--noproxy", "*", "http://127.0.0.1:\(port)/"], output: .discarded
            ).terminationStatus == .exited(7), "something still listens on \(port)")
    }
}

/// Waits for something that another process does; ends when that process does, which cancels it.
func wait(until condition: () throws -> Bool) async throws {
    while try !condition() { try await Task.sleep(for: .milliseconds(20)) }
}

/// Holds a port of 127.0.0.1 while `body` runs.
@discardableResult
func whileListening<Result>(on port: Int, _ body: () async throws -> Result) async throws -> Result {
    let holder = socket(AF_INET, streamType, 0)
    defer { close(holder) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = inet_addr("127.0.0.1")
    let bound = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            bind(holder, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    try #require(bound == 0 && listen(holder, 1) == 0)
    return try await body()
}

private var streamType: Int32 {
    #if canImport(Glibc)
        Int32(SOCK_STREAM.rawValue)
    #else
        SOCK_STREAM
    #endif
}
