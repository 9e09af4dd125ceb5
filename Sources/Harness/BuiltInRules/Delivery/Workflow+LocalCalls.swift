import CheckCore
import DeliveryModel
import DocumentModels

/// Actions and reusable workflows of the same repository, and the outputs of steps and jobs.
extension Workflow {
    func localCalls(
        _ job: WorkflowFile.Job, _ workflow: WorkflowFile, _ repository: Repository
    ) -> [Finding] {
        // Files of another repository are in its checkout folder.
        let isElsewhere = job.steps.contains { step in
            step["uses"]?.text.hasPrefix("actions/checkout@") == true
                && (step["with", "path"] != nil || step["with", "repository"] != nil)
        }
        return job.localCalls.flatMap { call -> [Finding] in
            guard call.candidates.contains(where: repository.contains) else {
                if isElsewhere { return [] }
                return [
                    finding(
                        "uses", workflow, call.uses.line, "\(job.id) uses \(call.uses.text), which does not exist",
                        "write the path relative to the repository's root")
                ]
            }
            guard let interface = call.interface(in: repository) else { return [] }
            let names = Set(call.given.map { $0.key.text.lowercased() })
            let unknown = call.given.filter { !interface.inputs.contains($0.key.text.lowercased()) }.map {
                finding(
                    "input", workflow, $0.key.line, "\(call.uses.text) has no input '\($0.key.text)'",
                    interface.inputs.isEmpty
                        ? "remove the input" : "its inputs are \(interface.inputs.sorted().joined(separator: ", "))"
                )
            }
            let missing = interface.required.filter { !names.contains($0.lowercased()) }.map {
                finding(
                    "input", workflow, call.uses.line, "\(call.uses.text) requires the input '\($0)'",
                    "add the input under `with`")
            }
            return unknown + missing
        }
    }

    /// Finds expressions that read an output which the step or job does not define: the value is empty.
    func outputs(_ job: WorkflowFile.Job, _ workflow: WorkflowFile, _ repository: Repository) -> [Finding] {
        let read = expressions(job).matches(of: /\b(steps|needs)\.([\w\-]+)\.outputs\.([\w\-]+)/)
            .map { (context: String($0.1), id: String($0.2), name: String($0.3)) }
        var seen: Set<String> = []
        return read.compactMap { context, id, name in
            let known = context == "steps" ? given(byStep: id, job, repository) : given(byJob: id, workflow, repository)
            guard let known, !known.contains(name.lowercased()), seen.insert("\(context).\(id).\(name)").inserted else {
                return nil
            }
            return finding(
                "output", workflow, job.line,
                "\(job.id) reads \(context).\(id).outputs.\(name), which is empty: \(id) has no such output",
                known.isEmpty ? "declare the output there" : "its outputs are \(known.sorted().joined(separator: ", "))"
            )
        }
    }

    private func given(byStep id: String, _ job: WorkflowFile.Job, _ repository: Repository) -> Set<String>? {
        job.localCalls.first { $0.id == id }?.interface(in: repository)?.outputs
    }

    /// Finds misspelt outputs of well-known actions. Dissimilar names may belong to a later version.
    func misspeltOutputs(_ job: WorkflowFile.Job, _ workflow: WorkflowFile) -> [Finding] {
        let steps = Dictionary(
            job.steps.compactMap { step -> (String, (String, [String]))? in
                guard let id = step["id"]?.text, let action = step["uses"]?.text.prefix(while: { $0 != "@" }) else {
                    return nil
                }
                return KnownAction.outputs[action.lowercased()].map { (id, (String(action), $0)) }
            }, uniquingKeysWith: { first, _ in first })
        var seen: Set<String> = []
        return expressions(job).matches(of: /\bsteps\.([\w\-]+)\.outputs\.([\w\-]+)/).compactMap { match in
            let (id, name) = (String(match.1), String(match.2).lowercased())
            guard let (action, outputs) = steps[id], !outputs.contains(name), seen.insert("\(id).\(name)").inserted,
                let meant = outputs.first(where: {
                    $0.hasSuffix("-" + name) || $0.hasPrefix(name + "-") || name.hasSuffix("-" + $0)
                        || name.replacing("_", with: "-") == $0 || name.isLikelyTypo(of: $0)
                })
            else { return nil }
            return finding(
                "output", workflow, job.line,
                "\(job.id) reads steps.\(id).outputs.\(name), which is empty: \(action) has no such output",
                "write \(meant)")
        }
    }

    private func given(byJob id: String, _ workflow: WorkflowFile, _ repository: Repository) -> Set<String>? {
        guard let other = workflow.job(id) else { return nil }
        if other.node["uses"] != nil {
            return other.localCalls.first?.interface(in: repository)?.outputs
        }
        return Set(other.node["outputs"].entries.map { $0.key.text.lowercased() })
    }

    /// A workflow whose jobs call a local action and a local workflow.
    static func local(
        step: String = "./.github/actions/setup", input: String = "version", output: String = "image",
        workflow: String = "reuse.yml", asked: String = "{target: a}", made: String = "image"
    ) -> [String: String] {
        typealias Sample = SampleWorkflow
        let call =
            "uses: \(step)\n        id: setup\n        with:\n          \(input): 1\n      - run: ci/test.sh \"${{ steps.setup.outputs.\(output) }}\""
        let job =
            "  reuse:\n    permissions: {}\n    uses: ./.github/workflows/\(workflow)\n"
            + (asked.isEmpty ? "" : "    with: \(asked)\n")
            + "  read:\n    needs: reuse\n    runs-on: ubuntu-24.04\n    timeout-minutes: 10\n    permissions: {}\n    steps:\n      - run: ci/test.sh \"${{ needs.reuse.outputs.\(made) }}\"\n  approve:\n"
        return Sample.with("run: ci/test.sh", call).mapValues { $0.replacing("  approve:\n", with: job) }.merging([
            ".github/actions/setup/action.yml":
                "name: setup\ndescription: sets up\ninputs:\n  version: {description: which}\noutputs:\n  image: {description: made, value: a}\nruns:\n  using: composite\n  steps:\n    - run: 'true'\n      shell: bash\n",
            ".github/workflows/reuse.yml":
                "name: reuse\non:\n  workflow_call:\n    inputs:\n      target: {type: string, required: true}\n    outputs:\n      image: {value: a}\npermissions: {}\njobs:\n  a:\n    runs-on: ubuntu-24.04\n    timeout-minutes: 10\n    permissions: {}\n    steps:\n      - run: 'true'\n",
        ]) { $1 }
    }
}
