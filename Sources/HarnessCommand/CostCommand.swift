import ArgumentParser
import CheckCommands
import CheckCore
import Foundation
import HarnessSupport
import KubernetesModel

struct CostCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cost",
        abstract: "Shows what the clusters cost an hour: nodes times list prices.",
        discussion: """
            Nodes are those of k8s/scheduling/clusters, prices those of k8s/scheduling/clouds.yaml, with their sources. \
            Volumes, load balancers, addresses and traffic are not in it.

            Examples:
              harness cost
              harness cost --format json | jq '.clusters[] | {cluster, always}'
            """)

    enum Format: String, CaseIterable, ExpressibleByArgument { case text, json }

    @Option(help: "How to show it.")
    var format: Format = .text

    private struct Document: Encodable {
        struct Cluster: Encodable {
            let cluster: String
            let dollarsAnHour: Double
            let dollarsAnHourWhile: Double
            let lines: [ClusterCost.Line]
        }
        let clusters: [Cluster]
    }

    func run() async throws {
        let costs: [ClusterCost]
        do {
            costs = try ClusterCost.all(in: try await Discovery.here())
        } catch let error as HarnessError {
            throw fail(error)
        }
        switch format {
        case .json:
            let clusters = costs.map {
                Document.Cluster(
                    cluster: $0.cluster, dollarsAnHour: $0.always, dollarsAnHourWhile: $0.passing, lines: $0.lines)
            }
            print(try jsonText(Document(clusters: clusters)), terminator: "")
        case .text: print(table(ClusterCost.table(of: costs)))
        }
    }
}
