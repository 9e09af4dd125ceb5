/// A pipeline with everything that is known of it: expanded, with what its project declares.
struct PipelineScene {
    let path: String
    /// `nil` where the file is no pipeline at all.
    let pipeline: Pipeline?
    let problems: [PipelineProblem]
    /// Every file that it is made from, itself first.
    let files: [String]
    let project: PipelineProject?

    init(_ path: String, in repository: Repository) {
        var expander = PipelineExpander(repository)
        let root = expander.expand(path)
        self.path = path
        pipeline = root.map(Pipeline.init)
        problems = expander.problems
        files = expander.files
        project = PipelineProject(beside: path, in: repository)
    }

    /// Pipelines that Azure starts: those that no other includes.
    static func roots(_ repository: Repository) -> [String] {
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

/// What a project of Azure DevOps has besides its pipelines, in the file `project.yaml` beside them: the one place
/// where pipelines, rules and whoever sets the project up look.
struct PipelineProject {
    static let name = "project.yaml"
    let path: String
    /// Names of variables, by variable group.
    let groups: [String: Set<String>]
    let serviceConnections: Set<String>
    let environments: Set<String>
    let pools: Set<String>

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
protocol PipelineRule: Check {
    func problems(in scene: PipelineScene) -> [PipelineProblem]
}

extension PipelineRule {
    func subjects(in repository: Repository) -> [Subject] {
        PipelineScene.roots(repository).map { path in
            let scene = PipelineScene(path, in: repository)
            return Subject(
                path: path, inputs: scene.files + [path.parentPath.appendingPath(PipelineProject.name)])
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        // Two pipelines may share a template, and with it what is wrong there.
        var seen: Set<Finding> = []
        return subjects.flatMap { subject -> [Finding] in
            let scene = PipelineScene(subject.path, in: context.repository)
            // What is known by halves contradicts nothing; `azure-templates` says what is unknown.
            guard name == "azure-templates" || scene.problems.isEmpty else { return [] }
            return problems(in: scene).map { $0.finding(name) }
        }.filter { seen.insert($0).inserted }
    }
}
