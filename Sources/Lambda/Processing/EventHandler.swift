import Logging
import NIOCore

/// From an event to an answer: each object that it names, one after another.
final class EventHandler: Sendable {
    private let processor: ObjectProcessor<ClaimJob>
    private let client: S3Client
    private let configuration: Configuration

    init(configuration: Configuration, http: HTTPClient) {
        self.configuration = configuration
        let provider = CredentialsProvider(environment: configuration.environment, http: http)
        client = S3Client(
            http: http, endpoint: configuration.endpoint, provider: provider, patience: configuration.patience)
        processor = ObjectProcessor(client: client, configuration: configuration) { ClaimJob() }
    }

    /// - Returns: JSON that says what became of each object.
    /// - Throws: `S3Event.Malformed`; what `ObjectProcessor.process` throws.
    func handle(_ event: String, deadline: NIODeadline, log: Logger) async throws -> String {
        let event = try S3Event(event)
        client.budget.refill()
        var outcomes: [Outcome] = []
        for object in event.created {
            var log = log
            log[metadataKey: "bucket"] = "\(object.bucket)"
            log[metadataKey: "key"] = "\(object.key)"
            let before = client.budget.retries
            let outcome = try await processor.process(object, deadline: deadline, log: log)
            EmbeddedMetrics.emit(
                outcome, retries: client.budget.retries - before, functionName: configuration.functionName)
            if let statistics = outcome.statistics {
                log.info(
                    "processed",
                    metadata: [
                        "rowsRead": "\(statistics.rowsRead)", "rowsRejected": "\(statistics.rowsRejected)",
                        "milliseconds": "\(statistics.milliseconds)",
                    ])
            }
            outcomes.append(outcome)
        }
        return JSONText(object: [("objects", JSONText(array: outcomes.map(\.json)))]).text
    }
}
