import Logging
import NIOCore

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The processor without Lambda: on files, or on objects with the credentials of the environment.
public enum LocalProcessor {
    public struct Failure: Error, CustomStringConvertible {
        /// Whether the input is at fault, and not the way to it.
        public let isInput: Bool
        public let description: String
    }

    /// - Returns: the summary, or for S3 what the function would answer.
    /// - Throws: `Failure`.
    public static func run(
        input: String, output: String, isPacked: Bool, environment: [String: String]
    ) async throws -> String {
        if input.hasPrefix("s3://") || output.hasPrefix("s3://") {
            return try await runOnS3(input, output, isPacked, environment)
        }
        guard let format = RecordFormat(objectName: input) else {
            throw Failure(
                isInput: true, description: "\(input) ends in none of .csv, .jsonl, .ndjson, with .gz or without")
        }
        let pipeline = RecordPipeline(format, job: ClaimJob())
        let ending = isPacked ? ".gz" : ""
        let files = ["accepted.jsonl\(ending)", "rejected.jsonl\(ending)"].map { "\(output)/\($0)" }
        let isNew = mkdir(output, 0o755) == 0
        guard isNew || errno == EEXIST else {
            throw Failure(isInput: false, description: "\(output) cannot be made: \(String(cString: strerror(errno)))")
        }
        // Succeeds for an empty folder only: one without results.
        defer { if isNew { rmdir(output) } }
        var sinks: [FileSink] = []
        defer { for sink in sinks { sink.discard() } }
        for file in files { sinks.append(try FileSink(file, isPacked: isPacked)) }
        do {
            try read(input, pipeline, sinks)
        } catch let error as FormatError {
            throw Failure(isInput: true, description: "\(input): \(error)")
        }
        let members = [("schema", JSONText(string: ClaimJob.schema.name))]
        let summary = JSONText(
            object: members + Summary.body(format, pipeline) + pipeline.sink.job.summary()
        ).text
        let last = try FileSink("\(output)/summary.json", isPacked: false)
        sinks.append(last)
        try last.write(Array((summary + "\n").utf8))
        for sink in sinks { try sink.publish() }
        return summary
    }

    private static func read(_ path: String, _ pipeline: RecordPipeline<ClaimJob>, _ sinks: [FileSink]) throws {
        guard let file = fopen(path, "rb") else {
            throw Failure(isInput: false, description: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 64)
        defer { buffer.deallocate() }
        while case let count = fread(buffer.baseAddress!, 1, buffer.count, file), count > 0 {
            var used = 0
            while used < count {
                used += try pipeline.feed(UnsafeRawBufferPointer(rebasing: buffer[used..<count]))
                try sinks[0].take(&pipeline.sink.accepted, isLast: false)
                try sinks[1].take(&pipeline.sink.rejected, isLast: false)
            }
        }
        guard ferror(file) == 0 else { throw Failure(isInput: false, description: "\(path) cannot be read to its end") }
        try pipeline.finish()
        try sinks[0].take(&pipeline.sink.accepted, isLast: true)
        try sinks[1].take(&pipeline.sink.rejected, isLast: true)
    }

    private static func runOnS3(
        _ input: String, _ output: String, _ isPacked: Bool, _ environment: [String: String]
    ) async throws -> String {
        guard let (bucket, key) = parts(input), !key.isEmpty, let (outputBucket, prefix) = parts(output) else {
            throw Failure(isInput: false, description: "input and output are both files, or both s3://BUCKET/KEY")
        }
        var variables = environment
        variables["OUTPUT_BUCKET"] = outputBucket
        variables["OUTPUT_PREFIX"] = prefix
        variables["OUTPUT_COMPRESSION"] = isPacked ? "gzip" : "none"
        let http = HTTPClient(authorities: environment["AWS_CA_BUNDLE"])
        let result: Result<Outcome, any Error>
        do {
            let configuration = try Configuration(variables)
            let client = S3Client(
                http: http, endpoint: configuration.endpoint,
                provider: CredentialsProvider(environment: variables, http: http), patience: configuration.patience)
            let deadline = NIODeadline.now() + .hours(12)
            // An event would name the ETag; here S3 has to be asked.
            let head = try await client.send(
                S3Client.Request(operation: "HeadObject", method: .HEAD, bucket: bucket, key: key), deadline: deadline)
            let object = S3Object(
                bucket: bucket, key: key, versionID: head.headers.first(name: "x-amz-version-id"),
                eTag: head.headers.first(name: "etag")?.filter { $0 != "\"" })
            let processor = ObjectProcessor(client: client, configuration: configuration) { ClaimJob() }
            result = .success(
                try await processor.process(object, deadline: deadline, log: Logger(label: "process")))
        } catch {
            result = .failure(Failure(isInput: false, description: "\(error)"))
        }
        await http.shutDown()
        let outcome = try result.get()
        if let refusal = outcome.refusal {
            throw Failure(isInput: true, description: "\(refusal.type): \(refusal.message)")
        }
        return outcome.json.text
    }

    private static func parts(_ address: String) -> (bucket: String, key: String)? {
        guard address.hasPrefix("s3://") else { return nil }
        let rest = address.dropFirst(5)
        let bucket = rest.prefix { $0 != "/" }
        return bucket.isEmpty ? nil : (String(bucket), String(rest.dropFirst(bucket.count + 1)))
    }
}

/// A file that appears under its name when it is whole.
private final class FileSink {
    private let path: String
    private let file: UnsafeMutablePointer<FILE>
    private var gzip: Gzip?
    private var packed = ByteWriter()
    private var isOpen = true

    private var partial: String { path + ".partial" }

    init(_ path: String, isPacked: Bool) throws {
        self.path = path
        guard let file = fopen(path + ".partial", "wb") else {
            throw LocalProcessor.Failure(
                isInput: false, description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        self.file = file
        if isPacked { gzip = Gzip() }
    }

    func take(_ lines: inout ByteWriter, isLast: Bool) throws {
        if gzip == nil {
            try write(lines.bytes)
        } else {
            gzip!.pack(lines.bytes, isLast: isLast, into: &packed)
            try write(packed.bytes)
            packed.removeAll()
        }
        lines.removeAll()
    }

    func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    private func write(_ bytes: UnsafeRawBufferPointer) throws {
        guard bytes.isEmpty || fwrite(bytes.baseAddress!, 1, bytes.count, file) == bytes.count else {
            throw LocalProcessor.Failure(
                isInput: false, description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    func publish() throws {
        isOpen = false
        guard fclose(file) == 0, rename(partial, path) == 0 else {
            throw LocalProcessor.Failure(
                isInput: false, description: "\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    /// Leaves nothing of a file that was not published.
    func discard() {
        guard isOpen else { return }
        fclose(file)
        unlink(partial)
    }
}
