import Testing

/// Ends a test as skipped, and says so in the log: a skipped test is not a passed one.
public func skip(_ reason: String, sourceLocation: SourceLocation = #_sourceLocation) throws -> Never {
    Issue.record("skipped: \(reason)", severity: .warning, sourceLocation: sourceLocation)
    try Test.cancel("\(reason)", sourceLocation: sourceLocation)
}
