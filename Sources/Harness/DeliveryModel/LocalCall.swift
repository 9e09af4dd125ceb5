import CheckCore
import DocumentModels
import HarnessSupport

/// A call of an action or a reusable workflow in the same repository.
package struct LocalCall: Sendable {
    /// `./…`, from the repository's root.
    package let uses: YAMLNode
    /// The given inputs, by name.
    package let given: [(key: YAMLNode, value: YAMLNode)]
    /// The id of the step; `nil` for a job.
    package let id: String?
    let isWorkflow: Bool

    /// - Parameter caller: a step, or the job that calls a workflow.
    init?(_ caller: YAMLNode, isWorkflow: Bool) {
        guard let uses = caller["uses"], uses.text.hasPrefix("./"), !uses.text.contains("${{") else { return nil }
        self.uses = uses
        self.isWorkflow = isWorkflow
        given = caller["with"].entries
        id = isWorkflow ? nil : caller["id"]?.text
    }

    /// The path where GitHub expects the file.
    package var candidates: [String] {
        guard let path = String(uses.text.dropFirst(2)).normalizedPath else { return [] }
        return isWorkflow ? [path] : ["action.yml", "action.yaml", "Dockerfile"].map(path.appendingPath)
    }

    /// Inputs and outputs of the called file.
    package struct Interface: Sendable {
        /// Every input, in lower case as GitHub compares them.
        package let inputs: Set<String>
        /// Required inputs: GitHub enforces them for workflows only.
        package let required: [String]
        /// `nil` if a program decides.
        package let outputs: Set<String>?
    }

    /// `nil` if the file does not exist or is not valid YAML.
    package func interface(in repository: Repository) -> Interface? {
        guard let file = candidates.first(where: repository.contains), !file.hasSuffix("Dockerfile"),
            let bytes = repository.bytes(of: file), let root = try? YAMLTree(bytes).documents.first
        else { return nil }
        let place = isWorkflow ? root["on", "workflow_call"] : root
        let inputs = place?["inputs"].entries ?? []
        let names = Set((place?["outputs"].entries ?? []).map { $0.key.text.lowercased() })
        return Interface(
            inputs: Set(inputs.map { $0.key.text.lowercased() }),
            required: isWorkflow
                ? inputs.filter { $0.value["required"]?.bool == true && $0.value["default"] == nil }.map(\.key.text)
                : [],
            outputs: isWorkflow || root["runs", "using"]?.text == "composite" ? names : nil)
    }
}
