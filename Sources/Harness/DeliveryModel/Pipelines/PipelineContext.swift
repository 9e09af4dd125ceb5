import CheckCore
import DocumentModels
import HarnessSupport

/// A pipeline with everything that is known of it: expanded, with what its project declares.
package struct PipelineContext: Sendable {
    let path: String
    /// `nil` where the file is not a pipeline at all.
    package let pipeline: Pipeline?
    package let problems: [PipelineProblem]
    /// Every file that it is made from, itself first.
    package let files: [String]
    package let project: PipelineProject?

    /// The pipeline in this file, expanded once in a run, though every rule asks.
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

    /// Pipelines that Azure starts: those that no other includes.
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
                // One that includes itself is read by nobody else.
                if let target = target.normalizedPath, target != path { included.insert(target) }
            }
        }
        return all.filter { !included.contains($0) }
    }
}

/// What a project of Azure DevOps has in addition to its pipelines, in the file `project.yaml` beside them: the one place
/// where pipelines, rules and whoever sets the project up look.
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
        // Two pipelines may share a template, and with it what is wrong there.
        var seen: Set<Finding> = []
        return subjects.flatMap { subject -> [Finding] in
            let scene = PipelineContext.of(subject.path, in: context.repository)
            // What is known by halves contradicts nothing; `azure-templates` says what is unknown.
            guard name == "azure-templates" || scene.problems.isEmpty else { return [] }
            return problems(in: scene).map { $0.finding(name) }
        }.filter { seen.insert($0).inserted }
    }
}
