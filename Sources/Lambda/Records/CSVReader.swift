import CByteMask

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// CSV as RFC 4180 defines it, fed piece by piece.
///
/// Rows are split where a comparison of 64 bytes at once finds commas and line feeds, and quoted fields jumped over. A
/// row with doubled or misplaced quotation marks goes through `CSVRowScanner` and `CSVRowSplitter`, byte by byte.
///
/// Beyond the RFC: a lone line feed ends a row too, a byte-order mark is skipped, blank lines are passed over. A
/// quotation mark opens a quoted field only at the field's start; elsewhere it spoils its row and no other.
struct CSVReader<Job: RecordJob>: ~Copyable {
    private let rowLimit: Int
    private let columns: Int
    /// For each column of the file, which field of the schema it is. Empty until the header is read.
    private var order: [Int] = []
    private var isOrdered = false
    private var fields: UnsafeMutablePointer<RawField>
    private var ordered: UnsafeMutablePointer<RawField>
    private var scratch: UnsafeMutablePointer<UInt8>
    private var isAtStart = true
    /// Set while the rest of a row that is too long is passed over.
    private var skipping: CSVRowScanner?

    init(rowLimit: Int) {
        self.rowLimit = rowLimit
        columns = Job.schema.fields.count
        let empty = RawField(start: UnsafePointer(bitPattern: 1)!, count: 0, kind: .absent)
        fields = .allocate(capacity: columns)
        fields.initialize(repeating: empty, count: columns)
        ordered = .allocate(capacity: columns)
        ordered.initialize(repeating: empty, count: columns)
        scratch = allocateZeroed(rowLimit + Window.slack)
    }

    deinit {
        fields.deallocate()
        ordered.deallocate()
        free(scratch)
    }

    /// Reads all rows that are complete.
    ///
    /// - Parameters:
    ///   - bytes: `Window.slack` more may be read.
    ///   - isLast: whether the end of these bytes is the end of the file.
    /// - Returns: how many bytes are done with. The rest, shorter than the row limit, is wanted again.
    mutating func read(
        _ bytes: UnsafePointer<UInt8>, count: Int, isLast: Bool, into sink: inout RowSink<Job>
    ) throws(FormatError) -> Int {
        var position = 0
        if isAtStart {
            if count < 3, !isLast { return 0 }
            isAtStart = false
            if count >= 3, bytes[0] == 0xEF, bytes[1] == 0xBB, bytes[2] == 0xBF { position = 3 }
        }
        if order.isEmpty {
            guard let end = try readHeader(bytes, from: position, to: count, isLast: isLast) else { return position }
            position = end
        }
        if var scanner = skipping {
            guard let end = scanner.find(bytes, from: position, to: count) else {
                skipping = scanner
                if isLast { skipping = nil }
                return count
            }
            skipping = nil
            position = end + 1
        }
        position = readRows(bytes, from: position, to: count, into: &sink)
        if isLast, position < count {
            readRow(bytes, from: position, to: count, endsOpen: true, into: &sink)
            return count
        }
        if count - position > rowLimit {
            sink.rowsRead += 1
            sink.reject(Rejection(.tooLong, figure: rowLimit))
            var scanner = CSVRowScanner()
            _ = scanner.find(bytes, from: position, to: count)
            skipping = scanner
            return count
        }
        return position
    }

    /// The fast way: stops at rows with a quotation mark only to hand them on.
    private mutating func readRows(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, into sink: inout RowSink<Job>
    ) -> Int {
        let fields = fields
        let columns = columns
        var rowStart = start
        var base = start
        var mask: UInt64 = start < end ? csv_structure(bytes + start) : 0
        rows: while true {
            var fieldStart = rowStart
            var column = 0
            while true {
                while mask == 0 {
                    base += 64
                    if base >= end { break rows }
                    mask = csv_structure(bytes + base)
                }
                let place = base + mask.trailingZeroBitCount
                if place >= end { break rows }
                mask &= mask &- 1
                let byte = bytes[place]
                if byte == UInt8(ascii: ",") {
                    if column < columns {
                        fields[column] = RawField(start: bytes + fieldStart, count: place - fieldStart, kind: .plain)
                    }
                    column += 1
                    fieldStart = place + 1
                } else if byte == UInt8(ascii: "\n") {
                    let last = place > fieldStart && bytes[place - 1] == UInt8(ascii: "\r") ? place - 1 : place
                    if column < columns {
                        fields[column] = RawField(start: bytes + fieldStart, count: last - fieldStart, kind: .plain)
                    }
                    take(bytes, from: rowStart, to: place, columns: column + 1, problem: nil, into: &sink)
                    rowStart = place + 1
                    break
                } else if place == fieldStart,
                    let close = Self.closingMark(bytes, after: place, to: end)
                {
                    if column < columns {
                        fields[column] = RawField(start: bytes + place + 1, count: close - place - 1, kind: .plain)
                    }
                    column += 1
                    let isLast = bytes[close + 1] != UInt8(ascii: ",")
                    base = close + (isLast && bytes[close + 1] == UInt8(ascii: "\r") ? 3 : 2)
                    mask = base < end ? csv_structure(bytes + base) : 0
                    fieldStart = base
                    if isLast {
                        take(bytes, from: rowStart, to: base - 1, columns: column, problem: nil, into: &sink)
                        rowStart = base
                        break
                    }
                } else {
                    var scanner = CSVRowScanner()
                    guard let rowEnd = scanner.find(bytes, from: rowStart, to: end) else { break rows }
                    readRow(bytes, from: rowStart, to: rowEnd, endsOpen: false, into: &sink)
                    rowStart = rowEnd + 1
                    base = rowStart
                    mask = base < end ? csv_structure(bytes + base) : 0
                    break
                }
            }
        }
        return rowStart
    }

    /// - Returns: where a quoted field ends that holds no quotation mark and is properly followed; `nil` otherwise,
    ///   also when too little is there to say.
    @inline(__always)
    private static func closingMark(_ bytes: UnsafePointer<UInt8>, after open: Int, to end: Int) -> Int? {
        guard let found = memchr(bytes + open + 1, 0x22, end - open - 1) else { return nil }
        let close = bytes.distance(to: found.assumingMemoryBound(to: UInt8.self))
        guard close + 1 < end else { return nil }
        let next = bytes[close + 1]
        if next == UInt8(ascii: ",") || next == UInt8(ascii: "\n") { return close }
        return next == UInt8(ascii: "\r") && close + 2 < end && bytes[close + 2] == UInt8(ascii: "\n") ? close : nil
    }

    /// One row, byte by byte, with whatever quoting it has.
    private mutating func readRow(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, endsOpen: Bool, into sink: inout RowSink<Job>
    ) {
        var splitter = CSVRowSplitter(fields: fields, capacity: columns, scratch: scratch)
        // What is longer than the scratch memory is rejected whatever it holds.
        let problem = end - start > rowLimit ? nil : splitter.split(bytes, from: start, to: end, endsOpen: endsOpen)
        take(bytes, from: start, to: end, columns: splitter.count, problem: problem, into: &sink)
    }

    @inline(__always)
    private func take(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, columns found: Int, problem: Rejection.Problem?,
        into sink: inout RowSink<Job>
    ) {
        sink.rowsRead += 1
        let count = end - start
        if count > rowLimit { return sink.reject(Rejection(.tooLong, figure: rowLimit)) }
        if count == 0 || (count == 1 && bytes[start] == UInt8(ascii: "\r")) { return }
        if let problem { return sink.reject(Rejection(problem)) }
        if !isUTF8(bytes + start, count: count) { return sink.reject(Rejection(.notUTF8)) }
        if found != columns { return sink.reject(Rejection(.fieldCount, figure: found)) }
        if isOrdered { return sink.take(fields, rawCount: count) }
        for column in 0..<columns { ordered[order[column]] = fields[column] }
        sink.take(ordered, rawCount: count)
    }

    /// The first row names each field of the schema once, in any order.
    ///
    /// - Returns: where the rows start; `nil` when the header is not complete yet.
    private mutating func readHeader(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, isLast: Bool
    ) throws(FormatError) -> Int? {
        var scanner = CSVRowScanner()
        let found = scanner.find(bytes, from: start, to: end)
        guard let headerEnd = found ?? (isLast || end - start > rowLimit ? end : nil) else { return nil }
        guard headerEnd > start else {
            throw .wrongHeader(end == start ? "the object is empty" : "the first line is empty")
        }
        guard headerEnd - start <= rowLimit else { throw .wrongHeader("longer than \(rowLimit) bytes") }
        let capacity = 256
        let memory = UnsafeMutablePointer<RawField>.allocate(capacity: capacity)
        defer { memory.deallocate() }
        var splitter = CSVRowSplitter(fields: memory, capacity: capacity, scratch: scratch)
        if splitter.split(bytes, from: start, to: headerEnd, endsOpen: found == nil) != nil {
            throw .wrongHeader("its quotation marks do not match")
        }
        var names: [String] = []
        for column in 0..<min(splitter.count, capacity) {
            guard isUTF8(bytes + start, count: headerEnd - start) else { throw .wrongHeader("not UTF-8") }
            names.append(
                String(
                    decoding: UnsafeBufferPointer(start: memory[column].start, count: memory[column].count),
                    as: UTF8.self))
        }
        let wanted = Job.schema.fields.map(\.name)
        for name in wanted where !names.contains(name) { throw .wrongHeader("the column \(name) is missing") }
        for (index, name) in names.enumerated() {
            if !wanted.contains(name) { throw .wrongHeader("column \(index + 1) is not one of the schema's") }
            if names[..<index].contains(name) { throw .wrongHeader("the column \(name) is there twice") }
        }
        order = names.map { wanted.firstIndex(of: $0)! }
        isOrdered = order == Array(0..<columns)
        return min(headerEnd + 1, end)
    }
}
