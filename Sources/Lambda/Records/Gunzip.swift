import CZlib

/// Takes gzip (RFC 1952) apart, member after member, in bounded memory.
struct Gunzip: ~Copyable {
    private var stream: UnsafeMutablePointer<z_stream>
    private var state = State.betweenMembers
    private var isFirst = true

    private enum State { case betweenMembers, inMember, padding, damaged }

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        // 16 asks for the gzip wrapper. It fails only without memory.
        let status = inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has no memory")
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks until the input is used up or the buffer is full.
    ///
    /// - Returns: how many bytes of the input were used, and how many of the buffer hold content now.
    /// - Throws: `FormatError`.
    mutating func unpack(
        _ input: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer
    ) throws(FormatError) -> (used: Int, made: Int) {
        if state == .damaged { throw .notGzip("the gzip data is damaged") }
        var used = 0
        while state != .inMember, used < input.count {
            // Zeros may follow the last member, as tape blocks do (gzip's manual).
            if !isFirst, input[used] == 0 {
                state = .padding
                used += 1
                continue
            }
            guard state != .padding else { throw .notGzip("something follows the end of the gzip data") }
            inflateReset(stream)
            state = .inMember
            isFirst = false
        }
        guard state == .inMember else { return (used, 0) }
        let offered = min(input.count - used, 1 << 30)
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.advanced(by: used).assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(offered)
        stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = UInt32(buffer.count)
        let status = inflate(stream, Z_NO_FLUSH)
        // Z_BUF_ERROR only says that it waits for more input.
        if status == Z_STREAM_END {
            state = .betweenMembers
        } else if status != Z_OK && status != Z_BUF_ERROR {
            // What comes before the damage is handed out first, so that the pieces the bytes came in do not matter.
            state = .damaged
        }
        return (used + offered - Int(stream.pointee.avail_in), buffer.count - Int(stream.pointee.avail_out))
    }

    /// - Throws: `FormatError` when the data ended in the middle of a member.
    func finish() throws(FormatError) {
        if state == .damaged { throw .notGzip("the gzip data is damaged") }
        if state == .inMember { throw .notGzip("the gzip data ends too early") }
    }
}
