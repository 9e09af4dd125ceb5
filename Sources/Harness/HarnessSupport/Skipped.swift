/// Thrown by a check that cannot judge: never a pass.
public struct Skipped: Error, Hashable, Sendable {
    public let reason: String
    public init(_ reason: String) { self.reason = reason }
}
