import CheckCore
import DeliveryModel
import Foundation
import HarnessSupport
import Tooling

/// Runs check-jsonschema with its schemas of GitHub Actions workflows and actions.
struct WorkflowSchema: Check {
    let name = "workflow-schema"
    let summary = "GitHub Actions workflows and actions match their published schemas"
    let tools = [Tool.schema]

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .githubWorkflow, .githubAction).map { Subject(file: $0.path) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let actions = Set(context.repository.artifacts(of: .githubAction).map(\.path))
        let workflows = subjects.filter { !actions.contains($0.path) }
        return try await findings(workflows, "github-workflows", context)
            + findings(subjects.filter { actions.contains($0.path) }, "github-actions", context)
    }

    private func findings(_ subjects: [Subject], _ schema: String, _ context: CheckContext) async throws -> [Finding] {
        if subjects.isEmpty { return [] }
        var rules = try await VendoredSchema(schema, context)
        rules.acceptWhatGitHubDoes()
        let output = try await context.toolbox.home.withScratch("workflows") { folder in
            let file = folder.appendingPath("schema")
            try JSONEncoder().encode(rules.root).write(to: URL(fileURLWithPath: file))
            return try await Command(
                try await context.path(of: .schema),
                ["--schemafile", file, "--output-format", "json"] + subjects.map { "./" + $0.path },
                environment: ["HOME": folder], folder: context.repository.root
            ).run()
        }
        guard let report = JSONValue(parsing: output.stdout) else {
            throw HarnessError("check-jsonschema: \(output.lastLine)")
        }
        return (report["errors"]?.array ?? []).map { item in
            let best = item["best_deep_match"] ?? item["best_match"] ?? item
            let place = best["path"]?.string ?? "$"
            let message = best["message"]?.string ?? "does not fit"
            // An event that is newer than the schema. Source: docs.github.com, Events that trigger workflows.
            let isNewer = message.contains("image_version")
            return Finding(
                rule: "\(name)/invalid", severity: isNewer ? .warning : .error,
                path: item["filename"]?.string?.normalizedPath ?? "", message: "\(place): \(message)")
        }
    }

    private static let action = """
        name: a
        description: b
        runs:
          using: composite
          steps:
            - run: make
              shell: bash

        """

    var explanations: [String: String] {
        [
            "invalid":
                "The file does not match the schema of GitHub workflows or actions. Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax"
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        return [
            .sound("a workflow", Sample.files),
            .sound("a branch that is not a list", Sample.with("branches: [main]", "branches: main")),
            .sound(
                "services by an expression",
                Sample.with(
                    "    runs-on: ubuntu-24.04\n",
                    "    runs-on: ubuntu-24.04\n    container:\n    services: ${{ fromJSON(inputs.services) }}\n")),
            .broken("a misspelt key of a step", Sample.with("run: ci/test.sh", "rum: ci/test.sh"), triggers: "invalid"),
            .broken(
                "a permission that does not exist", Sample.with("contents: read", "contents: look"), triggers: "invalid"
            ),
            .sound("an action", ["action.yml": Self.action]),
            .broken(
                "an action's step without a shell",
                ["action.yml": Self.action.replacing("\n      shell: bash", with: "")], triggers: "invalid"),
            .broken("a job without a runner", Sample.with("    runs-on: ubuntu-24.04\n", ""), triggers: "invalid"),
        ]
    }
}
