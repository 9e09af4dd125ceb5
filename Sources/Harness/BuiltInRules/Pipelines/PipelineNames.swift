import CheckCore
import DeliveryModel
import HarnessSupport

/// Checks that variables are defined, and that connections, environments, pools and groups are declared.
struct PipelineNames: PipelineRule {
    let name = "azure-names"
    let summary = "Azure pipelines use variables that are defined and connections that are declared"
    let advice = Advice.rules("nearly")

    /// Predefined variables, by the part before the first dot.
    ///
    /// Source: Microsoft, Azure Pipelines documentation, "Use predefined variables".
    private static let predefined: Set<String> = [
        "agent", "build", "pipeline", "system", "environment", "strategy", "checks", "release", "resources",
    ]

    /// Predefined variables without a dot.
    private static let environment: Set<String> = ["tf_build"]

    /// Shell commands in `$(…)`: a name that is not an Azure variable is a command substitution.
    private static let programs: Set<String> = [
        "arch", "cat", "date", "env", "hostname", "id", "jobs", "ls", "mktemp", "nproc", "pwd", "tty", "uname",
        "whoami",
    ]

    /// The inputs of tasks that name a service connection.
    private static let connections: Set<String> = [
        "azureSubscription", "connectedServiceNameARM", "azureSubscriptionConnection", "azureSubscriptionEndpoint",
        "containerRegistry", "dockerRegistryEndpoint", "kubernetesServiceConnection", "kubernetesServiceEndpoint",
        "backendServiceArm", "environmentServiceNameAzureRM",
    ]

    /// Retired agent images, and misspelt names of existing images.
    ///
    /// Source: learn.microsoft.com, Azure Pipelines, Microsoft-hosted agents, "Software", and its retirement notices.
    private func retired(_ image: PipelineValue?, _ problems: inout [PipelineProblem]) {
        guard let image, let text = image.text?.lowercased() else { return }
        let known = [
            "ubuntu-latest", "ubuntu-24.04", "ubuntu-22.04", "windows-latest", "windows-2025", "windows-2022",
            "macos-latest", "macos-15", "macos-14",
        ]
        let isGone = text.contains(
            /^(?:ubuntu-(?:16\.04|18\.04|20\.04)|vs2015-win2012r2|vs2017-win2016|win1803|windows-2019|macos-1(?:0\.1[345]|1|2|3))$/
        )
        guard isGone || text.contains(/-(?:lastest|latests|latset|lates)$/) else { return }
        problems.append(
            PipelineProblem(
                "image", at: image, "Azure has no agent image \(text)",
                remedy: "use one of \(known.joined(separator: ", "))"))
    }

    func problems(in scene: PipelineContext) -> [PipelineProblem] {
        guard let pipeline = scene.pipeline else { return [] }
        var problems: [PipelineProblem] = []
        let shared = defined(pipeline.root["variables"], scene, &problems)
        let isComplete = scene.project != nil
        check(pipeline.root, shared, isComplete, below: ["stages", "jobs", "steps"], &problems)
        for stage in pipeline.stages {
            let ofStage =
                stage.name == Pipeline.unnamed
                ? shared : shared.union(defined(stage.node["variables"], scene, &problems))
            if stage.name != Pipeline.unnamed { check(stage.node, ofStage, isComplete, below: ["jobs"], &problems) }
            for job in stage.jobs {
                var known = ofStage.union(defined(job.node["variables"], scene, &problems))
                known.formUnion(matrix(job.node))
                for step in job.steps {
                    check(step.node, known, isComplete, below: [], &problems)
                    known.formUnion(set(by: step))
                    for (key, value) in step.inputs?.entries ?? [] where Self.connections.contains(key) {
                        declared(value, \.serviceConnections, "service connection", scene, &problems)
                    }
                }
                declared(job.environment, \.environments, "environment", scene, &problems)
                retired((job.node["pool"] ?? stage.node["pool"] ?? pipeline.root["pool"])?["vmImage"], &problems)
                if let pool = job.node["pool"] ?? stage.node["pool"] ?? pipeline.root["pool"] {
                    declared(pool.text == nil ? pool["name"] : pool, \.pools, "pool", scene, &problems)
                }
            }
        }
        return problems
    }

    /// Without declarations beside the pipeline, only Azure knows the connections.
    private func declared(
        _ value: PipelineValue?, _ names: (PipelineProject) -> Set<String>, _ what: String, _ scene: PipelineContext,
        _ problems: inout [PipelineProblem]
    ) {
        guard let value, let name = value.text, !name.contains("$("), let project = scene.project,
            !names(project).contains(name)
        else { return }
        problems.append(
            PipelineProblem(
                "undeclared", at: value, "the \(what) '\(name)' is not declared",
                remedy: "declare it in \(project.path)"))
    }

    private func defined(
        _ node: PipelineValue?, _ scene: PipelineContext, _ problems: inout [PipelineProblem]
    ) -> Set<String> {
        var names = Set((node?.entries ?? []).map(\.key))
        for element in node?.elements ?? [] {
            if let name = element["name"]?.text { names.insert(name) }
            guard let group = element["group"], let name = group.text else { continue }
            names.formUnion(scene.project?.groups[name] ?? [])
            declared(group, { Set($0.groups.keys) }, "variable group", scene, &problems)
        }
        return names
    }

    /// The variables of a matrix, from its first leg, because all legs define the same ones.
    private func matrix(_ job: PipelineValue) -> Set<String> {
        Set((job["strategy", "matrix"]?.entries.first?.value.entries ?? []).map(\.key))
    }

    /// Variables that a step sets for later steps, in its script or by a task input.
    private func set(by step: Pipeline.Step) -> Set<String> {
        let text = step.node.scalars.compactMap(\.text).joined(separator: "\n")
        var names = Set(text.matches(of: /task\.setvariable variable=([A-Za-z0-9_.]+)/).map { String($0.1) })
        if let name = step.inputs?["cacheHitVar"]?.text { names.insert(name) }
        // The outputs of its script are unknown, so any name after the step's name is valid.
        if let name = step.name { names.insert("\(name).") }
        return names
    }

    /// - Parameter isComplete: whether all variables are known. Otherwise some may be defined in Azure's web UI, and
    ///   only misspelt known variables are reported.
    private func check(
        _ node: PipelineValue, _ known: Set<String>, _ isComplete: Bool, below left: Set<String>,
        _ problems: inout [PipelineProblem]
    ) {
        let lower = Set(known.map { $0.lowercased() })
        for (key, value) in node.entries where !left.contains(key) && key != "strategy" {
            // The run name uses its own format tokens.
            if key == "name", node["stages"] != nil || node["jobs"] != nil || node["steps"] != nil { continue }
            for scalar in value.scalars {
                let text = scalar.text ?? ""
                for match in text.matches(of: /\$\(([A-Za-z_][A-Za-z0-9_.-]*)\)/) {
                    let name = String(match.1)
                    guard !isDefined(name.lowercased(), lower) else { continue }
                    let meant = known.sorted().first { name.isLikelyTypo(of: $0) }
                    guard isComplete || meant != nil else { continue }
                    // A block scalar starts on the line after its `|`.
                    let lines = text[..<match.range.lowerBound].count { $0 == "\n" }
                    problems.append(
                        PipelineProblem(
                            isComplete ? "undefined" : "nearly", file: scalar.file,
                            line: scalar.line + (text.contains("\n") ? lines + 1 : 0),
                            "the variable '\(name)' is not defined" + (meant.map { "; did you mean '\($0)'?" } ?? ""),
                            remedy:
                                "define the variable: Azure does not replace $(\(name)), and a shell runs it as a command"
                        ))
                }
            }
        }
    }

    private func isDefined(_ name: String, _ known: Set<String>) -> Bool {
        let first = name.prefix { $0 != "." }
        return known.contains(name) || known.contains("\(first).") || Self.environment.contains(name)
            || Self.predefined.contains(String(first)) && name.contains(".") || Self.programs.contains(name)
            // A PowerShell command, such as Get-Date.
            || name.contains(/^[a-z]+-[a-z]+$/)
    }

    var explanations: [String: String] {
        [
            "image":
                "The image of the hosted agent is retired or does not exist, so the job never starts.",
            "nearly":
                "The variable is not defined, but one with a similar name is.",
            "undeclared":
                "The pipeline uses a variable group or service connection that project.yaml does not declare.",
            "undefined":
                "The variable is not defined. Azure leaves `$(name)` as it is, and a shell runs it as a command. Source: https://learn.microsoft.com/azure/devops/pipelines/process/variables",
        ]
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
        func image(_ name: String) -> [String: String] {
            ["azure-pipelines.yml": "pool: {vmImage: \(name)}\nsteps:\n  - bash: make\n"]
        }
        return [
            .sound("an agent image", image("ubuntu-24.04")),
            .broken("an agent image that Microsoft has taken away", image("ubuntu-18.04"), triggers: "image"),
            .broken("an agent image that is misspelt", image("ubuntu-lastest"), triggers: "image"),
            .sound(
                "variables of a group, of the file, of Azure and of a step",
                pipeline(
                    "  - bash: echo '##vso[task.setvariable variable=digest]x' $(registry) $(python) $(Build.BuildId)\n  - bash: echo $(digest)\n  - task: AzureCLI@2\n    inputs: { azureSubscription: azure }\n"
                )),
            .broken("a variable that is misspelt", pipeline("  - bash: echo $(registri)\n"), triggers: "undefined"),
            .sound(
                "what a shell calls",
                pipeline("  - bash: d=$(date) t=$TF_BUILD$(TF_BUILD)\n  - pwsh: Write-Host $(Get-ChildItem)\n")),
            .sound(
                "what only Azure can know where nothing is declared",
                [
                    "azure-pipelines.yml":
                        "pool: ours\nvariables:\n  - group: claims\n  - template: variables.yml\nsteps:\n  - bash: echo $(registry) $(python)\n  - task: AzureCLI@2\n    inputs: { azureSubscription: azure }\n",
                    "variables.yml": "variables:\n  python: 3.11\n",
                ]),
            .broken(
                "a slip of a variable that is defined",
                [
                    "azure-pipelines.yml":
                        "pool: ours\nvariables:\n  python: 3.11\nsteps:\n  - bash: |\n      echo\n      echo $(pyhon)\n"
                ],
                triggers: "nearly"),
            .broken(
                "a group that does not exist", pipeline("  - bash: echo\n", group: "claim"), triggers: "undeclared"),
            .broken(
                "a service connection that does not exist",
                pipeline("  - task: AzureCLI@2\n    inputs: { azureSubscription: azur }\n"), triggers: "undeclared"),
        ]
    }
}
