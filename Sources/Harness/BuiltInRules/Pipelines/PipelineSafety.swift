import CheckCore
import DeliveryModel
import DocumentModels

/// Checks that steps can fail, the text contains no secrets, tasks and images are pinned, jobs have timeouts, and
/// deployments come from one branch.
struct PipelineSafety: PipelineRule {
    let name = "azure-safety"
    let summary = "Azure pipelines hide no failures, contain no secrets, and pin what they run"
    let advice = Advice.rules("no-timeout", "any-branch", "no-environment", "cannot-fail", "unpinned")

    func problems(in scene: PipelineContext) -> [PipelineProblem] {
        guard let pipeline = scene.pipeline else { return [] }
        var problems: [PipelineProblem] = []
        secrets(pipeline.root["variables"], &problems)
        containers(pipeline.root["resources", "containers"]?.elements ?? [], &problems)
        for stage in pipeline.stages {
            secrets(stage.name == Pipeline.unnamed ? nil : stage.node["variables"], &problems)
            if let job = stage.jobs.first(where: { $0.environment != nil }),
                ![stage.node, job.node].contains(where: {
                    $0["condition"]?.text?.contains("Build.SourceBranch") == true
                })
            {
                problems.append(
                    PipelineProblem(
                        "any-branch", at: job.environment ?? job.node,
                        "anybody who starts this pipeline on their own branch deploys that branch",
                        remedy:
                            "add condition: and(succeeded(), eq(variables['Build.SourceBranch'], 'refs/heads/main'))"))
            }
            for job in stage.jobs {
                secrets(job.node["variables"], &problems)
                if job.isDeployment, job.environment == nil {
                    problems.append(
                        PipelineProblem(
                            "no-environment", at: job.node, "'\(job.name)' deploys without an approval",
                            remedy: "add environment: NAME, so that Azure applies its approvals and locks"))
                }
                if let container = job.node["container"] { containers([container], &problems) }
                neverFails(job.node, &problems)
                if job.node["timeoutInMinutes"] == nil || job.node["timeoutInMinutes"]?.text == "0" {
                    problems.append(
                        PipelineProblem(
                            "no-timeout", at: job.node, "\(job.title) has no timeout",
                            remedy: "add timeoutInMinutes with the longest expected duration"))
                }
                for step in job.steps { check(step, &problems) }
            }
        }
        return problems
    }

    private func check(_ step: Pipeline.Step, _ problems: inout [PipelineProblem]) {
        neverFails(step.node, &problems)
        for (key, value) in (step.node["env"]?.entries ?? []) { secret(key, value, &problems) }
        for (key, value) in (step.inputs?.entries ?? []) { secret(key, value, &problems) }
        if step.kind == "task", let task = step.subject, task.text?.contains(/@\d+(\.\d+\.\d+)?$/) != true {
            problems.append(
                PipelineProblem(
                    "unpinned", at: task, "the task '\(task.text ?? "")' has no version", remedy: "write it as Name@2"))
        }
        // Source: microsoft/azure-pipelines-task-lib, node/toolrunner.ts, `_argStringToArray`, by which AzureCLI@2 reads
        // them: no shell does.
        if step.kind == "task", step.subject?.text?.hasPrefix("AzureCLI@") == true,
            let arguments = step.inputs?["arguments"], arguments.text?.contains("'") == true
        {
            problems.append(
                PipelineProblem(
                    "single-quote", at: arguments,
                    "the task passes these single quotes to the script as part of its arguments",
                    remedy: "use double quotes, which the task removes"))
        }
        guard let script = step.script, let text = script.text else { return }
        let hidden = ["|| true", "|| :", "|| exit 0", "set +e", "; true"]
        if let found = hidden.first(where: text.contains) {
            problems.append(
                PipelineProblem(
                    "cannot-fail", at: script, "'\(found)' makes this step succeed even if it fails",
                    remedy: "handle the expected failure only"))
        }
        if text.contains(/(?:echo|printf|Write-Host|Write-Output)\b[^\n|]*\$\(System\.AccessToken\)/) {
            // Azure masks the exact token, but not a part or an encoding of it.
            problems.append(
                PipelineProblem(
                    "secret", at: script, "this script prints the job's access token",
                    remedy: "pass the token with env to the command that needs it"))
        }
        if let match = text.firstMatch(of: #/##vso\[task\.setvariable ([^\]\n]*)\]([^\s"'$\\]{6,})/#),
            match.1.contains(/(?i)variable=\w*(?:password|secret|token|apikey|privatekey)\b/)
        {
            problems.append(
                PipelineProblem(
                    "secret", at: script, "this script contains the value of a secret",
                    remedy: "keep the secret in Key Vault, or use workload identity federation instead"))
        }
        if let match = text.firstMatch(of: Self.credential) {
            problems.append(
                PipelineProblem("secret", at: script, "this script contains a secret: \(match.output.prefix(12))…"))
        }
    }

    private func neverFails(_ node: PipelineValue, _ problems: inout [PipelineProblem]) {
        guard let flag = node["continueOnError"], flag.text?.lowercased() != "false" else { return }
        problems.append(
            PipelineProblem("cannot-fail", at: flag, "continueOnError turns a failure into a warning"))
    }

    private func containers(_ containers: [PipelineValue], _ problems: inout [PipelineProblem]) {
        for container in containers {
            // The name of a container resource has no colon and no slash.
            guard let image = container["image"] ?? container.text.map({ _ in container }), let text = image.text,
                text.contains("/") || text.contains(":"), !text.contains("@sha256:")
            else { continue }
            problems.append(
                PipelineProblem(
                    "unpinned", at: image, "the image '\(text)' has no digest", remedy: "write it as NAME@sha256:…"))
        }
    }

    // MARK: Secrets

    /// Patterns of secrets: storage account keys, tokens, private keys.
    private static var credential: Regex<Substring> {
        /AccountKey=[A-Za-z0-9+\/=]{40,}|-----BEGIN [A-Z ]*PRIVATE KEY-----|eyJ[A-Za-z0-9_-]{20,}\.eyJ|gh[pousr]_[A-Za-z0-9]{36}/
    }

    private func secrets(_ variables: PipelineValue?, _ problems: inout [PipelineProblem]) {
        for (key, value) in variables?.entries ?? [] where value.text != nil { secret(key, value, &problems) }
        for element in variables?.elements ?? [] {
            if let name = element["name"]?.text, let value = element["value"] { secret(name, value, &problems) }
        }
    }

    /// Finds a variable with a secret-like name and a literal value.
    private func secret(_ name: String, _ value: PipelineValue, _ problems: inout [PipelineProblem]) {
        guard let text = value.text, !text.isEmpty else { return }
        let words = ["password", "secret", "token", "apikey", "accesskey", "connectionstring", "privatekey"]
        let plain = name.lowercased().filter { $0.isLetter }
        let isNamed = words.contains { plain.hasSuffix($0) }
        let isElsewhere = text.contains("$(") || text.hasPrefix("$[") || value.type == .boolean
        if isNamed && !isElsewhere || text.contains(Self.credential) {
            problems.append(
                PipelineProblem(
                    "secret", at: value, "the pipeline contains the value of '\(name)'",
                    remedy: "keep the secret in Key Vault, or use workload identity federation instead"))
        }
    }

    var explanations: [String: String] {
        [
            "any-branch":
                "A deployment has no condition on the branch. Everybody who starts the pipeline deploys their own branch.",
            "cannot-fail":
                "`continueOnError` turns a failure into a warning.",
            "no-environment":
                "The deployment has no environment, and so no approval and no lock. Source: https://learn.microsoft.com/azure/devops/pipelines/process/approvals",
            "no-timeout":
                "The job has no timeout. A job that hangs occupies an agent for an hour or longer.",
            "secret":
                "A variable whose name suggests a secret has its value in the pipeline.",
            "single-quote":
                "The task passes single quotes to the script as part of the argument.",
            "unpinned":
                "The task has no major version, so Azure may run another one tomorrow.",
        ]
    }

    var examples: [Example] {
        func job(_ text: String) -> [String: String] {
            ["azure-pipelines.yml": "jobs:\n  - job: a\n    timeoutInMinutes: 5\n\(text)"]
        }
        func deployment(_ condition: String) -> [String: String] {
            [
                "azure-pipelines.yml": """
                stages:
                  - stage: production
                    condition: \(condition)
                    jobs:
                      - deployment: a
                        timeoutInMinutes: 5
                        environment: production
                        strategy:
                          runOnce:
                            deploy:
                              steps:
                                - bash: make

                """
            ]
        }
        return [
            .sound(
                "a task, a secret from a vault and a pinned container",
                job(
                    "    container: a.example/b@sha256:0\n    variables: { password: $(from-the-vault) }\n    steps:\n      - task: Cache@2\n      - bash: make || exit 1\n"
                )),
            .sound(
                "arguments of a task in double quotes",
                job("    steps:\n      - task: AzureCLI@2\n        inputs: { arguments: '--name \"a b\"' }\n")),
            .broken(
                "arguments of a task in single quotes",
                job("    steps:\n      - task: AzureCLI@2\n        inputs: { arguments: \"--name 'a b'\" }\n"),
                triggers: "single-quote"),
            .broken(
                "a step that goes on", job("    steps:\n      - bash: make\n        continueOnError: true\n"),
                triggers: "cannot-fail"),
            .broken(
                "a script that hides its failure", job("    steps:\n      - bash: make || true\n"),
                triggers: "cannot-fail"),
            .broken(
                "a password in the text", job("    variables: { dbPassword: hunter2 }\n    steps: []\n"),
                triggers: "secret"),
            .sound(
                "a token that one command gets by its environment",
                job("    steps:\n      - bash: git fetch\n        env: { SYSTEM_ACCESSTOKEN: $(System.AccessToken) }\n")
            ),
            .broken(
                "a token that is printed", job("    steps:\n      - bash: echo \"$(System.AccessToken)\" | base64\n"),
                triggers: "secret"),
            .broken(
                "a secret as a variable",
                job("    steps:\n      - bash: 'echo \"##vso[task.setvariable variable=dbPassword]7ffH3kaQ\"'\n"),
                triggers: "secret"),
            .broken("a task without version", job("    steps:\n      - task: Docker\n"), triggers: "unpinned"),
            .broken("an image by its tag", job("    container: ubuntu:22.04\n    steps: []\n"), triggers: "unpinned"),
            .sound("a deployment of one branch", deployment("eq(variables['Build.SourceBranch'], 'refs/heads/main')")),
            .broken(
                "a deployment that nobody approves",
                deployment("true").mapValues { $0.replacing("        environment: production\n", with: "") },
                triggers: "no-environment"),
            .broken("a deployment of any branch", deployment("succeeded()"), triggers: "any-branch"),
            .broken(
                "a job without an end", ["azure-pipelines.yml": "jobs:\n  - job: a\n    steps: []\n"],
                triggers: "no-timeout"),
        ]
    }
}
