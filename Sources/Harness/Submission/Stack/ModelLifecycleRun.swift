import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// From training to rollback in one command, `sagemaker/pipeline/story`: its lines become claims.
struct ModelLifecycleRun {
    private let context: StackContext

    init(_ context: StackContext) { self.context = context }

    private static let folder = "sagemaker/pipeline"
    private static let training = "sagemaker/claims-model/requirements/train.txt"
    /// The model that Terraform deploys first.
    private static let version = "1.0.0-7ee40b54"

    private var label: String { "harness.story=\(context.id)" }

    func claims(of outputs: JSONValue) async throws -> [Assertion] {
        let text = Assertion.Name(id: "lifecycle", "the way from training to rollback")
        guard let engine = DockerEngine.recorded(context) else {
            return [Assertion(text, skipped: "it needs a Docker engine: CLUSTER=docker")]
        }
        context.show("loading the model's image")
        let image = try await ApplicationImage.claimsModel.obtain(engine.client, context)
        let lock = try Pins.Lock(file: context.repository.absolute(Self.training))
        let environment = try await PythonEnvironment(name: "claims", lock: lock, home: context.home)
            .install(announce: context.say)
        let file = context.folder(of: TerraformStack.modelHosting.name).appendingPath("outputs.json")
        try JSONEncoder().encode(outputs).write(to: URL(fileURLWithPath: file), options: .atomic)
        var variables = engine.client.environment.merging(context.awsEnvironment()) { $1 }
        variables["PYTHONPATH"] = context.repository.absolute(Self.folder)
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        let python = try await context.toolbox.path(of: .aws).parentPath.appendingPath("python")
        var found: [Assertion] = []
        let told = try await Command(
            python,
            [
                "-m", "story", "--outputs", file, "--docker", engine.client.program, "--image", image, "--label", label,
                "--python", environment.appendingPath("bin/python"), "--version", Self.version,
            ], environment: variables
        ).run { line in
            if let said = JSONValue(parsing: line)?["say"]?.string { context.show(said) }
        }
        for line in told.stdout.split(separator: "\n").compactMap({ JSONValue(parsing: String($0)) }) {
            guard let text = line["text"]?.string else { continue }
            let step = Assertion.Name(id: "lifecycle-step", text)
            if let reason = line["skipped"]?.string {
                found.append(Assertion(step, skipped: reason))
            } else {
                found.append(Assertion(step, line["holds"]?.bool ?? false, seen: line["seen"]?.text ?? ""))
            }
        }
        return found + [Assertion(text, told.isSuccess, seen: told.isSuccess ? "ended well" : told.lastLine)]
    }

    /// What a story that was killed left running.
    func removeContainers() async throws {
        guard let engine = DockerEngine.recorded(context), await engine.client.engineVersion() != nil else { return }
        let left = try await engine.client("ps", "--all", "--quiet", "--filter", "label=\(label)")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        if !left.isEmpty { try await engine.client.call(["rm", "--force"] + left) }
        let networks = try await engine.client("network", "ls", "--quiet", "--filter", "label=\(label)")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        if !networks.isEmpty { try await engine.client.call(["network", "rm"] + networks) }
    }
}
