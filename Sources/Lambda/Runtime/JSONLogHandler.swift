import Logging

/// Logs as lines of JSON, with the names that Lambda's own JSON format has: timestamp, level, requestId, message.
struct JSONLogHandler: LogHandler {
    var metadata: Logger.Metadata = [:]
    var logLevel: Logger.Level

    init(logLevel: Logger.Level) { self.logLevel = logLevel }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        var members = [
            ("timestamp", JSONText(string: Timestamp.now.extended)), ("level", JSONText(string: name(event.level))),
            ("message", JSONText(string: event.message.description)),
        ]
        members += all.sorted { $0.key < $1.key }.map { ($0.key, JSONText(string: $0.value.description)) }
        writeLine(JSONText(object: members).text, to: 1)
    }

    private func name(_ level: Logger.Level) -> String {
        switch level {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info, .notice: "INFO"
        case .warning: "WARN"
        case .error: "ERROR"
        case .critical: "FATAL"
        }
    }
}
