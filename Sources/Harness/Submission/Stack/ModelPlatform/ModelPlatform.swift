import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The model platform of `k8s/mlops-platform-demo`: a model life cycle with the real programs, which keep serving.
///
/// The run is a background process with a journal of its steps. It uses free ports.
struct ModelPlatform: Component {
    static let source = "k8s/mlops-platform-demo"

    let name = "mlops"
    let dependencies: [String] = []
    let code = [source]
    /// Time limit of the whole run on a busy machine.
    var patience = Duration.seconds(3_600)

    private func process(_ folder: String) -> ProcessFile {
        ProcessFile(path: folder.appendingPath("story.pid"), mark: "--state \(folder)")
    }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        if let standing = await standing(context) { return standing }
        let folder = context.folder(of: name)
        try await end(folder)
        let environment = try await ModelEnvironment(context)
        try context.home.makeFolder(folder)
        // Output of an earlier process does not describe the next.
        try FileManager.default.removeIfPresent(folder.appendingPath("endpoints.json"))
        let log = folder.appendingPath("story.log")
        try await process(folder).launch(
            environment.python,
            [context.repository.absolute("\(Self.source)/story/story.py"), "--state", folder, "--serve"],
            // Libraries' user data is deleted with the run.
            environment: environment.variables.merging(["HOME": folder]) { $1 }, folder: folder, log: log)
        do {
            return try await follow(log, context)
        } catch {
            // Also when interrupted: nobody waits for the rest. A task of its own is not interrupted.
            _ = try? await Task { try await end(folder) }.value
            throw error
        }
    }

    /// Shows the run's output until the model serves.
    private func follow(_ log: String, _ context: StackContext) async throws -> ComponentDetail {
        let end = ContinuousClock.now + patience
        var told = 0
        var quiet = 0
        while ContinuousClock.now < end {
            try await Task.sleep(for: .seconds(1))
            let lines = FileManager.default.lines(of: log)
            for line in lines.dropFirst(told) {
                if let step = line.wholeMatch(of: /\ \ … (.+)/) { context.show(String(step.1)) }
                if let step = line.wholeMatch(of: /\ \ ✓ (.+)/) { context.say("\(name): \(step.1)") }
            }
            told = lines.count
            if let standing = await standing(context) { return standing }
            // The process records its pid itself, shortly after the launch.
            quiet = await process(context.folder(of: name)).running() == nil ? quiet + 1 : 0
            if quiet > 10 {
                throw HarnessError("the model platform: \(lines.last ?? "the log is empty")", remedy: "see \(log)")
            }
        }
        throw HarnessError("the model platform does not serve after \(patience)", remedy: "see \(log)")
    }

    func verify(_ context: StackContext) async throws -> [Assertion] {
        let folder = context.folder(of: name)
        guard let endpoints = ModelEndpoints(folder) else {
            throw HarnessError("the model platform has not recorded its address", remedy: "make down, then make up")
        }
        let told = try ModelLifecycleVerification(folder).all()
        return told + (await ModelServingVerification(endpoints: endpoints, folder: folder).all())
    }

    func down(_ context: StackContext) async throws {
        let folder = context.folder(of: name)
        try await end(folder)
        try FileManager.default.removeIfPresent(folder)
    }

    /// Stops the run and waits for its child processes, which end with it, also after a kill.
    private func end(_ folder: String) async throws {
        try await process(folder).stop(patience: .seconds(60))
        let end = ContinuousClock.now + .seconds(30)
        while let left = try await Self.running(in: folder) {
            guard ContinuousClock.now < end else {
                throw HarnessError(
                    "processes are left after the model platform ended: \(left)", remedy: "stop it by hand")
            }
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// A program of the environment whose command names the folder.
    private static func running(in folder: String) async throws -> String? {
        try await Command("ps", ["-eo", "pid=,args="]).run().stdout.split(separator: "\n")
            .first { $0.contains(folder + "/") && $0.contains("/\(ModelEnvironment.name)-") }
            .map { String($0.prefix(200)) }
    }

    func standing(_ context: StackContext) async -> ComponentDetail? {
        let folder = context.folder(of: name)
        guard let endpoints = ModelEndpoints(folder), await process(folder).running() == endpoints.process,
            await HTTP.status(endpoints.registry + "/health") == 200,
            await HTTP.status(endpoints.model + "/ready") == 200
        else { return nil }
        return ComponentDetail(
            endpoint: endpoints.model,
            detail:
                "version \(endpoints.version), registry \(endpoints.registry), report \(folder)/store/drift/drift.html")
    }
}

/// The address that the run recorded.
struct ModelEndpoints: Decodable, Sendable {
    let registry: String
    /// The model's address in the open inference protocol.
    let model: String
    let version: String
    let process: Int32

    init?(_ folder: String) {
        guard let data = FileManager.default.contents(atPath: folder.appendingPath("endpoints.json")),
            let own = try? JSONDecoder().decode(Self.self, from: data)
        else { return nil }
        self = own
    }
}

/// The Python of the pipeline, the run and their tests.
struct ModelEnvironment: Sendable {
    static let name = "ml"

    let python: String
    let variables: [String: String?]

    /// Fetches it on first use, 1.4 GB.
    ///
    /// - Throws: `Skipped` if the environment is not available.
    init(_ context: StackContext) async throws {
        do {
            try await self.init(
                root: context.repository.root, home: context.home, announce: context.say)
        } catch let missing as Tool.Missing {
            throw Skipped("\(missing)")
        }
    }

    /// - Throws: `Tool.Missing`.
    init(root: String, home: HarnessHome, announce: @Sendable (String) -> Void) async throws {
        let locks = try ["pipeline", "story"].map {
            try Pins.Lock(file: root.appendingPath("\(ModelPlatform.source)/\($0)/requirements.txt"))
        }
        let folder = try await PythonEnvironment(name: Self.name, locks: locks, home: home).install(announce: announce)
        python = folder.appendingPath("bin/python")
        // Each of fifty processes would compile what it imports: that was half of the story's time.
        variables = [
            "PYTHONDONTWRITEBYTECODE": nil, "PYTHONPYCACHEPREFIX": folder.appendingPath("bytecode"),
            "PYTHONPATH": nil, "VIRTUAL_ENV": nil,
        ]
    }
}
