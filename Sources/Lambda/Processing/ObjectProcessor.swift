import Logging
import NIOCore

/// From one object to its results.
///
/// Errors are of two kinds. Those that lie in the object are recorded beside the results and do not come back: trying
/// again would not help. All others are thrown.
final class ObjectProcessor<Job: RecordJob>: Sendable {
    private let client: S3Client
    private let configuration: Configuration
    private let makeJob: @Sendable () -> Job

    init(client: S3Client, configuration: Configuration, makeJob: @escaping @Sendable () -> Job) {
        self.client = client
        self.configuration = configuration
        self.makeJob = makeJob
    }

    /// - Parameter deadline: when the work must be over; the last tenth of the time, 3 s at most, is for tidying up.
    /// - Throws: `S3Error`, `TransportError` or `ConfigurationError`: what another invocation may get right.
    func process(_ object: S3Object, deadline: NIODeadline, log: Logger) async throws -> Outcome {
        let start = NIODeadline.now()
        let reserve = min(TimeAmount.seconds(3), .nanoseconds((deadline - start).nanoseconds / 10))
        let workEnd = deadline - reserve
        let keys = ResultKeys(object, prefix: configuration.outputPrefix, isPacked: configuration.isPacked)
        if feedsItself(object) {
            let reason = "the output prefix \(configuration.outputPrefix) is within the input's own"
            log.error("refused", metadata: ["reason": "\(reason)"])
            return Outcome(object: object, refusal: Outcome.Refusal(type: "Recursion", message: reason))
        }
        guard let format = RecordFormat(objectName: object.key) else {
            return try await refuse(
                object, "UnknownFormat", "the name ends in none of .csv, .jsonl, .ndjson, with .gz or without", keys,
                deadline: workEnd, log)
        }
        let pipeline = RecordPipeline(format, job: makeJob(), writesRows: configuration.writesRows)
        let results = Results(keys, isPacked: configuration.isPacked) { key in
            S3Upload(
                bucket: configuration.outputBucket, key: key,
                contentType: configuration.isPacked ? "application/gzip" : "application/jsonl", client: client,
                deadline: workEnd)
        }
        let download = S3Download(object, client: client, deadline: workEnd)
        do {
            try await read(download, pipeline, results)
            let summary = Summary.text(
                download.object, format: format, pipeline: pipeline, results: configuration.writesRows ? results : nil)
            if configuration.writesRows {
                try await results.accepted.upload.commit()
                try await results.rejected.upload.commit()
            }
            // The summary comes last: where it is, the results are whole.
            try await put(summary, at: keys.summary, deadline: workEnd)
            await results.accepted.upload.forgetLost(deadline: workEnd)
            await results.rejected.upload.forgetLost(deadline: workEnd)
        } catch {
            download.stop()
            // Half a second stays for the answer to Lambda.
            let isTidy = await results.abort(deadline: deadline - min(.milliseconds(500), reserve))
            if !isTidy { log.warning("an upload may be left open; the bucket's lifecycle rule ends it") }
            guard let (type, message) = Self.permanent(error) else { throw error }
            return try await refuse(object, type, message, keys, deadline: workEnd, log)
        }
        return Outcome(
            object: object,
            statistics: Outcome.Statistics(
                bytesRead: pipeline.bytesRead, rowsRead: pipeline.sink.rowsRead,
                rowsAccepted: pipeline.sink.rowsAccepted, rowsRejected: pipeline.sink.rowsRejected,
                milliseconds: Int((NIODeadline.now() - start).nanoseconds / 1_000_000)),
            summaryKey: keys.summary)
    }

    private func read(_ download: S3Download, _ pipeline: RecordPipeline<Job>, _ results: Results) async throws {
        while let part = try await download.next() {
            var used = 0
            while used < part.readableBytes {
                used += try part.withUnsafeReadableBytes {
                    try pipeline.feed(UnsafeRawBufferPointer(rebasing: $0[used...]))
                }
                if configuration.writesRows { try await results.take(pipeline) }
            }
        }
        try pipeline.finish()
        if configuration.writesRows { try await results.close(pipeline) }
    }

    /// Whether writing the results would bring events of their own.
    private func feedsItself(_ object: S3Object) -> Bool {
        guard object.bucket == configuration.outputBucket else { return false }
        let folder = object.key.lastIndex(of: "/").map { object.key[...$0] } ?? ""
        return object.key.hasPrefix(configuration.outputPrefix) || configuration.outputPrefix.hasPrefix(folder)
    }

    private func refuse(
        _ object: S3Object, _ type: String, _ message: String, _ keys: ResultKeys, deadline: NIODeadline, _ log: Logger
    ) async throws -> Outcome {
        log.error("refused", metadata: ["type": "\(type)", "reason": "\(message)"])
        let text = JSONText(object: [
            ("source", Summary.source(object, size: nil)),
            ("error", JSONText(object: [("type", JSONText(string: type)), ("message", JSONText(string: message))])),
        ])
        try await put(text.text + "\n", at: keys.error, deadline: deadline)
        return Outcome(object: object, refusal: Outcome.Refusal(type: type, message: message))
    }

    private func put(_ text: String, at key: String, deadline: NIODeadline) async throws {
        let upload = S3Upload(
            bucket: configuration.outputBucket, key: key, contentType: "application/json", client: client,
            deadline: deadline)
        try await upload.close(ByteBuffer(string: text))
        try await upload.commit()
    }

    /// Type and message when the object itself is the reason.
    private static func permanent(_ error: any Error) -> (type: String, message: String)? {
        if let error = error as? FormatError {
            let type =
                switch error {
                case .wrongHeader: "WrongHeader"
                case .notGzip: "NotDecodable"
                case .tooLarge: "TooLarge"
                }
            return (type, error.description)
        }
        if let error = error as? S3Error, error.operation == "GetObject", error.isOfObject {
            return (error.status == 412 ? "ObjectChanged" : error.code, error.description)
        }
        return nil
    }
}
