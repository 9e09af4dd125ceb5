import CheckCore
import DeliveryModel
import Foundation
import HarnessSupport
import Tooling

/// Checks expanded pipelines against Microsoft's schema, which does not cover template expressions.
struct AzurePipelinesSchema: Check {
    let name = "azure-schema"
    let summary = "Azure pipelines match the published schema, including tasks and their inputs"
    let tools = [Tool.schema]
    let weight = 1.5

    func subjects(in repository: Repository) -> [Subject] {
        PipelineContext.roots(repository).map { path in
            Subject(path: path, inputs: PipelineContext.of(path, in: repository).files)
        }
    }

    /// - Throws: `Skipped` for a pipeline that could not be expanded: `azure-templates` says why.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var roots: [String: PipelineValue] = [:]
        for subject in subjects {
            let scene = PipelineContext.of(subject.path, in: context.repository)
            guard scene.problems.isEmpty, let pipeline = scene.pipeline else {
                throw Skipped("\(subject.path) cannot be expanded; see the findings of azure-templates")
            }
            roots[subject.path] = pipeline.root
        }
        return try await context.toolbox.home.withScratch("pipelines") { folder in
            var files: [String: PipelineValue] = [:]
            var schema = try await VendoredSchema("azure-pipelines", context)
            schema.acceptWhatAzureDoes(for: Array(roots.values))
            let rules = folder.appendingPath("schema")
            try JSONEncoder().encode(schema.root).write(to: URL(fileURLWithPath: rules))
            for (index, path) in roots.keys.sorted().enumerated() {
                let file = folder.appendingPath("\(index).json")
                try JSONEncoder().encode(roots[path]?.asTexts).write(to: URL(fileURLWithPath: file))
                files[file] = roots[path]
            }
            let output = try await Command(
                try await context.path(of: .schema),
                ["--schemafile", rules, "--regex-variant", "python", "--output-format", "json"]
                    + files.keys.sorted(), environment: ["HOME": folder], folder: folder
            ).run()
            guard let found = JSONValue(parsing: output.stdout) else {
                throw HarnessError("check-jsonschema: \(output.lastLine)")
            }
            return found["errors"].items.compactMap { error in
                guard let root = files[error["filename"]?.string ?? ""] else { return nil }
                // The closest of the alternatives.
                let best = error["best_deep_match"] ?? error
                let path = best["path"]?.string ?? "$"
                let place = root.at(jsonPath: path)
                let message = best["message"]?.string ?? "does not fit the schema"
                // The value list of an input is often only a suggestion: Azure's editor offers it, but the task accepts
                // other values.
                let isOpenList = path.contains(".inputs.") && message.contains("is not one of")
                return Finding(
                    rule: "\(name)/schema", severity: isOpenList ? .warning : .error, path: place.file,
                    line: place.line, message: "\(path): \(message)")
            }
        }
    }

    // An error in one pipeline does not stop the check of the others.
    var isBatched: Bool { false }

    var explanations: [String: String] {
        [
            "schema":
                "The pipeline does not fit the schema of Azure Pipelines. Source: https://learn.microsoft.com/azure/devops/pipelines/yaml-schema/"
        ]
    }

    var examples: [Example] {
        func steps(_ step: String) -> [String: String] {
            ["azure-pipelines.yml": "pool:\n  vmImage: ubuntu-22.04\nsteps:\n\(step)"]
        }
        return [
            .sound("a script", steps("  - ${{ if true }}:\n      - script: make\n        displayName: Make\n")),
            .sound(
                "variables that look like numbers",
                [
                    "azure-pipelines.yml":
                        "pool:\n  vmImage: ubuntu-22.04\nvariables:\n  - name: a\n    value: 1\n    readonly: true\nsteps:\n  - script: make\n    env: { A: 1 }\n"
                ]),
            .sound(
                "numbers and booleans",
                steps(
                    "  - script: make\n    enabled: false\n    timeoutInMinutes: 20\n    retryCountOnTaskFailure: 2\n")),
            .sound(
                "inputs in another case",
                steps("  - task: docker@2\n    inputs: {Command: build, dockerfile: a/Dockerfile, Repository: a}\n")),
            .broken(
                "an input that the task does not have",
                steps("  - task: Docker@2\n    inputs: {command: build, dockerfiles: a}\n"), triggers: "schema"),
            .broken("a key that is misspelt", steps("  - script: make\n    displayNam: Make\n"), triggers: "schema"),
            .broken("a list for a text", steps("  - script: [make]\n"), triggers: "schema"),
        ]
    }
}
