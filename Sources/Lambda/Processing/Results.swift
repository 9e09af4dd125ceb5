import NIOCore

/// The rows that a pipeline writes, on their way to two objects; part by part, so that memory does not grow.
final class Results {
    let accepted: ResultFile
    let rejected: ResultFile

    init(_ keys: ResultKeys, isPacked: Bool, makeUpload: (String) -> S3Upload) {
        accepted = ResultFile(makeUpload(keys.accepted), isPacked: isPacked)
        rejected = ResultFile(makeUpload(keys.rejected), isPacked: isPacked)
    }

    /// Takes what the pipeline wrote since the last call.
    func take<Job>(_ pipeline: RecordPipeline<Job>, isLast: Bool = false) async throws {
        accepted.take(&pipeline.sink.accepted, isLast: isLast)
        rejected.take(&pipeline.sink.rejected, isLast: isLast)
        try await accepted.send()
        try await rejected.send()
    }

    /// Sends the rest. Nothing can be seen yet.
    func close<Job>(_ pipeline: RecordPipeline<Job>) async throws {
        try await take(pipeline, isLast: true)
        try await accepted.close()
        try await rejected.close()
    }

    func abort(deadline: NIODeadline) async -> Bool {
        let first = await accepted.upload.abort(deadline: deadline)
        return await rejected.upload.abort(deadline: deadline) && first
    }
}

/// One result: lines, packed where that is wanted, cut into parts of equal size. Equal parts make equal ETags.
final class ResultFile {
    let upload: S3Upload
    private var gzip: Gzip?
    private var waiting = ByteWriter()

    init(_ upload: S3Upload, isPacked: Bool) {
        self.upload = upload
        if isPacked { gzip = Gzip() }
    }

    func take(_ lines: inout ByteWriter, isLast: Bool) {
        if gzip != nil {
            gzip!.pack(lines.bytes, isLast: isLast, into: &waiting)
            lines.removeAll()
        } else if waiting.count == 0 {
            swap(&waiting, &lines)
        } else {
            waiting.reserve(lines.count)
            if lines.count > 0 { waiting.put(lines.start, lines.count) }
            lines.removeAll()
        }
    }

    func send() async throws {
        while waiting.count >= upload.partSize {
            let size = upload.partSize
            let part = ByteBuffer(bytes: UnsafeRawBufferPointer(rebasing: waiting.bytes[..<size]))
            waiting.removeFirst(size)
            try await upload.send(part)
        }
    }

    func close() async throws {
        try await upload.close(ByteBuffer(bytes: waiting.bytes))
        waiting.removeAll()
    }
}
