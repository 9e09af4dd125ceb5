import Testing

/// The name of a deliberate break in the catalogue: the component that is broken, and what is wrong with it.
public struct BreakID: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let component: String
    public let description: String

    public init(stringLiteral text: String) {
        precondition(text.wholeMatch(of: /[a-z0-9-]+\/[a-z0-9-]+/) != nil, "'\(text)' is not COMPONENT/BREAK")
        component = String(text.prefix { $0 != "/" })
        description = text
    }

    public init(id: String) { self.init(stringLiteral: id) }
}

/// Expects that a deliberate break was noticed, and records that under its id.
///
/// The event stream has no result for one case of a parameterised test. `TestRun` reads the attachment's name instead.
public func expectNoticed(
    id: BreakID, _ isNoticed: Bool, _ seen: @autoclosure () -> String = "",
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let result = isNoticed ? "noticed" : "missed"
    Attachment.record(result, named: "break \(id) \(result)", sourceLocation: sourceLocation)
    #expect(isNoticed, "\(id) was not noticed: \(seen())", sourceLocation: sourceLocation)
}
