import ArgumentParser
import Harness

struct AccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access",
        abstract: "Shows who may do what in the clusters, and who may not, computed from roles and bindings.",
        discussion: """
            Needs no cluster. `harness check k8s/access.yaml` compares it with the wanted table.

            Examples:
              harness access
              harness access | grep secrets
            """)

    func run() async throws { try await showTable { try await $0.access() } }
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
            """)

    func run() async throws { try await showTable { try await $0.reach() } }
}

private func showTable(_ rows: @Sendable @escaping (ClusterTables) async throws -> [[String]]) async throws {
    try await interruptible {
        do {
            let repository = try await Discovery.here()
            try HarnessHome.standard().makeWritable()
            let toolbox = Toolbox(home: .standard())
            print(table(try await rows(ClusterTables(repository: repository, toolbox: toolbox))))
        } catch let error as HarnessError {
            throw fail(error)
        } catch let skipped as Skipped {
            throw fail(HarnessError(skipped.reason, remedy: "`harness check` says more"))
        }
    }
}
