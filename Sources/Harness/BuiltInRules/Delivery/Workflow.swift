import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport

/// Checks a workflow across jobs and files: GitHub finds the workflow; jobs, artifacts and scripts exist; each job
/// lists its permissions; production needs an approval.
struct Workflow: Check {
    let name = "workflow"
    let summary = "workflows run, refer to existing files and jobs, and give a reason for each write permission"
    let advice = Advice.rules(
        "unpinned", "version", "pull-request", "permissions", "timeout", "unexplained", "credentials", "tolerated")

    func subjects(in repository: Repository) -> [Subject] {
        repository.artifacts(of: .githubWorkflow).map { file in
            let jobs = WorkflowFile(file.path, in: repository)?.jobs ?? []
            let read = jobs.flatMap { $0.calls.map(\.path) + $0.localCalls.flatMap(\.candidates) }
            return Subject(path: file.path, inputs: [file.path, Self.read(file.path)] + Set(read).sorted())
        }
    }

    /// Where GitHub looks for the workflow.
    private static func read(_ path: String) -> String { ".github/workflows/\(path.lastPathPart)" }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        subjects.flatMap { subject -> [Finding] in
            let repository = context.repository
            let twin = Self.read(subject.path)
            // An identical copy needs no check of its own.
            if subject.path != twin { return copy(subject.path, twin, repository) }
            guard let workflow = WorkflowFile(subject.path, in: repository) else { return [] }
            let lines = (repository.text(of: subject.path) ?? "").lines.map(String.init)
            var findings = defaults(workflow)
            for job in workflow.jobs {
                findings += bounds(job, workflow)
                findings += needs(job, workflow)
                findings += names(job, workflow)
                findings += rights(job, workflow, lines)
                findings += actions(job, workflow, lines)
                findings += localCalls(job, workflow, repository)
                findings += outputs(job, workflow, repository)
                findings += misspeltOutputs(job, workflow)
                findings += scripts(job, workflow, repository)
                findings += artifacts(job, workflow)
                findings += secrets(job, workflow)
                findings += credentials(job, workflow)
                findings += tolerated(job, workflow)
                findings += approval(job, workflow)
            }
            return findings
        }
    }

    func finding(
        _ rule: String, _ workflow: WorkflowFile, _ line: Int?, _ message: String, _ remedy: String
    ) -> Finding {
        Finding(rule: "\(name)/\(rule)", path: workflow.path, line: line, message: message, remedy: remedy)
    }

    private func copy(_ path: String, _ twin: String, _ repository: Repository) -> [Finding] {
        if repository.bytes(of: path) == repository.bytes(of: twin) { return [] }
        return [
            Finding(
                rule: "\(name)/copy", path: path,
                message: repository.contains(twin)
                    ? "differs from \(twin), which is the file that GitHub runs"
                    : "GitHub reads the workflows at the repository's root only, and there is no \(twin)",
                remedy: "cp \(path) \(twin)")
        ]
    }

    private func defaults(_ workflow: WorkflowFile) -> [Finding] {
        guard let rights = workflow.root["permissions"] else {
            return [
                finding(
                    "permissions", workflow, nil, "every job has the default permissions of the token",
                    "write `permissions: {}` here, and list the permissions of each job")
            ]
        }
        if rights.isMapping && rights.entries.isEmpty { return [] }
        return [
            finding(
                "permissions", workflow, rights.line, "every job has these permissions, even if it does not need them",
                "write `permissions: {}` here, and list the permissions of each job")
        ]
    }

    private func bounds(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        var findings: [Finding] = []
        // The jobs of a called workflow have their own timeouts.
        if job.node["timeout-minutes"] == nil, job.node["uses"] == nil {
            findings.append(
                finding(
                    "timeout", workflow, job.line, "\(job.id) has no timeout and may run for six hours",
                    "set timeout-minutes"))
        }
        if job.node["permissions"]?.isMapping != true {
            findings.append(
                finding(
                    "permissions", workflow, job.node["permissions"]?.line ?? job.line,
                    "\(job.id) does not list its permissions", "list them under permissions"))
        }
        return findings
    }

    private func needs(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        // A comment of a script that names `needs.a` reads nothing.
        let reads = expressions(job)
        let unknown = job.needs.filter { workflow.job($0.text) == nil }.map {
            finding("needs", workflow, $0.line, "\(job.id) needs \($0.text), which is not a job", "correct the name")
        }
        let unasked = Set(reads.matches(of: /needs\.([A-Za-z0-9_-]+)\./).map { String($0.1) })
            .subtracting(job.needs.map(\.text)).sorted().map {
                finding(
                    "needs", workflow, job.line,
                    "\(job.id) reads needs.\($0), which is empty: it does not need that job",
                    "add \($0) to needs")
            }
        let own = workflow.before(job).contains { $0.id == job.id }
        let waits = finding("needs", workflow, job.line, "\(job.id) waits for itself", "remove the cycle from needs")
        return unknown + unasked + (own ? [waits] : [])
    }

    /// Finds expressions that read a missing step or matrix key of the job: their value is empty.
    private func names(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        let text = expressions(job)
        func unknown(_ context: String, _ known: Set<String>) -> [String] {
            Set(
                text.matches(of: /(?:^|[^\w.\-])(steps|matrix)\.([A-Za-z_][\w\-]*)/).filter { $0.1 == context }
                    .map { $0.2.lowercased() }
            ).subtracting(known.map { $0.lowercased() }).sorted()
        }
        var findings: [Finding] = []
        if !job.steps.isEmpty {
            findings += unknown("steps", Set(job.steps.compactMap { $0["id"]?.text })).map {
                finding(
                    "step", workflow, job.line,
                    "\(job.id) reads steps.\($0), but no step has this id, so the value is empty",
                    "correct the name, or add the id to the step")
            }
        }
        if let known = matrix(job) {
            findings += unknown("matrix", known).map {
                finding(
                    "matrix", workflow, job.line, "\(job.id) reads matrix.\($0), which its matrix does not have",
                    "correct the name, or add it to the matrix")
            }
        }
        return findings
    }

    /// The contents of its expressions, without string literals.
    func expressions(_ job: WorkflowFile.Job) -> String {
        let conditions = ([job.node] + job.steps).compactMap { $0["if"]?.text }
        let expressions = texts(job.node).matches(of: /\$\{\{((?:(?!\}\}).)*)\}\}/).map { String($0.1) } + conditions
        return expressions.joined(separator: "\n").replacing(/'[^']*'/, with: "''")
    }

    /// The keys of a job's matrix; `nil` if an expression defines the matrix.
    private func matrix(_ job: WorkflowFile.Job) -> Set<String>? {
        guard let matrix = job.node["strategy", "matrix"] else { return job.node["strategy"] == nil ? [] : nil }
        guard matrix.isMapping, matrix["include"].map(\.isSequence) ?? true else { return nil }
        let included = matrix["include"].elements
        guard included.allSatisfy(\.isMapping) else { return nil }
        return Set((matrix.entries + included.flatMap(\.entries)).map(\.key.text))
    }

    /// Every text in it.
    private func texts(_ node: YAMLNode) -> String {
        if node.isScalar { return node.text }
        let inner: [YAMLNode] = node.isSequence ? node.elements : node.entries.map(\.value)
        return inner.map { texts($0) }.joined(separator: "\n")
    }

    /// A failure that counts as success: of a job, or of one of its steps.
    private func tolerated(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        ([job.node] + job.steps).compactMap { $0["continue-on-error"] }.filter { $0.text == "true" }.map {
            finding(
                "tolerated", workflow, $0.line, "\(job.id) succeeds even if this fails",
                "remove continue-on-error, and handle the expected failure in the step")
        }
    }

    /// Every later step can read the token that checkout leaves in `.git/config`.
    private func credentials(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        job.steps.compactMap { $0["with", "persist-credentials"] }.filter { $0.text == "true" }.map {
            finding(
                "credentials", workflow, $0.line, "\(job.id) leaves its token in .git/config for every later step",
                "write persist-credentials: false, and pass the token to the step that needs it")
        }
    }

    private func rights(_ job: WorkflowFile.Job, _ workflow: WorkflowFile, _ lines: [String]) -> [Finding] {
        (job.node["permissions"]).entries.filter { $0.value.text == "write" }.flatMap { right, _ -> [Finding] in
            var findings: [Finding] = []
            if !lines[right.line - 1].contains(" # ") {
                findings.append(
                    finding(
                        "unexplained", workflow, right.line,
                        "\(job.id) may write \(right.text), and nothing says what for",
                        "remove the permission, or add a comment with its purpose"))
            }
            if workflow.runsOnPullRequests(job) {
                findings.append(
                    finding(
                        "pull-request", workflow, right.line,
                        "\(job.id) runs code of a pull request with write access to \(right.text)",
                        "skip the job for pull requests: if: github.event_name != 'pull_request'"))
            }
            return findings
        }
    }

    private func actions(_ job: WorkflowFile.Job, _ workflow: WorkflowFile, _ lines: [String]) -> [Finding] {
        let used: [YAMLNode] = job.steps.compactMap { $0["uses"] } + [job.node["uses"]].compactMap { $0 }
        return used.compactMap { uses -> Finding? in
            if uses.text.hasPrefix("./") { return nil }
            guard uses.text.contains(/@[0-9a-f]{40}$/) else {
                return finding(
                    "unpinned", workflow, uses.line, "\(uses.text) is not pinned to a commit",
                    "write the commit, and the version in a comment")
            }
            if lines[uses.line - 1].contains(/\s# v?[0-9]/) { return nil }
            return finding(
                "version", workflow, uses.line, "the commit has no comment with its version",
                "add the version: # v1.2.3")
        }
    }

    private func scripts(_ job: WorkflowFile.Job, _ workflow: WorkflowFile, _ repository: Repository) -> [Finding] {
        let text = job.steps.compactMap { $0["run"]?.text }.joined(separator: "\n")
        return job.calls.compactMap { call in
            call.problem(in: repository, amid: text).map {
                finding($0.rule, workflow, call.line, "\(job.id) \($0.message)", $0.remedy)
            }
        }
    }

    private func artifacts(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        func names(_ action: String, _ job: WorkflowFile.Job) -> [YAMLNode] {
            job.steps.filter { $0["uses"]?.text.hasPrefix("actions/\(action)-artifact@") == true }
                // That of another run.
                .filter { $0["with", "run-id"] == nil }
                .compactMap { $0["with", "name"] }
        }
        let uploaded = Set(workflow.before(job).flatMap { names("upload", $0) }.map(\.text))
        return names("download", job).filter { !uploaded.contains($0.text) }.map {
            finding(
                "artifact", workflow, $0.line, "\(job.id) downloads \($0.text), which no earlier job uploads",
                "add the job that uploads it to needs, and use the same artifact name")
        }
    }

    private func secrets(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        var places: [YAMLNode?] = [workflow.root["env"], job.node["env"]]
        for step in job.steps { places += [step["env"], step["with"]] }
        var findings: [Finding] = []
        for (key, value) in places.flatMap(\.entries) where value.isScalar {
            let isSecret = key.text.lowercased().contains(/password|secret|token|private_?key|access_?key/)
            let isAbout = key.text.lowercased().contains(/(?:names?|title|url|path|file)$/)
            guard isSecret, !isAbout, !value.text.isEmpty, !value.text.contains("${{") else { continue }
            findings.append(
                finding(
                    "secret", workflow, value.line, "\(key.text) is in clear text",
                    "use an identity or `secrets`, and rotate the value, because every reader of the file has it"))
        }
        return findings
    }

    private func approval(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        guard let call = job.calls.first(where: { $0.argument == "production" }) else { return [] }
        if ([job] + workflow.before(job)).contains(where: { $0.environment == "production" }) { return [] }
        return [
            finding(
                "approval", workflow, call.line, "\(job.id) deploys to production without an approval",
                "add a job with `environment: production` to needs, so that GitHub asks its reviewers")
        ]
    }

    var explanations: [String: String] {
        [
            "approval":
                "A job deploys to production without an environment that asks for a review. Source: https://docs.github.com/en/actions/how-tos/deploy/configure-and-manage-deployments/control-deployments",
            "artifact":
                "A job downloads an artifact that no earlier job of its `needs` uploads. The step fails.",
            "copy":
                "A copy of a workflow differs from the file in .github/workflows, which is the one that GitHub runs.",
            "credentials":
                "The checkout leaves the job token in .git/config, where every later step can read it. Source: https://github.com/actions/checkout#usage",
            "executable":
                "A step calls a script whose executable bit is not set. The shell refuses it with \"Permission denied\".",
            "input":
                "A step passes an input that the action or workflow does not declare. GitHub ignores it with a warning.",
            "matrix":
                "An expression reads a matrix key that the job does not define. The value is empty.",
            "needs":
                "A job needs a job that does not exist, or itself. GitHub rejects the workflow.",
            "output":
                "An expression reads an output that the job or step does not declare. The value is empty.",
            "permissions":
                "Rights are granted to the whole workflow, so that every job has them. Grant each job what it needs. Source: https://docs.github.com/en/actions/reference/security/secure-use",
            "pull-request":
                "A job runs code of a pull request and has rights to write. A stranger could use these rights. Source: https://docs.github.com/en/actions/reference/security/secure-use",
            "script":
                "A step calls a script that does not exist in the repository.",
            "secret":
                "A secret has its value in the workflow. Everybody who reads the repository has it.",
            "step":
                "An expression reads a step id that the job does not have. The value is empty.",
            "timeout":
                "The job has no timeout-minutes. A job that hangs occupies a runner for six hours.",
            "tolerated":
                "`continue-on-error` turns every failure of the job into a success, including those that nobody expects.",
            "unexplained":
                "A job may write, and no comment says what for. A reviewer cannot tell whether the right is needed.",
            "unpinned":
                "An action is named by a tag or branch, which its owner can move to other code. A commit cannot move. Source: https://docs.github.com/en/actions/reference/security/secure-use",
            "uses":
                "A step or job uses a local action or workflow that does not exist.",
            "version":
                "The action is pinned to a commit without a comment that names its version, so nobody can tell how old it is.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleWorkflow
        let text = Sample.files[Sample.path] ?? ""
        return [
            .sound("a workflow", Sample.files),
            .sound("a copy", Sample.adding(text, as: "part/.github/workflows/ci.yaml")),
            .broken(
                "a copy that differs",
                Sample.adding(text.replacing("test.sh", with: "check.sh"), as: "part/.github/workflows/ci.yaml"),
                triggers: "copy"),
            .broken(
                "a workflow where GitHub does not look", ["part/.github/workflows/ci.yaml": text], triggers: "copy"),
            .broken(
                "a job that does not exist", Sample.with("needs: test", "needs: tests"), triggers: "artifact", "needs"),
            .broken(
                "an output of a job that it does not wait for",
                Sample.with("ci/deploy.sh production", "ci/deploy.sh production \"${{ needs.test.outputs.image }}\""),
                triggers: "needs", "output"),
            .sound(
                "names of steps and of the matrix",
                Sample.with(
                    "run: ci/test.sh", "id: a\n        run: ci/test.sh \"${{ steps.a.outcome }} ${{ 'matrix.b' }}\"")),
            .broken(
                "an output of no step",
                Sample.with("run: ci/test.sh", "id: a\n        run: ci/test.sh \"${{ steps.b.outcome }}\""),
                triggers: "step"),
            .broken(
                "a job that waits for itself", Sample.with("needs: test", "needs: approve"), triggers: "needs",
                "artifact"),
            .broken(
                "an output that the job does not have",
                Sample.with("      contents: read\n", "      contents: read\n    outputs: {image: a}\n").mapValues {
                    $0.replacing("name: model\n  deploy", with: "name: ${{ needs.test.outputs.imag }}\n  deploy")
                }, triggers: "output", "artifact"),
            .sound("an action and a workflow of this repository", Self.local()),
            .broken(
                "an action that does not exist", Self.local(step: "./.github/actions/setpu"), triggers: "uses"),
            .broken("an input that an action does not have", Self.local(input: "versoin"), triggers: "input"),
            .broken("an output that an action does not have", Self.local(output: "imgae"), triggers: "output"),
            .broken("an output that a workflow does not have", Self.local(made: "imgae"), triggers: "output"),
            .broken("a workflow that does not exist", Self.local(workflow: "reusee.yml"), triggers: "uses"),
            .broken("an input that a workflow asks for", Self.local(asked: ""), triggers: "input"),
            .broken(
                "an input that a workflow does not have", Self.local(asked: "{target: a, to: b}"), triggers: "input"),
            .broken(
                "a name of no matrix", Sample.with("run: ci/test.sh", "run: ci/test.sh \"${{ matrix.b }}\""),
                triggers: "matrix"),
            .sound(
                "a comment that names another job",
                Sample.with("run: ci/test.sh", "run: |\n          # see needs.approve.outputs.a\n          ci/test.sh")),
            .sound(
                "a program that the step fetches",
                Sample.with(
                    "run: ci/test.sh",
                    "run: |\n          curl -fsSLO https://example.com/tool.tgz\n          tar xf tool.tgz\n          ./tool --version"
                )),
            .sound(
                "a script that the step writes",
                Sample.with(
                    "run: ci/test.sh", "run: |\n          make > ci/made.sh\n          bash -n ci/made.sh && ci/made.sh"
                )),
            .broken("a script that does not exist", Sample.with("ci/test.sh", "ci/tests.sh"), triggers: "script"),
            .broken("a script that cannot be run", Sample.adding("true\n", as: "ci/test.sh"), triggers: "executable"),
            .broken(
                "an artifact that nobody uploads", Sample.with("name: model", "name: models"), triggers: "artifact"),
            .broken(
                "an artifact of a job that it does not wait for", Sample.with("    needs: test\n", ""),
                triggers: "artifact"),
            .broken(
                "nobody is asked", Sample.with("    environment: production\n", ""), triggers: "approval"),
            .broken("no end in sight", Sample.with("    timeout-minutes: 10\n", ""), triggers: "timeout"),
            .broken(
                "rights for all jobs",
                Sample.with("permissions: {}\nconcurrency", "permissions: read-all\nconcurrency"),
                triggers: "permissions"),
            .broken(
                "a job that says nothing of its rights",
                Sample.with("    permissions:\n      contents: read\n", ""), triggers: "permissions"),
            .broken(
                "a failure that counts as success",
                Sample.with("    timeout-minutes: 10\n", "    timeout-minutes: 10\n    continue-on-error: true\n"),
                triggers: "tolerated"),
            .broken(
                "a token that is left behind",
                Sample.with("persist-credentials: false", "persist-credentials: true"), triggers: "credentials"),
            .broken(
                "a right that nothing explains", Sample.with(" # the branch that production follows", ""),
                triggers: "unexplained"),
            .broken(
                "a pull request that may write", Sample.with("contents: read", "contents: write # because"),
                triggers: "pull-request"),
            .broken("an action by its tag", Sample.with(Sample.checkout, "actions/checkout@v7"), triggers: "unpinned"),
            .broken("a commit without its version", Sample.with(" # v7.0.1", ""), triggers: "version"),
            .broken(
                "a password",
                Sample.with("run: ci/test.sh", "run: ci/test.sh\n        env:\n          DB_PASSWORD: hunter2"),
                triggers: "secret"),
        ]
    }
}
