import CheckCore
import DocumentModels

/// The parts of a GitHub Actions workflow that rules need.
package struct WorkflowFile: Sendable {
    package let path: String
    package let root: YAMLNode
    package let jobs: [Job]

    package struct Job: Sendable {
        package let id: String
        package let node: YAMLNode
        package let line: Int
        package let calls: [ScriptCall]

        package var needs: [YAMLNode] {
            guard let needs = node["needs"] else { return [] }
            return needs.isSequence ? needs.elements : [needs]
        }
        package var steps: [YAMLNode] { node["steps"].elements }
        /// Calls of local actions and workflows.
        package var localCalls: [LocalCall] {
            [LocalCall(node, isWorkflow: true)].compactMap { $0 }
                + steps.compactMap { LocalCall($0, isWorkflow: false) }
        }
        /// `environment: NAME`, or its longer form.
        package var environment: String? { node["environment", "name"]?.text ?? node["environment"]?.text }
    }

    /// `nil` if the file is not a workflow; the schema check reports it.
    package init?(_ path: String, in repository: Repository) {
        guard let bytes = repository.bytes(of: path), let root = (try? YAMLTree(bytes))?.documents.first,
            let jobs = root["jobs"], jobs.isMapping
        else { return nil }
        self.path = path
        self.root = root
        let folder = root["defaults", "run", "working-directory"]?.text
        self.jobs = jobs.entries.map { key, job in
            let place = job["defaults", "run", "working-directory"]?.text ?? folder ?? ""
            let calls = job["steps"].elements.flatMap { step -> [ScriptCall] in
                guard let run = step["run"] else { return [] }
                // A quoted path is an argument here, but a command in a Jenkinsfile.
                return ScriptCall.all(
                    in: run.text.replacing(/["']/, with: ""), folder: step["working-directory"]?.text ?? place,
                    line: run.line)
            }
            return Job(id: key.text, node: job, line: key.line, calls: calls)
        }
    }

    package func job(_ id: String) -> Job? { jobs.first { $0.id == id } }

    /// All jobs that end before this job starts.
    package func before(_ job: Job) -> [Job] {
        var found: [Job] = []
        var left = job.needs.map(\.text)
        while let id = left.popLast() {
            guard let next = self.job(id), !found.contains(where: { $0.id == id }) else { continue }
            found.append(next)
            left += next.needs.map(\.text)
        }
        return found
    }

    /// The scripts in the order in which they run.
    package var calls: [ScriptCall] {
        jobs.enumerated().sorted { (before($0.element).count, $0.offset) < (before($1.element).count, $1.offset) }
            .flatMap(\.element.calls)
    }

    /// The jobs of pull requests: all jobs except the excluded ones and their dependents.
    package func runsOnPullRequests(_ job: Job) -> Bool {
        let events = root["on"]
        guard
            events?["pull_request"] != nil || events.elements.contains(where: { $0.text == "pull_request" })
                || events?.text == "pull_request"
        else { return false }
        return ([job] + before(job)).allSatisfy { job in
            let condition = job.node["if"]?.text ?? ""
            return !condition.contains("github.event_name != 'pull_request'") || condition.contains("||")
        }
    }
}
