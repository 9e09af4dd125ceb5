import Foundation
import HarnessSupport
import Tooling

/// Prometheus, Alertmanager and the receiver of its notifications: three processes that listen on 127.0.0.1.
struct Watchers: Sendable {
    static let name = "observability"

    let folder: String
    let ports: WatchPorts

    /// What is noted of a stack that is up, or was.
    init?(recorded context: StackContext) {
        folder = context.folder(of: Self.name)
        guard let data = FileManager.default.contents(atPath: folder.appendingPath("ports.json")),
            let ports = try? JSONDecoder().decode(WatchPorts.self, from: data)
        else { return nil }
        self.ports = ports
    }

    init(_ context: StackContext) throws {
        if let recorded = Watchers(recorded: context) {
            self = recorded
            return
        }
        folder = context.folder(of: Self.name)
        let chosen = context.options.port
        // Away from the ports of stacks and containers; a random start avoids conflicts between two stacks.
        let start = (chosen < 60_000 ? chosen + 2_000 : chosen - 2_000) + Int.random(in: 0..<200)
        let free = try LocalPort.free(3, from: start)
        ports = WatchPorts(prometheus: free[0], alertmanager: free[1], receiver: free[2])
        try context.home.makeFolder(folder)
        try JSONEncoder().encode(ports).write(
            to: URL(fileURLWithPath: folder.appendingPath("ports.json")), options: .atomic)
    }

    var address: String { "http://127.0.0.1:\(ports.prometheus)" }
    var alertmanager: String { "http://127.0.0.1:\(ports.alertmanager)" }
    private var receiver: String { "http://127.0.0.1:\(ports.receiver)" }
    var notifications: String { folder.appendingPath("notifications.jsonl") }
    var page: String { folder.appendingPath("dashboards.html") }

    private static let programs = ["receiver", "alertmanager", "prometheus"]

    private func process(_ program: String) -> ProcessFile {
        ProcessFile(path: folder.appendingPath("\(program).pid"), mark: folder)
    }

    /// Starts them unless they run with these settings.
    func start(_ settings: WatchSettings, _ context: StackContext) async throws {
        let files = try settings.files.mapValues { value in
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            // JSON is YAML too.
            return try encoder.encode(value)
        }
        let isSame = files.allSatisfy { FileManager.default.contents(atPath: folder.appendingPath($0.key)) == $0.value }
        if isSame, await standing() { return }
        try await stop()
        for old in FileManager.default.names(in: folder) where old.hasSuffix(".yml") {
            try FileManager.default.removeItem(atPath: folder.appendingPath(old))
        }
        for (name, data) in files {
            try data.write(to: URL(fileURLWithPath: folder.appendingPath(name)), options: .atomic)
        }
        let python = try await context.toolbox.path(of: .traefik).parentPath.appendingPath("python")
        try await launch(
            "receiver", python,
            [
                "-I", try Resource.path("receiver", "py", in: "Receiver", of: .module), "\(ports.receiver)",
                notifications,
            ])
        let (alertmanager, first) = DebianPackage.running(
            try await context.toolbox.path(of: .alertmanager), context.home)
        try await launch(
            "alertmanager", alertmanager,
            first + [
                "--config.file=\(folder)/alertmanager.yml", "--storage.path=\(folder)/alertmanager",
                "--web.listen-address=127.0.0.1:\(ports.alertmanager)", "--cluster.listen-address=",
            ])
        try await launch(
            "prometheus", try await context.toolbox.path(of: .prometheus),
            [
                "--config.file=\(folder)/prometheus.yml", "--storage.tsdb.path=\(folder)/prometheus",
                "--web.listen-address=127.0.0.1:\(ports.prometheus)",
                // Both are minutes by default.
                "--query.lookback-delta=\(WatchSettings.pace.duration("5m"))",
                "--rules.alert.resend-delay=\(WatchSettings.pace.duration("1m"))",
            ])
        let end = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < end {
            try await Task.sleep(for: .milliseconds(100))
            if await standing() { return }
            // The processes record their pids themselves, shortly after the launch.
            guard ContinuousClock.now > end - .seconds(55) else { continue }
            for program in Self.programs where await process(program).running() == nil {
                let log = folder.appendingPath("\(program).log")
                let lines = FileManager.default.lines(of: log)
                throw HarnessError("\(program) ended: \(lines.last ?? "the log is empty")", remedy: "see \(log)")
            }
        }
        throw HarnessError("Prometheus does not answer at \(address)", remedy: "see \(folder)/prometheus.log")
    }

    private func launch(_ name: String, _ program: String, _ arguments: [String]) async throws {
        try await process(name).launch(
            program, arguments, folder: folder, log: folder.appendingPath("\(name).log"))
    }

    /// Whether all processes run and answer.
    func standing() async -> Bool {
        for program in Self.programs where await process(program).running() == nil { return false }
        for ready in ["\(address)/-/ready", "\(alertmanager)/-/ready", receiver] where await HTTP.status(ready) != 200 {
            return false
        }
        return true
    }

    func stop() async throws {
        for program in Self.programs.reversed() { try await process(program).stop(patience: .seconds(10)) }
    }

    /// The answer of Prometheus' API; `nil` without one.
    func ask(_ path: String, _ parameters: [String: String] = [:]) async -> JSONValue? {
        await Self.get(address + "/api/v1/" + path, parameters)?["data"]
    }

    /// The alerts that Alertmanager has now.
    func alerts() async -> [JSONValue] { (await Self.get(alertmanager + "/api/v2/alerts", [:]))?.array ?? [] }

    private static func get(_ address: String, _ parameters: [String: String]) async -> JSONValue? {
        let data = parameters.sorted { $0.key < $1.key }.flatMap { ["--data-urlencode", "\($0.key)=\($0.value)"] }
        let arguments = ["-s", "--max-time", "20", "--noproxy", "*", "--get", address] + data
        guard let output = try? await Command("curl", arguments).run() else { return nil }
        return JSONValue(parsing: output.stdout)
    }

    /// The notifications that the receiver has got so far.
    func received() -> [Notification] {
        let text = (try? String(contentsOfFile: notifications, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { JSONValue(parsing: String($0)) }.flatMap { sent in
            sent["alerts"].items.map { alert in
                Notification(
                    receiver: sent["receiver"]?.string ?? "", status: alert["status"]?.string ?? "",
                    labels: alert["labels"]?.strings ?? [:])
            }
        }
    }

    struct Notification: Sendable {
        let receiver: String
        let status: String
        let labels: [String: String]

        func isAbout(_ wanted: [String: String]) -> Bool { wanted.allSatisfy { labels[$0.key] == $0.value } }
    }
}
