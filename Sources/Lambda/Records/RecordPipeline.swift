/// From the bytes of an object to rows: gzip, format, schema, job. Synchronous and without I/O; its memory does not
/// grow with the object.
final class RecordPipeline<Job: RecordJob> {
    /// Rows longer than this are rejected, not buffered.
    static var rowLimit: Int { 256 << 10 }

    private(set) var isGzip = false
    private var gunzip: Gunzip?
    private var inflated: UnsafeMutableRawBufferPointer?
    private var csv: CSVReader<Job>?
    private var jsonLines: JSONLinesReader<Job>?
    private var window: Window
    private var sniffed: [UInt8] = []
    private var hasStarted = false
    /// What was read so far; whoever stores the rows written takes them from here.
    var sink: RowSink<Job>
    private(set) var bytesRead = 0

    init(_ format: RecordFormat, job: Job, writesRows: Bool = true, rowLimit: Int = RecordPipeline.rowLimit) {
        window = Window(capacity: rowLimit + Self.step)
        sink = RowSink(job, writesRows: writesRows)
        switch format {
        case .csv: csv = CSVReader(rowLimit: rowLimit)
        case .jsonLines: jsonLines = JSONLinesReader(rowLimit: rowLimit)
        }
    }

    deinit { inflated?.deallocate() }

    /// Reads as much as makes at most so many bytes of content: what a gzip file unpacks to has no bound.
    private static var step: Int { 128 << 10 }

    /// Reads some of the next bytes of the object.
    ///
    /// - Returns: how many. The rest is wanted again.
    /// - Throws: `FormatError`.
    func feed(_ bytes: UnsafeRawBufferPointer) throws -> Int {
        guard hasStarted else {
            let taken = min(2 - sniffed.count, bytes.count)
            sniffed += bytes[..<taken]
            bytesRead += taken
            if sniffed.count == 2 { try start() }
            return taken
        }
        let taken: Int
        if let inflated {
            let made: Int
            (taken, made) = try gunzip!.unpack(bytes, into: inflated)
            try read(UnsafeRawBufferPointer(rebasing: inflated[..<made]), isLast: false)
        } else {
            taken = min(bytes.count, Self.step)
            try read(UnsafeRawBufferPointer(rebasing: bytes[..<taken]), isLast: false)
        }
        bytesRead += taken
        return taken
    }

    /// Reads what is left.
    ///
    /// - Throws: `FormatError`.
    func finish() throws {
        if !hasStarted { try start() }
        if let inflated {
            // zlib may hold back what did not fit into the last buffer.
            while case (_, let made) = try gunzip!.unpack(UnsafeRawBufferPointer(start: nil, count: 0), into: inflated),
                made > 0
            {
                try read(UnsafeRawBufferPointer(rebasing: inflated[..<made]), isLast: false)
            }
            try gunzip!.finish()
        }
        try read(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true)
    }

    /// gzip is recognised by its first two bytes, not by the name: neither CSV nor JSON Lines can start like that.
    private func start() throws {
        hasStarted = true
        let first = sniffed
        sniffed = []
        if first == [0x1F, 0x8B] {
            isGzip = true
            gunzip = Gunzip()
            let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.step, alignment: 64)
            inflated = buffer
            // Two bytes of a header are used up at once and make nothing.
            _ = try first.withUnsafeBytes { try gunzip!.unpack($0, into: buffer) }
        } else {
            try first.withUnsafeBytes { try read($0, isLast: false) }
        }
    }

    /// The window has room for a step whenever the readers left less than a row of the limit's length.
    private func read(_ bytes: UnsafeRawBufferPointer, isLast: Bool) throws(FormatError) {
        let taken = window.append(bytes)
        precondition(taken == bytes.count, "the window is full")
        let start = UnsafePointer(window.start)
        if csv != nil {
            window.removeFirst(try csv!.read(start, count: window.count, isLast: isLast, into: &sink))
        } else {
            window.removeFirst(jsonLines!.read(start, count: window.count, isLast: isLast, into: &sink))
        }
    }
}
