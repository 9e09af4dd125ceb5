import CheckCore
import HarnessSupport
import Tooling

/// The context of components.
struct StackContext: Sendable {
    let target: Target
    /// The repository with the stack's code.
    let repository: Repository
    let toolbox: Toolbox
    /// The stack's own folder: state, logs, the journal.
    let folder: String
    let options: StackOptions
    /// Prints one permanent line.
    var say: @Sendable (String) -> Void
    /// Shows the current step.
    var show: @Sendable (String) -> Void

    var home: HarnessHome { toolbox.home }

    /// Distinguishes this stack's containers, networks and images from those of another stack on the machine.
    var id: String { String(Digest.of(folder.utf8).hex.prefix(8)) }

    func folder(of component: String) -> String { folder.appendingPath(component) }

    /// Environment changes for AWS clients.
    func awsEnvironment(_ emulator: Emulator = .moto) -> [String: String?] {
        target == .local ? Emulator.clientEnvironment(endpoint: emulator.endpoint(self)) : ["AWS_PAGER": ""]
    }
}

/// The user's options.
public struct StackOptions: Sendable {
    /// First of five ports on 127.0.0.1: two for the emulators, three for the applications' gateway.
    public var port: Int
    /// Terraform's backend configuration for a real account.
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
        /// A Docker engine: a running one, else one that the harness installs and starts.
        case docker
        /// A kind cluster of the stack.
        case kind
        /// The cluster of the current kubeconfig context.
        case current
        /// None: the applications are reported as skipped.
        case none
    }
}
