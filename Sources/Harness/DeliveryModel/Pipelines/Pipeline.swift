/// A pipeline as it runs: stages of jobs of steps, in the order of the file.
package struct Pipeline: Sendable {
    package let root: PipelineValue
    package let stages: [Stage]

    package struct Stage: Sendable {
        package let name: String
        package let node: PipelineValue
        /// `nil` without `dependsOn`: the stage then waits for the previous stage.
        package let dependsOn: [PipelineValue]?
        package let jobs: [Job]
    }

    package struct Job: Sendable {
        package let name: String
        package let node: PipelineValue
        package let dependsOn: [PipelineValue]
        package let environment: PipelineValue?
        /// In the order of a successful run; hooks for failures come last.
        package let steps: [Step]
        package var isDeployment: Bool { node["deployment"] != nil }
    }

    package struct Step: Sendable {
        package let node: PipelineValue
        /// The lifecycle hook: `deploy`, `on.failure` …; empty in a job.
        let hook: String

        /// The first key is the type of the step.
        package var kind: String { node.entries.first { Self.kinds.contains($0.key) }?.key ?? "" }
        package var subject: PipelineValue? { node[kind] }
        /// The display name, else the step's content.
        var title: String { node["displayName"]?.text ?? subject?.text ?? "step" }
        package var name: String? { node["name"]?.text }
        package var inputs: PipelineValue? { node["inputs"] }

        private static let kinds = [
            "task", "script", "bash", "pwsh", "powershell", "checkout", "download", "publish", "downloadBuild",
            "getPackage", "reviewApp",
        ]

        /// The script for the shell.
        package var script: PipelineValue? {
            switch kind {
            case "script", "bash", "pwsh", "powershell": subject
            case "task": inputs?["inlineScript"] ?? inputs?["script"]
            default: nil
            }
        }

        /// The artifact that the step publishes.
        package var published: PipelineValue? {
            if kind == "publish" { return node["artifact"] }
            return task("PublishPipelineArtifact") ? inputs?["artifact"] ?? inputs?["artifactName"] : nil
        }

        /// The artifact of this run that the step downloads.
        package var downloaded: PipelineValue? {
            if kind == "download" { return subject?.text == "current" ? node["artifact"] : nil }
            return task("DownloadPipelineArtifact") ? inputs?["artifact"] ?? inputs?["artifactName"] : nil
        }

        private func task(_ name: String) -> Bool { subject?.text?.hasPrefix("\(name)@") == true && kind == "task" }
    }

    /// - Parameter root: after expansion.
    init(_ root: PipelineValue) {
        self.root = root
        if let stages = root["stages"] {
            self.stages = stages.elements.map(Stage.init)
        } else {
            self.stages = [Stage(root)]
        }
    }

    /// Azure's name for a stage or a job without a name.
    package static let unnamed = "__default"

    /// Keys of a deployment's strategy, in the order of a run.
    fileprivate static let hooks = [
        ["preDeploy"], ["deploy"], ["routeTraffic"], ["postRouteTraffic"], ["on", "success"], ["on", "failure"],
    ]
}

extension Pipeline.Stage {
    fileprivate init(_ node: PipelineValue) {
        self.node = node
        name = node["stage"]?.text ?? Pipeline.unnamed
        dependsOn = node["dependsOn"]?.texts
        jobs = node["jobs"].map { $0.elements.map(Pipeline.Job.init) } ?? [Pipeline.Job(node)]
    }
}

extension Pipeline.Job {
    /// The name for messages; a pipeline with steps only has one job without a name.
    package var title: String { name == Pipeline.unnamed ? "the job" : "the job '\(name)'" }

    fileprivate init(_ node: PipelineValue) {
        self.node = node
        name = node["job"]?.text ?? node["deployment"]?.text ?? Pipeline.unnamed
        dependsOn = node["dependsOn"]?.texts ?? []
        environment = node["environment"].map { $0["name"] ?? $0 }
        var steps = (node["steps"]?.elements ?? []).map { Pipeline.Step(node: $0, hook: "") }
        for strategy in ["runOnce", "rolling", "canary"] {
            guard let strategy = node["strategy", strategy] else { continue }
            for hook in Pipeline.hooks {
                let found = hook.reduce(Optional(strategy)) { $0?[$1] }
                steps += (found?["steps"]?.elements ?? []).map {
                    Pipeline.Step(node: $0, hook: hook.joined(separator: "."))
                }
            }
        }
        self.steps = steps
    }
}
