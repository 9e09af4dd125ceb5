import CheckCore
import HarnessSupport
import Tooling

/// What components work with.
struct StackContext: Sendable {
    let target: Target
    /// The repository that the stack's code is read from.
    let repository: Repository
    let toolbox: Toolbox
    /// The stack's own folder: state, logs, the journal.
    let folder: String
    let options: StackOptions
    /// Says one line that stays.
    var say: @Sendable (String) -> Void
    /// Shows what is under way.
    var show: @Sendable (String) -> Void

    var home: HarnessHome { toolbox.home }

    /// Tells this stack's containers, networks and images from those of another stack on the same machine.
    var id: String { String(Digest.of(folder.utf8).hex.prefix(8)) }

    func folder(of component: String) -> String { folder.appendingPath(component) }

    /// Changes to the environment for anything that talks to AWS.
    func awsEnvironment(_ emulator: Emulator = .moto) -> [String: String?] {
        target == .local ? Emulator.clientEnvironment(endpoint: emulator.endpoint(self)) : ["AWS_PAGER": ""]
    }
}

/// What a user can choose.
public struct StackOptions: Sendable {
    /// The first of five ports on 127.0.0.1: two for the emulators, three for the applications' gateway.
    public var port: Int
    /// Terraform's settings of the state's backend, for a real account.
    public var backend: String?
    /// Where the applications run.
    public var place: Place
    /// Whether a plan for a real account is carried out.
    public var isApproved: Bool

    public static let defaultPort = 4566

    public init(
        port: Int = StackOptions.defaultPort, backend: String? = nil, place: Place = .docker, isApproved: Bool = false
    ) {
        self.port = port
        self.backend = backend
        self.place = place
        self.isApproved = isApproved
    }

    /// Where the applications run.
    public enum Place: String, Codable, CaseIterable, Sendable {
        /// A Docker engine: this machine's, else one that is installed and started.
        case docker
        /// A cluster of the stack's own, by kind.
        case kind
        /// The cluster of the current kubeconfig context.
        case current
        /// Nowhere: they are left out, and reported as skipped.
        case none
    }
}
