import CheckCore
import HarnessSupport
import Tooling

/// The tables of `harness access`, `reach`, `schedule` and `cost`, for the page.
public struct ClusterOverview: Sendable {
    package let access: [[String]]
    package let reach: [[String]]
    package let clusters: [ClusterReport]
    package let costs: [ClusterCost]
    /// Why a table could not be computed, by the verb that prints it.
    package let skipped: [(verb: String, reason: String)]

    /// - Throws: if the run is cancelled; tables that cannot be computed are in `skipped`.
    public init(repository: Repository, toolbox: Toolbox) async throws {
        var skipped: [(String, String)] = []
        func table<Rows>(_ verb: String, or none: Rows, _ compute: () async throws -> Rows) async throws -> Rows {
            do { return try await compute() } catch {
                try Task.checkCancellation()
                skipped.append((verb, (error as? Skipped)?.reason ?? "\(error)"))
                return none
            }
        }
        let tables = ClusterTables(repository: repository, toolbox: toolbox)
        access = try await table("access", or: []) { try await tables.access() }
        reach = try await table("reach", or: []) { try await tables.reach() }
        clusters = try await table("schedule", or: []) {
            try await ClusterReport.all(in: repository, toolbox: toolbox, cluster: nil, scenario: "normal")
        }
        costs = try await table("cost", or: []) { try ClusterCost.all(in: repository) }
        self.skipped = skipped
    }
}
