/// Variables are defined, and connections, environments, pools and groups are declared in one place.
struct PipelineNames: PipelineRule {
    let name = "azure-names"
    let summary = "Azure pipelines use variables that are defined and connections that are declared"
    let revision = 2

    /// What Azure defines, by the part before the first dot.
    ///
    /// Source: Microsoft, Azure Pipelines documentation, "Use predefined variables".
    private static let predefined: Set<String> = [
        "agent", "build", "pipeline", "system", "environment", "strategy", "checks", "release", "resources",
    ]

    /// The inputs of tasks that name a service connection.
    private static let connections: Set<String> = [
        "azureSubscription", "connectedServiceNameARM", "azureSubscriptionConnection", "azureSubscriptionEndpoint",
        "containerRegistry", "dockerRegistryEndpoint", "kubernetesServiceConnection", "kubernetesServiceEndpoint",
        "backendServiceArm", "environmentServiceNameAzureRM",
    ]

    func problems(in scene: PipelineScene) -> [PipelineProblem] {
        guard let pipeline = scene.pipeline else { return [] }
        var problems: [PipelineProblem] = []
        let shared = defined(pipeline.root["variables"], scene, &problems)
        check(pipeline.root, shared, below: ["stages", "jobs", "steps"], &problems)
        for stage in pipeline.stages {
            let ofStage =
                stage.name == "__default" ? shared : shared.union(defined(stage.node["variables"], scene, &problems))
            if stage.name != "__default" { check(stage.node, ofStage, below: ["jobs"], &problems) }
            for job in stage.jobs {
                var known = ofStage.union(defined(job.node["variables"], scene, &problems))
                known.formUnion(matrix(job.node))
                for step in job.steps {
                    check(step.node, known, below: [], &problems)
                    known.formUnion(set(by: step))
                    for (key, value) in step.inputs?.entries ?? [] where Self.connections.contains(key) {
                        declared(value, scene.project?.serviceConnections, "service connection", scene, &problems)
                    }
                }
                declared(job.environment, scene.project?.environments, "environment", scene, &problems)
                if let pool = job.node["pool"] ?? stage.node["pool"] ?? pipeline.root["pool"] {
                    declared(pool.text == nil ? pool["name"] : pool, scene.project?.pools, "pool", scene, &problems)
                }
            }
        }
        return problems
    }

    private func declared(
        _ value: PipelineValue?, _ names: Set<String>?, _ what: String, _ scene: PipelineScene,
        _ problems: inout [PipelineProblem]
    ) {
        guard let value, let name = value.text, !name.contains("$(") else { return }
        if names?.contains(name) == true { return }
        problems.append(
            PipelineProblem(
                "undeclared", at: value, "the \(what) '\(name)' is declared nowhere",
                remedy: "name it in \(scene.path.parentPath.appendingPath(PipelineProject.name))"))
    }

    private func defined(
        _ node: PipelineValue?, _ scene: PipelineScene, _ problems: inout [PipelineProblem]
    ) -> Set<String> {
        var names = Set((node?.entries ?? []).map(\.key))
        for element in node?.elements ?? [] {
            if let name = element["name"]?.text { names.insert(name) }
            guard let group = element["group"], let name = group.text else { continue }
            if let variables = scene.project?.groups[name] {
                names.formUnion(variables)
            } else {
                declared(group, nil, "variable group", scene, &problems)
            }
        }
        return names
    }

    /// The variables of a matrix, those of the first leg: all have the same.
    private func matrix(_ job: PipelineValue) -> Set<String> {
        Set((job["strategy", "matrix"]?.entries.first?.value.entries ?? []).map(\.key))
    }

    /// What a step sets for those behind it, by its script or a task's input.
    private func set(by step: Pipeline.Step) -> Set<String> {
        let text = step.node.scalars.compactMap(\.text).joined(separator: "\n")
        var names = Set(text.matches(of: /task\.setvariable variable=([A-Za-z0-9_.]+)/).map { String($0.1) })
        if let name = step.inputs?["cacheHitVar"]?.text { names.insert(name) }
        // What its script sets as outputs is not known here: any name behind the step's own.
        if let name = step.name { names.insert("\(name).") }
        return names
    }

    private func check(
        _ node: PipelineValue, _ known: Set<String>, below left: Set<String>, _ problems: inout [PipelineProblem]
    ) {
        let lower = Set(known.map { $0.lowercased() })
        for (key, value) in node.entries where !left.contains(key) && key != "strategy" {
            // Runs have names of their own making.
            if key == "name", node["stages"] != nil || node["jobs"] != nil || node["steps"] != nil { continue }
            for scalar in value.scalars {
                for match in (scalar.text ?? "").matches(of: /\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/) {
                    let name = String(match.1)
                    let first = name.split(separator: ".").first.map { $0.lowercased() } ?? ""
                    if lower.contains(name.lowercased()) || lower.contains("\(first).") { continue }
                    if Self.predefined.contains(first) && name.contains(".") { continue }
                    problems.append(
                        PipelineProblem(
                            "undefined", at: scalar, "the variable '\(name)' is defined nowhere",
                            remedy: "Azure would leave $(\(name)) as it stands, and a shell would call it"))
                }
            }
        }
    }

    var examples: [Example] {
        func pipeline(_ steps: String, group: String = "claims") -> [String: String] {
            [
                "azure-pipelines.yml":
                    "pool: agents\nvariables:\n  - group: \(group)\n  - name: python\n    value: '3.7'\nsteps:\n\(steps)",
                "project.yaml":
                    "variableGroups:\n  claims:\n    registry: where images are pushed\nserviceConnections:\n  azure: federated\npools:\n  agents: ours\n",
            ]
        }
        return [
            .sound(
                "variables of a group, of the file, of Azure and of a step",
                pipeline(
                    "  - bash: echo '##vso[task.setvariable variable=digest]x' $(registry) $(python) $(Build.BuildId)\n  - bash: echo $(digest)\n  - task: AzureCLI@2\n    inputs: { azureSubscription: azure }\n"
                )),
            .broken("a variable that is misspelt", pipeline("  - bash: echo $(registri)\n"), triggers: "undefined"),
            .broken("a group that there is not", pipeline("  - bash: echo\n", group: "claim"), triggers: "undeclared"),
            .broken(
                "a service connection that there is not",
                pipeline("  - task: AzureCLI@2\n    inputs: { azureSubscription: azur }\n"), triggers: "undeclared"),
        ]
    }
}
