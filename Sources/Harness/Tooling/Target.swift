/// Where the stack goes up.
public enum Target: String, Codable, CaseIterable, Sendable {
    /// AWS on an emulator on this machine.
    case local
    /// A real AWS account: the one that the environment's credentials belong to.
    case aws
}
