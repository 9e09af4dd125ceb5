import CheckCore
import DeliveryModel
import Foundation
import HarnessSupport
import Tooling

/// The schema that Microsoft publishes, on pipelines after expansion: it knows no template expressions.
struct AzurePipelinesSchema: Check {
    let name = "azure-schema"
    let summary = "Azure pipelines fit the published schema, tasks and their inputs included"
    let tools = [Tool.schema]
    let weight = 1.5

    func subjects(in repository: Repository) -> [Subject] {
        PipelineScene.roots(repository).map { path in
            Subject(path: path, inputs: PipelineScene(path, in: repository).files)
        }
    }

    /// - Throws: `Skipped` for a pipeline that could not be expanded: `azure-templates` says why.
    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var roots: [String: PipelineValue] = [:]
        for subject in subjects {
            let scene = PipelineScene(subject.path, in: context.repository)
            guard scene.problems.isEmpty, let pipeline = scene.pipeline else {
                throw Skipped("\(subject.path) cannot be expanded; see the findings of azure-templates")
            }
            roots[subject.path] = pipeline.root
        }
        return try await context.toolbox.home.withScratch("pipelines") { folder in
            var files: [String: PipelineValue] = [:]
            for (index, path) in roots.keys.sorted().enumerated() {
                let file = folder.appendingPath("\(index).json")
                try JSONEncoder().encode(roots[path]?.withTextVariables().json).write(to: URL(fileURLWithPath: file))
                files[file] = roots[path]
            }
            let output = try await Command(
                try await context.path(of: .schema),
                ["--builtin-schema", "vendor.azure-pipelines", "--regex-variant", "python", "--output-format", "json"]
                    + files.keys.sorted(), environment: ["HOME": folder], folder: folder
            ).run()
            guard let found = JSONValue(parsing: output.stdout) else {
                throw HarnessError("check-jsonschema: \(output.lastLine)")
            }
            return found["errors"].items.compactMap { error in
                guard let root = files[error["filename"]?.string ?? ""] else { return nil }
                // Of many alternatives, the one that came nearest.
                let best = error["best_deep_match"] ?? error
                let path = best["path"]?.string ?? "$"
                let place = root.at(jsonPath: path)
                return Finding(
                    rule: "\(name)/schema", path: place.file, line: place.line,
                    message: "\(path): \(best["message"]?.string ?? "does not fit the schema")")
            }
        }
    }

    // Whatever is wrong in one of them, the others are judged.
    var isBatched: Bool { false }

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
            .broken("a key that is misspelt", steps("  - script: make\n    displayNam: Make\n"), triggers: "schema"),
            .broken("a list for a text", steps("  - script: [make]\n"), triggers: "schema"),
        ]
    }
}
