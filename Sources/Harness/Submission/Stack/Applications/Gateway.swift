import Foundation
import HarnessSupport
import Tooling

/// Traefik, the gateway of all applications: a process that listens on 127.0.0.1.
struct Gateway: Sendable {
    let securePort: Int
    let plainPort: Int
    /// The metrics endpoint for Prometheus.
    let metricsPort: Int
    private let folder: String
    private let process: ProcessFile

    init(_ context: StackContext) {
        // The emulators have the two before.
        securePort = context.options.port + 2
        plainPort = context.options.port + 3
        metricsPort = context.options.port + 4
        folder = context.folder(of: Applications.name).appendingPath("gateway")
        process = ProcessFile(path: folder.appendingPath("pid"), mark: folder)
    }

    var address: String { "https://127.0.0.1:\(securePort)" }
    var plainAddress: String { "http://127.0.0.1:\(plainPort)" }
    /// The CA certificate of the gateway, for clients.
    var authority: String { folder.appendingPath("ca.pem") }
    private var certificate: String { folder.appendingPath("certificate.pem") }
    private var key: String { folder.appendingPath("key.pem") }
    /// Folder with one file, which Traefik reloads on change.
    private var dynamic: String { folder.appendingPath("dynamic") }
    private var log: String { folder.appendingPath("log") }

    /// - Throws: `HarnessError` if another process listens on its ports.
    func checkPorts(_ context: StackContext) async throws {
        if await process.running() != nil { return }
        for port in [securePort, plainPort, metricsPort] where try !LocalPort.isFree(port) {
            throw HarnessError(
                "port \(port) on 127.0.0.1 is in use",
                remedy: "free the port, or choose another: make up PORT=\(context.options.port + 10)")
        }
    }

    /// Starts the gateway unless it runs with these settings.
    ///
    /// - Parameter settings: the controller's settings in the manifests.
    func start(_ settings: Settings, _ context: StackContext) async throws {
        let wanted = settings.text
        let noted = try? String(contentsOfFile: folder.appendingPath("settings"), encoding: .utf8)
        if noted == wanted, await standing() { return }
        try await process.stop(patience: .seconds(5))
        try await checkPorts(context)
        try await makeCertificate(context)
        try context.home.makeFolder(dynamic)
        for (name, text) in settings.files {
            try Data(text.utf8).write(to: URL(fileURLWithPath: dynamic.appendingPath(name)), options: .atomic)
        }
        try await process.launch(
            try await context.toolbox.path(of: .traefik),
            settings.arguments + [
                "--entrypoints.websecure.address=127.0.0.1:\(securePort)",
                "--entrypoints.web.address=127.0.0.1:\(plainPort)",
                "--entrypoints.admin.address=127.0.0.1:\(metricsPort)", "--providers.file.directory=\(dynamic)",
                "--providers.providersthrottleduration=100ms", "--log.level=WARN",
            ], environment: ["TMPDIR": folder], folder: folder, log: log)
        try Data(wanted.utf8).write(to: URL(fileURLWithPath: folder.appendingPath("settings")), options: .atomic)
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            if await standing() { return }
            // The process records its pid itself, shortly after the launch.
            if ContinuousClock.now > end - .seconds(50), await process.running() == nil { break }
        }
        throw HarnessError("the gateway does not answer at \(address): \(lastLine())", remedy: "see \(log)")
    }

    private func lastLine() -> String {
        let lines = FileManager.default.lines(of: log)
        return lines.last.map(String.init) ?? "the log is empty"
    }

    /// Creates a CA and a certificate for this stack; the CA's key is not kept.
    private func makeCertificate(_ context: StackContext) async throws {
        if FileManager.default.fileExists(atPath: authority) { return }
        try context.home.makeFolder(folder)
        // Only the owner may read the key.
        try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder)
        let python = try await context.toolbox.path(of: .traefik).parentPath.appendingPath("python")
        let script = try Resource.path("certificate", "py", in: "Gateway", of: .module)
        let output = try await Command(python, ["-I", script, folder]).run()
        guard output.isSuccess else { throw HarnessError("the gateway's certificate: \(output.lastLine)") }
    }

    /// Whether the gateway runs and answers.
    func standing() async -> Bool {
        guard await process.running() != nil else { return false }
        return await HTTP.visit(address + "/", authority: authority) != nil
    }

    /// Applies a routing document.
    func route(
        _ routes: [Route], _ workloads: [Deployment], _ context: StackContext, to addresses: (Route.Backend) -> [Int]
    )
        throws
    {
        let configuration = TraefikConfiguration(
            routes: routes, workloads: workloads, securePort: securePort, certificate: certificate, key: key)
        let encoder = JSONEncoder()
        // YAML has no escaped slash.
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        try context.home.makeFolder(dynamic)
        // JSON is valid YAML, and Traefik chooses the format by file name.
        try encoder.encode(configuration.document(addresses))
            .write(to: URL(fileURLWithPath: dynamic.appendingPath("routes.yml")), options: .atomic)
    }

    func stop() async throws {
        guard FileManager.default.fileExists(atPath: folder) else { return }
        try await process.stop(patience: .seconds(10))
        for port in [securePort, plainPort, metricsPort] where try !LocalPort.isFree(port) {
            throw HarnessError(
                "port \(port) is still in use after the gateway ended", remedy: "find the process: ss -ltnp")
        }
    }
}

extension Gateway {
    /// The arguments of Traefik in the manifests, without those that need a cluster.
    struct Settings: Sendable {
        let arguments: [String]
        static let deployment = "traefik"

        /// Equal for equal settings.
        var text: String {
            (arguments + files.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }).joined(separator: "\n")
        }

        /// Files of its file provider.
        let files: [String: String]

        init(_ manifests: Manifests) {
            let traefik = manifests.all("Deployment").first { $0.name == Self.deployment }
            let pod = traefik?["spec", "template", "spec"]
            let given = (pod?["containers"].items.first?["args"]).items.compactMap(\.string)
            let elsewhere = ["--providers.", "--ping", "--entrypoints.admin.", "--accesslog", "--log."]
            arguments = given.filter { argument in
                !elsewhere.contains { argument.hasPrefix($0) } && !argument.contains(".address=")
            }
            let maps = (pod?["volumes"].items ?? []).compactMap { $0["configMap", "name"]?.string }
            files = maps.reduce(into: [:]) { files, name in
                let map = manifests.named("ConfigMap", name, in: traefik?.namespace ?? "")
                files.merge(map?["data"]?.strings ?? [:]) { $1 }
            }
        }
    }
}
