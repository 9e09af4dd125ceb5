/// Why the harness itself cannot go on: one line that says what is wrong and one that says how to fix it.
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
