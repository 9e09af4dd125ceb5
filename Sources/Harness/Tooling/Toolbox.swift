import Foundation
import HarnessSupport

/// Finds outside tools and fetches the pinned ones on first use.
public actor Toolbox {
    /// The path and version of a tool.
    public struct Located: Sendable {
        /// `nil` if the tool will be fetched on first use.
        public let path: String?
        public let version: String
        public let origin: String
    }

    public nonisolated let home: HarnessHome
    package nonisolated let providers: ProviderHost
    package nonisolated let announce: @Sendable (String) -> Void
    private let installations = SharedInstallations()

    /// - Parameter announce: gets a one-line message when a download starts.
    public init(home: HarnessHome, announce: @escaping @Sendable (String) -> Void = { _ in }) {
        self.home = home
        self.providers = ProviderHost(home: home)
        self.announce = announce
    }

    /// Returns the executable's path, after fetching a missing pinned tool.
    ///
    /// - Throws: `Tool.Missing`.
    package func path(of tool: Tool) async throws -> String {
        switch tool.source {
        case .machine(let remedy):
            guard let path = Self.onPath(tool.name) else {
                throw Tool.Missing(tool.name, reason: "is not on the PATH", remedy: remedy)
            }
            return path
        case .checkEnvironment:
            let environment = PythonEnvironment(name: "check", lock: Pins.check, home: home)
            let folder = try await installations.result(of: "check") { [announce] in
                try await environment.install(announce: announce)
            }
            return folder.appendingPath("bin").appendingPath(tool.name)
        case .emulatorEnvironment(let file):
            let environment = PythonEnvironment(name: "emulator", lock: Pins.emulator, home: home)
            let folder = try await installations.result(of: "emulator") { [announce] in
                try await environment.install(announce: announce)
            }
            guard let path = Self.packageFile(file, in: folder) else {
                throw Tool.Missing(
                    tool.name, reason: "is not in its wheel", remedy: "use Linux, the only platform with this tool")
            }
            return path
        case .peersEnvironment:
            let environment = PythonEnvironment(name: "peers", lock: Pins.peers, home: home)
            let folder = try await installations.result(of: "peers") { [announce] in
                try await environment.install(announce: announce)
            }
            return folder.appendingPath("bin/python")
        case .terraform:
            if let path = Self.onPath("terraform") { return path }
            let release = TerraformRelease(home: home)
            return try await installations.result(of: "terraform") { [announce] in
                try await release.install(announce: announce)
            }
        case .kubectl:
            let release = KubectlRelease(home: home)
            return try await installations.result(of: "kubectl") { [announce] in
                try await release.locate(announce: announce)
            }
        case .definitions: return home.definitions
        case .debian(let package):
            if let path = Self.onPath(tool.name) { return path }
            let unpacked = DebianPackage(name: package, home: home)
            let folder = try await installations.result(of: package) { [announce] in
                try await unpacked.install(announce: announce)
            }
            return folder.appendingPath("usr/bin").appendingPath(tool.name)
        }
    }

    /// Fetches a pinned tool; does nothing for a tool that must be installed.
    ///
    /// - Throws: `Tool.Missing`.
    public func fetch(_ tool: Tool) async throws { _ = try await path(of: tool) }

    /// The cache key of a tool, which changes with its version. Fetches nothing.
    package nonisolated func identity(of tool: Tool) -> String {
        switch tool.source {
        case .machine: return Self.fingerprint(Self.onPath(tool.name))
        case .checkEnvironment: return Pins.check.digest
        case .emulatorEnvironment: return Pins.emulator.digest
        case .peersEnvironment: return Pins.peers.digest
        case .terraform: return Self.onPath("terraform").map { Self.fingerprint($0) } ?? Pins.Terraform.version
        case .kubectl: return Self.onPath("kubectl").map { Self.fingerprint($0) } ?? Pins.Kubectl.version
        case .definitions: return Pins.crds.digest
        case .debian(let package):
            return Self.fingerprint(
                Self.onPath(tool.name)
                    ?? Self.executable(
                        DebianPackage(name: package, home: home).folder.appendingPath("usr/bin/\(tool.name)")))
        }
    }

    /// The text of a pinned file of custom resource definitions: from `$HARNESS_ASSETS`, else fetched once.
    ///
    /// - Throws: `Tool.Missing`.
    package func definitions(_ file: DefinitionFile) async throws -> [UInt8] {
        let path = try await installations.result(of: file.path) { [announce, home] in
            try await file.install(home: home, announce: announce)
        }
        return FileManager.default.contents(atPath: path).map { [UInt8]($0) } ?? []
    }

    /// Returns the tool's path and version. Fetches nothing.
    ///
    /// - Returns: `nil` in `path` for a pinned tool that its first use will fetch.
    /// - Throws: `Tool.Missing` for a missing tool that must be installed.
    public func locate(_ tool: Tool) async throws -> Located {
        switch tool.source {
        case .machine:
            let path = try await path(of: tool)
            return Located(path: path, version: await Self.version(path, ["--version"]), origin: "this machine")
        case .checkEnvironment(let package):
            let folder = PythonEnvironment(name: "check", lock: Pins.check, home: home).folder
            return Located(
                path: Self.executable(folder.appendingPath("bin").appendingPath(tool.name)),
                version: Pins.version(of: package, in: Pins.check) ?? "?", origin: "PyPI, pinned by hash")
        case .emulatorEnvironment(let file):
            let folder = PythonEnvironment(name: "emulator", lock: Pins.emulator, home: home).folder
            return Located(
                path: Self.packageFile(file, in: folder),
                version: Pins.version(of: "aws-sam-cli", in: Pins.emulator) ?? "?", origin: "PyPI, pinned by hash")
        case .peersEnvironment:
            let folder = PythonEnvironment(name: "peers", lock: Pins.peers, home: home).folder
            return Located(
                path: Self.executable(folder.appendingPath("bin/python")),
                version: Pins.version(of: "polars", in: Pins.peers) ?? "?", origin: "PyPI, pinned by hash")
        case .terraform:
            if let path = Self.onPath("terraform") {
                return Located(path: path, version: await Self.version(path, ["version"]), origin: "this machine")
            }
            return Located(
                path: Self.executable(TerraformRelease(home: home).executable), version: Pins.Terraform.version,
                origin: "HashiCorp, pinned by hash")
        case .kubectl:
            if let path = Self.onPath("kubectl") {
                return Located(
                    path: path, version: await Self.version(path, ["version", "--client"]), origin: "this machine")
            }
            return Located(
                path: Self.executable(KubectlRelease(home: home).executable), version: Pins.Kubectl.version,
                origin: "dl.k8s.io, pinned by hash")
        case .definitions:
            return Located(path: nil, version: Pins.crds.digest, origin: "their projects, pinned by hash")
        case .debian(let package):
            let unpacked = DebianPackage(name: package, home: home).folder.appendingPath("usr/bin/\(tool.name)")
            guard let path = Self.onPath(tool.name) ?? Self.executable(unpacked) else {
                guard DebianPackage.canUnpack else { throw DebianPackage.missing(tool.name) }
                return Located(path: nil, version: "?", origin: "Debian's package \(package)")
            }
            return Located(
                path: path, version: await Self.version(path, ["--version"]),
                origin: path == unpacked ? "Debian's package \(package)" : "this machine")
        }
    }

    /// The path of a package's file, independent of the Python version.
    private static func packageFile(_ file: String, in environment: String) -> String? {
        let library = environment.appendingPath("lib")
        let versions = FileManager.default.names(in: library)
        return versions.lazy.compactMap {
            executable(library.appendingPath($0).appendingPath("site-packages").appendingPath(file))
        }.first
    }

    private static func executable(_ path: String) -> String? {
        FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Stops the background processes of the tools. Call it after the last check.
    public func shutDown() async { await providers.shutDown() }

    package static func onPath(_ name: String) -> String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? ""
        return path.split(separator: ":").map { String($0).appendingPath(name) }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// Path, size and modification time, which change when the program is replaced and do not require starting it.
    private static func fingerprint(_ path: String?) -> String {
        guard let path else { return "missing" }
        let real = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let attributes = try? FileManager.default.attributesOfItem(atPath: real)
        let size = attributes?[.size] as? Int ?? 0
        let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
        return "\(real) \(size) \(changed)"
    }

    private static func version(_ path: String, _ arguments: [String]) async -> String {
        let output = try? await Command(
            path, arguments, environment: ["CHECKPOINT_DISABLE": "1", "TF_CLI_CONFIG_FILE": "/dev/null"]
        ).run()
        let first = output?.stdout.split(separator: "\n").first ?? "?"
        let word = first.split(separator: " ").first { $0.contains(".") && $0.contains(where: \.isNumber) }
        return String(word ?? first).trimmingCharacters(in: CharacterSet(charactersIn: "v"))
    }
}
