import ArgumentParser
import CheckCommands
import CheckCore
import HarnessSupport
import KubernetesModel
import Tooling

struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Shows who may do what in the clusters, and who may not, computed from roles and bindings.",
        discussion: """
            Needs no cluster. `harness check k8s/access.yaml` compares it with the wanted table.

            Examples:
              harness access
              harness access | grep secrets
              harness access --format json | jq '.rows[] | select(.may == "may not")'
            """)

    @Option(help: "How to show it.")
    var format: TableFormat = .text

    func run() async throws { try await showTable(format, ModelLimits.access) { try await $0.access() } }
}

struct ReachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reach",
        abstract: "Shows who may open a connection to whom, by network policy and by the mesh's policies.",
        discussion: """
            Needs no cluster. The rules k8s-network and k8s-mesh compare it with reachability.yaml.

            Examples:
              harness reach
              harness reach | grep internet
              harness reach --format json | jq '.rows[] | {from, to, port}'
            """)

    @Option(help: "How to show it.")
    var format: TableFormat = .text

    func run() async throws { try await showTable(format, ModelLimits.network) { try await $0.reach() } }
}

enum TableFormat: String, CaseIterable, ExpressibleByArgument { case text, json }

private struct Document: Encodable {
    let notModelled: [String]
    let rows: [[String: String]]
}

private func showTable(
    _ format: TableFormat, _ limits: [String], _ rows: @Sendable @escaping (ClusterTables) async throws -> [[String]]
) async throws {
    try await interruptible {
        do {
            let repository = try await Discovery.here()
            try HarnessHome.standard().makeWritable()
            let toolbox = Toolbox(home: .standard())
            let rows = try await rows(ClusterTables(repository: repository, toolbox: toolbox))
            switch format {
            case .text: print(ModelLimits.text(limits), table(rows), separator: "\n")
            case .json:
                let names = rows[0].map(fieldName)
                let fields = rows.dropFirst().map { Dictionary(uniqueKeysWithValues: zip(names, $0)) }
                print(try jsonText(Document(notModelled: limits, rows: fields)), terminator: "")
            }
        } catch let error as HarnessError {
            throw fail(error)
        } catch let skipped as Skipped {
            throw fail(HarnessError(skipped.reason, remedy: "`harness check` says more"))
        }
    }
}

/// `NETWORK POLICY` as `networkPolicy`.
private func fieldName(_ title: String) -> String {
    let words = title.split(separator: " ").map { $0.lowercased() }
    return (words.prefix(1) + words.dropFirst().map(\.capitalized)).joined()
}
