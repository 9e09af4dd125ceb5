import ArgumentParser
import CheckCommands
import DeliveryModel
import Foundation
import HarnessSupport

struct ExpandCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expand",
        abstract: "Shows an Azure pipeline with its templates expanded, as JSON.",
        discussion: """
            What only Azure knows is an error and never guessed.

            Examples:
              harness expand azure-devops/azure-pipelines.yml | jq '.stages[].stage'
              harness expand azure-devops/azure-pipelines.yml --parameter python=3.12
            """)

    @Argument(help: "The pipeline.", completion: .file())
    var file: String

    @Option(help: "A value for one of its parameters, as NAME=VALUE.")
    var parameter: [String] = []

    func run() throws {
        var given: [String: String] = [:]
        for pair in parameter {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { throw ValidationError("--parameter \(pair): write it as NAME=VALUE") }
            given[String(parts[0])] = String(parts[1])
        }
        do {
            let text = try ExpandedPipeline(file: file, parameters: given).json
            print(text, terminator: "")
        } catch let error as HarnessError {
            throw fail(error)
        }
    }
}
