import Foundation

/// The applications on a Kubernetes cluster, by the repository's own script.
struct ClusterApplications: Component {
    let name = Applications.name
    let dependencies: [String] = []
    let place: StackOptions.Place

    static func recorded(_ context: StackContext) -> StackOptions.Place? { nil }

    func up(_ context: StackContext) async throws -> Standing { throw Skipped("not yet") }
    func verify(_ context: StackContext) async throws -> [Claim] { [] }
    func down(_ context: StackContext) async throws {}
    func standing(_ context: StackContext) async -> Standing? { nil }
}
