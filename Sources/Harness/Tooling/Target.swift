/// The place where the stack is deployed.
public enum Target: String, Codable, CaseIterable, Sendable {
    /// An AWS emulator on this machine.
    case local
    /// A real AWS account: the one that the environment's credentials belong to.
    case aws
}
