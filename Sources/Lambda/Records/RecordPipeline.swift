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
        window = Window(capacity: rowLimit + (256 << 10))
        sink = RowSink(job, writesRows: writesRows)
        switch format {
        case .csv: csv = CSVReader(rowLimit: rowLimit)
        case .jsonLines: jsonLines = JSONLinesReader(rowLimit: rowLimit)
        }
    }

    deinit { inflated?.deallocate() }

    /// Reads the next bytes of the object.
    ///
    /// - Throws: `FormatError`.
    func feed(_ bytes: UnsafeRawBufferPointer) throws {
        bytesRead += bytes.count
        guard !hasStarted else { return try unpack(bytes) }
        sniffed += bytes
        if sniffed.count >= 2 { try start() }
    }

    /// Reads what is left.
    ///
    /// - Throws: `FormatError`.
    func finish() throws {
        if !hasStarted { try start() }
        try gunzip?.finish()
        try read(isLast: true)
    }

    /// gzip is told by its first two bytes, not by the name: neither CSV nor JSON Lines can start like that.
    private func start() throws {
        hasStarted = true
        if sniffed.count >= 2, sniffed[0] == 0x1F, sniffed[1] == 0x8B {
            isGzip = true
            gunzip = Gunzip()
            inflated = .allocate(byteCount: 128 << 10, alignment: 64)
        }
        let first = sniffed
        sniffed = []
        try first.withUnsafeBytes { try unpack($0) }
    }

    private func unpack(_ bytes: UnsafeRawBufferPointer) throws {
        guard let inflated else { return try append(bytes) }
        try gunzip?.unpack(bytes, through: inflated) { try append($0) }
    }

    private func append(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            rest = UnsafeRawBufferPointer(rebasing: rest[window.append(rest)...])
            try read(isLast: false)
        }
    }

    private func read(isLast: Bool) throws {
        let bytes = UnsafePointer(window.start)
        if csv != nil {
            window.removeFirst(try csv!.read(bytes, count: window.count, isLast: isLast, into: &sink))
        } else {
            window.removeFirst(jsonLines!.read(bytes, count: window.count, isLast: isLast, into: &sink))
        }
    }
}
