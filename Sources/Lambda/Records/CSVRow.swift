/// Finds where a row with quotation marks ends. It can stop at the end of what is there and go on later.
struct CSVRowScanner {
    private var state = State.fieldStart

    private enum State { case fieldStart, unquoted, quoted, closed }

    /// - Returns: where the line feed is that ends the row; `nil` when it is not there yet.
    mutating func find(_ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int? {
        var state = state
        var index = start
        while index < end {
            let byte = bytes[index]
            if state == .quoted {
                if byte == UInt8(ascii: "\"") { state = .closed }
            } else if byte == UInt8(ascii: "\n") {
                return index
            } else if byte == UInt8(ascii: ",") {
                state = .fieldStart
            } else if byte == UInt8(ascii: "\""), state == .fieldStart || state == .closed {
                state = .quoted
            } else {
                state = .unquoted
            }
            index += 1
        }
        self.state = state
        return nil
    }
}

/// Splits one complete row into fields and resolves doubled quotation marks.
struct CSVRowSplitter {
    let fields: UnsafeMutablePointer<RawField>
    let capacity: Int
    /// Room for the whole row.
    let scratch: UnsafeMutablePointer<UInt8>
    /// How many fields there are; those beyond the capacity are counted only.
    private(set) var count = 0
    private var used = 0

    init(fields: UnsafeMutablePointer<RawField>, capacity: Int, scratch: UnsafeMutablePointer<UInt8>) {
        self.fields = fields
        self.capacity = capacity
        self.scratch = scratch
    }

    /// - Parameters:
    ///   - end: where the row's line feed is, or the end of the file.
    ///   - endsOpen: whether the file ends there, without a line feed.
    /// - Returns: what is wrong with the quoting, the first such thing.
    mutating func split(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, endsOpen: Bool
    ) -> Rejection.Problem? {
        let isReturned = !endsOpen && end > start && bytes[end - 1] == UInt8(ascii: "\r")
        var index = start
        var problem: Rejection.Problem?
        while true {
            if index < end, bytes[index] == UInt8(ascii: "\"") {
                index = quoted(bytes, from: index + 1, to: end, &problem)
                if index == end || (index == end - 1 && isReturned) { return problem }
                if bytes[index] != UInt8(ascii: ",") {
                    problem = problem ?? .textAfterQuote
                    while index < end, bytes[index] != UInt8(ascii: ",") { index += 1 }
                    if index == end { return problem }
                }
            } else {
                let fieldStart = index
                while index < end, bytes[index] != UInt8(ascii: ",") {
                    if bytes[index] == UInt8(ascii: "\"") { problem = problem ?? .strayQuote }
                    index += 1
                }
                let isLast = index == end
                put(bytes + fieldStart, (isLast && isReturned ? end - 1 : index) - fieldStart)
                if isLast { return problem }
            }
            index += 1
        }
    }

    /// - Returns: the place after the closing quotation mark.
    private mutating func quoted(
        _ bytes: UnsafePointer<UInt8>, from start: Int, to end: Int, _ problem: inout Rejection.Problem?
    ) -> Int {
        var index = start
        var runStart = start
        let scratchStart = used
        while true {
            while index < end, bytes[index] != UInt8(ascii: "\"") { index += 1 }
            if index == end {
                problem = problem ?? .openQuote
                return end
            }
            if index + 1 < end, bytes[index + 1] == UInt8(ascii: "\"") {
                copy(bytes, runStart, index + 1)
                index += 2
                runStart = index
                continue
            }
            if used == scratchStart {
                put(bytes + runStart, index - runStart)
            } else {
                copy(bytes, runStart, index)
                put(scratch + scratchStart, used - scratchStart)
            }
            return index + 1
        }
    }

    private mutating func copy(_ bytes: UnsafePointer<UInt8>, _ start: Int, _ end: Int) {
        (scratch + used).update(from: bytes + start, count: end - start)
        used += end - start
    }

    private mutating func put(_ start: UnsafePointer<UInt8>, _ length: Int) {
        if count < capacity { fields[count] = RawField(start: start, count: length, kind: .plain) }
        count += 1
    }
}
