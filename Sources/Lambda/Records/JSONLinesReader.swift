#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// JSON Lines: one JSON object (RFC 8259) to a line, fed piece by piece. A byte-order mark is skipped, blank lines
/// are passed over.
struct JSONLinesReader<Job: RecordJob>: ~Copyable {
    private let rowLimit: Int
    private var parser: JSONRowParser
    private var isAtStart = true
    private var isSkipping = false

    init(rowLimit: Int) {
        self.rowLimit = rowLimit
        parser = JSONRowParser(Job.schema, rowLimit: rowLimit)
    }

    deinit { parser.deallocate() }

    /// As `CSVReader.read`.
    mutating func read(
        _ bytes: UnsafePointer<UInt8>, count: Int, isLast: Bool, into sink: inout RowSink<Job>
    ) -> Int {
        var position = 0
        if isAtStart {
            if count < 3, !isLast { return 0 }
            isAtStart = false
            if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        }
        if isSkipping {
            guard let found = memchr(bytes + position, 0x0A, count - position) else { return count }
            position = bytes.distance(to: found.assumingMemoryBound(to: UInt8.self)) + 1
            isSkipping = false
        }
        while position < count {
            let end: Int
            if let found = memchr(bytes + position, 0x0A, count - position) {
                end = bytes.distance(to: found.assumingMemoryBound(to: UInt8.self))
            } else if isLast {
                end = count
            } else {
                break
            }
            take(bytes + position, count: end - position, into: &sink)
            position = end + 1
        }
        if position >= count { return count }
        if count - position > rowLimit {
            sink.rowsRead += 1
            sink.reject(Rejection(.tooLong, figure: rowLimit))
            isSkipping = true
            return count
        }
        return position
    }

    @inline(__always)
    private mutating func take(_ line: UnsafePointer<UInt8>, count: Int, into sink: inout RowSink<Job>) {
        sink.rowsRead += 1
        if count > rowLimit { return sink.reject(Rejection(.tooLong, figure: rowLimit)) }
        if JSONRowParser.isBlank(line, count: count) { return }
        if !isUTF8(line, count: count) { return sink.reject(Rejection(.notUTF8)) }
        if let rejection = parser.parse(line, count: count) { return sink.reject(rejection) }
        sink.take(parser.fields, rawCount: count)
    }
}
