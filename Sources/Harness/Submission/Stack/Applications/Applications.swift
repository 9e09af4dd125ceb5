import Foundation
import HarnessSupport

/// The two applications of `k8s/apps`, each in two versions, behind one address.
enum Applications {
    static let name = "applications"

    /// The overlays to render and bring up.
    static let overlays = [
        "k8s/gateway/overlays/local", "k8s/apps/claims/overlays/local", "k8s/apps/report/overlays/local",
    ]

    /// The component for the place where the applications run, else for the place that the user chose.
    static func component(_ context: StackContext) -> any Component {
        if DockerEngine.recorded(context) != nil { return DockerApplications() }
        if let place = ClusterApplications.recorded(context) { return ClusterApplications(place: place) }
        switch context.options.place {
        case .docker: return DockerApplications()
        case .kind, .current: return ClusterApplications(place: context.options.place)
        case .none: return LeftOut()
        }
    }

    private struct LeftOut: Component {
        let name = Applications.name
        let dependencies: [String] = []

        func up(_ context: StackContext) async throws -> ComponentDetail { throw Skipped("not selected: CLUSTER=none") }
        func verify(_ context: StackContext) async throws -> [Assertion] { [] }
        func down(_ context: StackContext) async throws {}
        func standing(_ context: StackContext) async -> ComponentDetail? { nil }
    }
}
