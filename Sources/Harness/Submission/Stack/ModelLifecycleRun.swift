import CheckCore
import Foundation
import HarnessSupport
import Tooling

/// The loop from training to rollback, `sagemaker/pipeline/story`: each output line becomes an assertion.
struct ModelLifecycleRun {
    private let context: StackContext

    init(_ context: StackContext) { self.context = context }

    private static let folder = "sagemaker/pipeline"
    private var label: String { "harness.story=\(context.id)" }

    func claims(of outputs: JSONValue) async throws -> [Assertion] {
        let text = Assertion.Name(id: "lifecycle", "the loop from training to rollback")
        guard let engine = DockerEngine.recorded(context) else {
            return [Assertion(text, skipped: "the loop needs a Docker engine: CLUSTER=docker")]
        }
        context.show("loading the model's image")
        let image = try await ApplicationImage.claimsModel.obtain(engine.client, context)
        let jobs = try await ApplicationImage.claimsJobs.obtain(engine.client, context)
        let supplied: String
        do { supplied = try await SuppliedClaims.obtain(context) } catch let skipped as Skipped {
            return [Assertion(text, skipped: skipped.reason)]
        }
        let file = context.folder(of: TerraformStack.modelHosting.name).appendingPath("outputs.json")
        try JSONEncoder().encode(outputs).write(to: URL(fileURLWithPath: file), options: .atomic)
        var variables = engine.client.environment.merging(context.awsEnvironment()) { $1 }
        variables["PYTHONPATH"] = context.repository.absolute(Self.folder)
        variables["PYTHONDONTWRITEBYTECODE"] = "1"
        // A library notes its device there (Microsoft/DeveloperTools): nothing is left in the user's home.
        variables["XDG_CACHE_HOME"] = context.home.downloads
        let python = try await context.toolbox.path(of: .aws).parentPath.appendingPath("python")
        let converted = try await Command(
            python, [context.repository.absolute("\(Self.folder)/convert.py"), supplied.appendingPath("claims.csv")],
            environment: variables
        ).run()
        guard converted.isSuccess else { throw HarnessError("convert.py: \(converted.lastLine)") }
        let claims = context.folder(of: TerraformStack.modelHosting.name).appendingPath("claims.jsonl")
        try Data(converted.stdout.utf8).write(to: URL(fileURLWithPath: claims), options: .atomic)
        var found: [Assertion] = []
        let told = try await Command(
            python,
            [
                "-m", "story", "--outputs", file, "--docker", engine.client.program, "--image", image, "--jobs-image",
                jobs, "--claims", claims, "--label", label,
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

    /// Removes containers left by a killed run.
    func removeContainers(_ docker: DockerClient) async throws {
        let left = try await docker("ps", "--all", "--quiet", "--filter", "label=\(label)")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        if !left.isEmpty { try await docker.call(["rm", "--force"] + left) }
        let networks = try await docker("network", "ls", "--quiet", "--filter", "label=\(label)")
            .split(whereSeparator: \.isWhitespace).map(String.init)
        if !networks.isEmpty { try await docker.call(["network", "rm"] + networks) }
    }
}
