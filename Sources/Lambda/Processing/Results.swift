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
        try await accepted.take(&pipeline.sink.accepted, isLast: isLast)
        try await rejected.take(&pipeline.sink.rejected, isLast: isLast)
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
    private var packed = ByteWriter()
    private var part = ByteBuffer()

    init(_ upload: S3Upload, isPacked: Bool) {
        self.upload = upload
        if isPacked { gzip = Gzip() }
    }

    /// Takes the lines, leaves the writer empty, and sends each part that became full.
    func take(_ lines: inout ByteWriter, isLast: Bool) async throws {
        if gzip == nil {
            try await add(lines.bytes)
        } else {
            gzip!.pack(lines.bytes, isLast: isLast, into: &packed)
            try await add(packed.bytes)
            packed.removeAll()
        }
        lines.removeAll()
    }

    func close() async throws {
        try await upload.close(part)
        part = ByteBuffer()
    }

    private func add(_ bytes: UnsafeRawBufferPointer) async throws {
        var rest = bytes
        while !rest.isEmpty {
            let size = upload.partSize
            let count = min(rest.count, size - part.readableBytes)
            part.writeBytes(UnsafeRawBufferPointer(rebasing: rest[..<count]))
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            if part.readableBytes == size {
                try await upload.send(part)
                // A second part follows, so it is likely to be filled as well.
                part = ByteBufferAllocator().buffer(capacity: size)
            }
        }
    }
}
