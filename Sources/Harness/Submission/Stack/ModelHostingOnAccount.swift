import Foundation
import HarnessSupport
import Tooling

/// SageMaker on a real account, from nothing: an endpoint needs an image and a model, and both need the stack's own
/// repository and bucket. So the pipeline's module goes up first, then the images and the first model, then the rest.
struct ModelHostingOnAccount: Component {
    private let stack = TerraformStack.modelHosting
    private static let script = "sagemaker/seed.sh"

    var name: String { stack.name }
    var dependencies: [String] { stack.dependencies }
    var code: [String] { stack.code + ["sagemaker"] }

    /// Versions of the images that were pushed first, as Terraform reads them. A person commits it, so that another
    /// machine does the same.
    static func seed(_ context: StackContext) -> String {
        context.repository.absolute(TerraformStack.modelHosting.path).appendingPath("seed.auto.tfvars")
    }

    func up(_ context: StackContext) async throws -> ComponentDetail {
        if try values(context).isEmpty {
            guard FileManager.default.isExecutableFile(atPath: context.repository.absolute(Self.script)) else {
                throw HarnessError("\(name): \(Self.script) is missing", remedy: "run harness inside the repository")
            }
            var first = stack
            first.targets = ["module.pipeline"]
            _ = try await first.up(context)
            try await seed(context, try await stack.outputs(context))
        }
        return try await seeded(context).up(context)
    }

    func verify(_ context: StackContext) async throws -> [Assertion] { try await seeded(context).verify(context) }

    func down(_ context: StackContext) async throws { try await seeded(context).down(context) }

    func standing(_ context: StackContext) async -> ComponentDetail? { await stack.standing(context) }

    private func seed(_ context: StackContext, _ outputs: JSONValue) async throws {
        let file = context.folder(of: name).appendingPath("outputs.json")
        try Data(try jsonText(outputs).utf8).write(to: URL(fileURLWithPath: file))
        let tools = [try await context.toolbox.path(of: .aws).parentPath]
        context.show("building and pushing the images, training the first model")
        let docker = try await DockerEngine.obtain(context).client
        let lines = try await RepositoryScript(context: context, docker: docker)
            .run(Self.script, ["--outputs", file], programs: tools)
        try Data((lines + "\n").utf8).write(to: URL(fileURLWithPath: Self.seed(context)), options: .atomic)
        context.say("\(name): commit \(stack.path)/seed.auto.tfvars, which names the images that were pushed")
    }

    private func seeded(_ context: StackContext) throws -> TerraformStack {
        let values = try values(context)
        var whole = stack
        whole.values = { _ in values }
        return whole
    }

    private func values(_ context: StackContext) throws -> [String: String] {
        guard let text = try? String(contentsOfFile: Self.seed(context), encoding: .utf8) else { return [:] }
        return try Self.parse(text)
    }

    /// - Throws: `HarnessError` for a line that is not NAME = "VALUE".
    static func parse(_ text: String) throws -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            guard let pair = line.wholeMatch(of: /\s*([a-z_]+)\s*=\s*"([^"]+)"\s*/) else {
                throw HarnessError(
                    "seed.auto.tfvars has the line '\(line)'", remedy: "write each line as NAME = \"VALUE\"")
            }
            values[String(pair.1)] = String(pair.2)
        }
        return values
    }
}
