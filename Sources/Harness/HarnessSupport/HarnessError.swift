/// An error that stops the harness: one line for the cause and one for the fix.
public struct HarnessError: Error, CustomStringConvertible {
    public let message: String
    public let remedy: String?

    public init(_ message: String, remedy: String? = nil) {
        self.message = message
        self.remedy = remedy
    }

    public var description: String {
        remedy.map { "\(message); \($0)" } ?? message
    }
}
