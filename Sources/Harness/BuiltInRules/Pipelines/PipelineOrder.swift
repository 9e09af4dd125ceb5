import CheckCore
import DeliveryModel

/// Checks that names are unique, and that dependencies, outputs and artifacts exist and come earlier.
struct PipelineOrder: PipelineRule {
    let name = "azure-order"
    let summary = "stages, jobs, outputs and artifacts of Azure pipelines exist and are ordered by their dependencies"

    func problems(in scene: PipelineContext) -> [PipelineProblem] {
        guard let pipeline = scene.pipeline else { return [] }
        let stages = pipeline.stages.enumerated().map { index, stage in
            Node(
                name: stage.name, place: stage.node,
                dependsOn: stage.dependsOn
                    ?? (index == 0 ? [] : [PipelineValue(pipeline.stages[index - 1].name, at: stage.node)]))
        }
        var problems = Graph(what: "stage", nodes: stages).problems()
        for stage in pipeline.stages {
            let jobs = stage.jobs.map { Node(name: $0.name, place: $0.node, dependsOn: $0.dependsOn) }
            problems += Graph(what: "job", nodes: jobs).problems()
            for job in stage.jobs {
                let named = job.steps.compactMap { step in
                    step.name.map { Node(name: $0, place: step.node, dependsOn: []) }
                }
                problems += Graph(what: "step", nodes: named).problems()
            }
        }
        return problems + references(pipeline, stages) + artifacts(pipeline, stages)
    }

    // MARK: Names and dependencies

    private struct Node {
        let name: String
        let place: PipelineValue
        let dependsOn: [PipelineValue]
    }

    private struct Graph {
        let what: String
        let nodes: [Node]

        func problems() -> [PipelineProblem] {
            var problems: [PipelineProblem] = []
            var names: Set<String> = []
            for node in nodes where !names.insert(node.name).inserted {
                problems.append(
                    PipelineProblem("duplicate", at: node.place, "the \(what) '\(node.name)' is defined twice"))
            }
            for node in nodes {
                for wanted in node.dependsOn where !names.contains(wanted.text ?? "") {
                    problems.append(
                        PipelineProblem(
                            "depends-on", at: wanted,
                            "the \(what) '\(node.name)' depends on '\(wanted.text ?? "")', which does not exist",
                            remedy: "use one of \(names.sorted().joined(separator: ", "))"))
                }
                if before(node.name).contains(node.name) {
                    problems.append(
                        PipelineProblem("cycle", at: node.place, "the \(what) '\(node.name)' depends on itself"))
                }
            }
            return problems
        }

        /// The direct dependencies of a node, the only ones whose outputs it can read.
        ///
        /// Source: Microsoft, Azure Pipelines documentation, "Expressions", section "Dependencies": a stage that is
        /// not the one just before has to be named in `dependsOn`.
        func named(_ name: String) -> Set<String> {
            Set(nodes.first { $0.name == name }?.dependsOn.compactMap(\.text) ?? [])
        }

        /// All direct and indirect dependencies of a node.
        func before(_ name: String) -> Set<String> {
            var found: Set<String> = []
            var waiting = [name]
            while let next = waiting.popLast() {
                for wanted in nodes.first(where: { $0.name == next })?.dependsOn ?? [] {
                    if let text = wanted.text, found.insert(text).inserted { waiting.append(text) }
                }
            }
            return found
        }
    }

    // MARK: Conditions and outputs

    private func references(_ pipeline: Pipeline, _ stages: [Node]) -> [PipelineProblem] {
        let graph = Graph(what: "stage", nodes: stages)
        return pipeline.stages.flatMap { stage -> [PipelineProblem] in
            let jobs = Graph(
                what: "job", nodes: stage.jobs.map { Node(name: $0.name, place: $0.node, dependsOn: $0.dependsOn) })
            var problems: [PipelineProblem] = []
            // A stage condition sees stages. A job condition sees jobs, and stages under another name.
            for expression in expressions(in: stage.node, below: ["jobs", "steps"]) {
                problems += check(
                    expression, before: graph.before(stage.name), named: graph.named(stage.name), pipeline.stages,
                    jobs: nil)
            }
            for job in stage.jobs {
                for expression in expressions(in: job.node, below: []) {
                    problems += check(
                        expression, before: graph.before(stage.name), named: graph.named(stage.name),
                        pipeline.stages, jobs: (stage.jobs, jobs.before(job.name), jobs.named(job.name)))
                }
            }
            return problems
        }
    }

    private struct Written {
        let expression: PipelineExpression?
        let place: PipelineValue
    }

    /// Conditions, and values of the form `$[ … ]`.
    private func expressions(in node: PipelineValue, below left: Set<String>) -> [Written] {
        node.entries.filter { !left.contains($0.key) }.flatMap { key, value -> [Written] in
            if key == "condition", let text = value.text {
                return [Written(expression: try? PipelineExpression(text), place: value)]
            }
            return value.scalars.compactMap { scalar in
                scalar.text?.wholeMatch(of: /\s*\$\[(.*)\]\s*/).map {
                    Written(expression: try? PipelineExpression($0.1), place: scalar)
                }
            } + conditions(in: value)
        }
    }

    private func conditions(in value: PipelineValue) -> [Written] {
        let below = value.entries.flatMap { conditions(in: $0.value) } + value.elements.flatMap { conditions(in: $0) }
        guard let condition = value["condition"], let text = condition.text else { return below }
        return below + [Written(expression: try? PipelineExpression(text), place: condition)]
    }

    /// Source: Microsoft, Azure Pipelines documentation, "Expressions", sections "Functions" and "Job status check
    /// functions".
    private static let functions: Set<String> = [
        "and", "coalesce", "contains", "containsvalue", "converttojson", "counter", "endswith", "eq", "format", "ge",
        "gt",
        "iif", "in", "join", "le", "length", "lower", "lt", "ne", "not", "notin", "or", "replace", "split",
        "startswith",
        "trim", "upper", "xor", "always", "canceled", "failed", "succeeded", "succeededorfailed",
    ]

    private func check(
        _ written: Written, before: Set<String>, named: Set<String>, _ stages: [Pipeline.Stage],
        jobs: (all: [Pipeline.Job], before: Set<String>, named: Set<String>)?
    ) -> [PipelineProblem] {
        guard let expression = written.expression else {
            return [
                PipelineProblem(
                    "condition", at: written.place, "'\(written.place.text ?? "")' is not a valid expression")
            ]
        }
        func problem(_ message: String) -> PipelineProblem {
            PipelineProblem("condition", at: written.place, message)
        }
        var problems: [PipelineProblem] = []
        for part in expression.parts {
            if case .call(let function, _) = part, !Self.functions.contains(function.lowercased()) {
                problems.append(problem("the function '\(function)' does not exist"))
            }
            if case .call(let function, let arguments) = part,
                ["succeeded", "failed", "succeededOrFailed"].contains(function)
            {
                let known = Set(jobs?.before ?? before)
                for case .literal(let name, _) in arguments where !known.contains(name) {
                    problems.append(problem("\(function)('\(name)') refers to nothing that runs earlier"))
                }
            }
            guard let way = part.way, way.count >= 2 else { continue }
            let isStage = way[0] == "stageDependencies" || (way[0] == "dependencies" && jobs == nil)
            guard isStage || way[0] == "dependencies" else { continue }
            let job: Pipeline.Job?
            let rest: ArraySlice<String>
            if isStage {
                guard before.contains(way[1]), let stage = stages.first(where: { $0.name == way[1] }) else {
                    problems.append(problem("the stage '\(way[1])' does not run before this one"))
                    continue
                }
                guard named.contains(way[1]) else {
                    problems.append(
                        PipelineProblem(
                            "outputs", at: written.place,
                            "this stage cannot read outputs of '\(way[1])', which its `dependsOn` does not list",
                            remedy: "add \(way[1]) to `dependsOn`: outputs of indirect dependencies are empty"))
                    continue
                }
                // Of stages: `stageDependencies.STAGE.JOB.outputs[…]`, `dependencies.STAGE.outputs['JOB.STEP.NAME']`.
                guard way.count > 3, way[0] == "stageDependencies" else { continue }
                job = stage.jobs.first { $0.name == way[2] }
                rest = way.dropFirst(3)
                if job == nil { problems.append(problem("the stage '\(way[1])' has no job '\(way[2])'")) }
            } else {
                guard let jobs else { continue }
                job = jobs.before.contains(way[1]) ? jobs.all.first { $0.name == way[1] } : nil
                rest = way.dropFirst(2)
                if job == nil {
                    problems.append(problem("the job '\(way[1])' does not run before this one"))
                } else if !jobs.named.contains(way[1]) {
                    problems.append(
                        PipelineProblem(
                            "outputs", at: written.place,
                            "this job cannot read outputs of '\(way[1])', which its `dependsOn` does not list",
                            remedy: "add \(way[1]) to `dependsOn`: outputs of indirect dependencies are empty"))
                }
            }
            guard let job, rest.first == "outputs", let output = rest.dropFirst().first else { continue }
            let step = output.split(separator: ".").dropLast().last.map(String.init) ?? ""
            if !job.steps.contains(where: { $0.name == step }) {
                problems.append(problem("the job '\(job.name)' has no step named '\(step)'"))
            }
        }
        return problems
    }

    // MARK: Artifacts

    private func artifacts(_ pipeline: Pipeline, _ stages: [Node]) -> [PipelineProblem] {
        let graph = Graph(what: "stage", nodes: stages)
        return pipeline.stages.flatMap { stage in
            let jobs = Graph(
                what: "job", nodes: stage.jobs.map { Node(name: $0.name, place: $0.node, dependsOn: $0.dependsOn) })
            return stage.jobs.flatMap { job in
                job.steps.enumerated().compactMap { index, step -> PipelineProblem? in
                    guard let wanted = step.downloaded, let name = wanted.text else { return nil }
                    let earlier =
                        pipeline.stages.filter { graph.before(stage.name).contains($0.name) }.flatMap(\.jobs)
                        .flatMap(\.steps)
                        + stage.jobs.filter { jobs.before(job.name).contains($0.name) }.flatMap(\.steps)
                        + job.steps[..<index]
                    if earlier.contains(where: { $0.published?.text == name }) { return nil }
                    return PipelineProblem(
                        "artifact", at: wanted, "nothing that runs earlier publishes the artifact '\(name)'")
                }
            }
        }
    }

    var explanations: [String: String] {
        [
            "artifact":
                "A job downloads an artifact that nothing before it publishes.",
            "condition":
                "The condition calls a function that Azure does not have. The run fails.",
            "cycle":
                "Stages or jobs wait for each other. Azure rejects the pipeline.",
            "depends-on":
                "A stage or job depends on one that does not exist. Azure rejects the pipeline.",
            "duplicate":
                "Two stages or jobs have the same name. Azure rejects the pipeline.",
            "outputs":
                "The expression reads outputs of a stage or job that `dependsOn` does not name. The value is empty. Source: https://learn.microsoft.com/azure/devops/pipelines/process/expressions#dependencies",
        ]
    }

    var examples: [Example] {
        func stages(_ second: String) -> [String: String] {
            [
                "azure-pipelines.yml": """
                stages:
                  - stage: build
                    jobs:
                      - job: image
                        steps:
                          - bash: ./push.sh
                            name: push
                          - publish: out
                            artifact: sbom
                  - stage: deploy
                \(second)

                """
            ]
        }
        let steps = "    jobs:\n      - job: go\n        steps:\n"
        return [
            .sound(
                "an output, an artifact and a condition of the stage before",
                stages(
                    "    condition: succeeded('build')\n    variables:\n      digest: $[ stageDependencies.build.image.outputs['push.digest'] ]\n\(steps)          - download: current\n            artifact: sbom"
                )),
            .broken(
                "a stage that does not exist", stages("    dependsOn: builds\n\(steps)          - bash: a"),
                triggers: "depends-on"),
            .broken(
                "a function that does not exist",
                stages("    condition: and(suceeded('build'), true)\n\(steps)          - bash: a"),
                triggers: "condition"),
            .broken(
                "a stage that waits for itself", stages("    dependsOn: deploy\n\(steps)          - bash: a"),
                triggers: "cycle"),
            .broken(
                "two stages of one name",
                ["azure-pipelines.yml": "stages:\n  - stage: a\n    jobs: []\n  - stage: a\n    jobs: []\n"],
                triggers: "duplicate"),
            .broken(
                "a condition on a stage that does not exist",
                stages("    condition: succeeded('test')\n\(steps)          - bash: a"), triggers: "condition"),
            .broken(
                "an output of a step that does not exist",
                stages(
                    "    variables:\n      digest: $[ stageDependencies.build.image.outputs['pull.digest'] ]\n\(steps)          - bash: a"
                ), triggers: "condition"),
            .broken(
                "an output of a stage that another one waits for",
                stages(
                    "    jobs: []\n  - stage: later\n    dependsOn: deploy\n    variables:\n      digest: $[ stageDependencies.build.image.outputs['push.digest'] ]\n\(steps)          - bash: a"
                ), triggers: "outputs"),
            .sound(
                "the same, named",
                stages(
                    "    jobs: []\n  - stage: later\n    dependsOn: [build, deploy]\n    variables:\n      digest: $[ stageDependencies.build.image.outputs['push.digest'] ]\n\(steps)          - bash: a"
                )),
            .broken(
                "an output of a job that another one waits for",
                [
                    "azure-pipelines.yml": """
                    jobs:
                      - job: a
                        steps:
                          - bash: a
                            name: a
                      - job: b
                        dependsOn: a
                        steps: []
                      - job: c
                        dependsOn: b
                        variables:
                          word: $[ dependencies.a.outputs['a.word'] ]
                        steps: []

                    """
                ], triggers: "outputs"),
            .broken(
                "an artifact that nobody publishes",
                stages("\(steps)          - download: current\n            artifact: model"), triggers: "artifact"),
        ]
    }
}
