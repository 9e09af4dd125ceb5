import CheckCore
import DocumentModels
import HarnessSupport

/// An expanded pipeline with the declarations of its project.
package struct PipelineContext: Sendable {
    let path: String
    /// `nil` if the file is not a pipeline.
    package let pipeline: Pipeline?
    package let problems: [PipelineProblem]
    /// All source files, the pipeline first.
    package let files: [String]
    package let project: PipelineProject?

    /// Returns the pipeline in this file, expanded once in a run for all rules.
    package static func of(_ path: String, in repository: Repository) -> PipelineContext {
        repository.once("pipeline \(path)") { PipelineContext(path, in: repository) }
    }

    private init(_ path: String, in repository: Repository) {
        var expander = PipelineExpander(repository)
        let root = expander.expand(path)
        self.path = path
        pipeline = root.map(Pipeline.init)
        problems = expander.problems
        files = expander.files
        project = PipelineProject(beside: path, in: repository)
    }

    /// Pipelines that Azure starts: those that no other pipeline includes.
    package static func roots(_ repository: Repository) -> [String] {
        repository.once("pipelineRoots") { findRoots(repository) }
    }

    private static func findRoots(_ repository: Repository) -> [String] {
        let all = repository.artifacts(of: .azurePipeline).map(\.path)
        var included: Set<String> = []
        for path in all {
            guard let text = repository.text(of: path) else { continue }
            for match in text.matches(of: /template:\s*['"]?([^'"\s#@]+)/) {
                let name = String(match.1)
                let target = name.hasPrefix("/") ? String(name.dropFirst()) : path.parentPath.appendingPath(name)
                // A template that includes itself has no other reader.
                if let target = target.normalizedPath, target != path { included.insert(target) }
            }
        }
        return all.filter { !included.contains($0) }
    }
}

/// Resources of an Azure DevOps project other than pipelines, in the file `project.yaml` next to them: the one place
/// that pipelines, rules and administrators use.
package struct PipelineProject: Sendable {
    static let name = "project.yaml"
    package let path: String
    /// Names of variables, by variable group.
    package let groups: [String: Set<String>]
    package let serviceConnections: Set<String>
    package let environments: Set<String>
    package let pools: Set<String>

    init?(beside pipeline: String, in repository: Repository) {
        path = pipeline.parentPath.appendingPath(Self.name)
        guard let bytes = repository.bytes(of: path), let root = try? YAMLTree(bytes).documents.first else {
            return nil
        }
        func names(_ key: String) -> Set<String> { Set(root[key].entries.map(\.key.text)) }
        groups = Dictionary(
            root["variableGroups"].entries.map { ($0.key.text, Set($0.value.entries.map(\.key.text))) },
            uniquingKeysWith: { $1 })
        serviceConnections = names("serviceConnections")
        environments = names("environments")
        pools = names("pools")
    }
}

/// An own rule on expanded pipelines.
package protocol PipelineRule: Check {
    func problems(in scene: PipelineContext) -> [PipelineProblem]
}

extension PipelineRule {
    package func subjects(in repository: Repository) -> [Subject] {
        PipelineContext.roots(repository).map { path in
            let scene = PipelineContext.of(path, in: repository)
            return Subject(
                path: path, inputs: scene.files + [path.parentPath.appendingPath(PipelineProject.name)])
        }
    }

    package func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        // Two pipelines can share a template and its problems.
        var seen: Set<Finding> = []
        return subjects.flatMap { subject -> [Finding] in
            let scene = PipelineContext.of(subject.path, in: context.repository)
            // Partly known values give no findings; `azure-templates` reports unknown values.
            guard name == "azure-templates" || scene.problems.isEmpty else { return [] }
            return problems(in: scene).map { $0.finding(name) }
        }.filter { seen.insert($0).inserted }
    }
}
