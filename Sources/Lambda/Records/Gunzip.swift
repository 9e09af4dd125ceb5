import CZlib

/// Takes gzip (RFC 1952) apart, member after member, in bounded memory.
struct Gunzip: ~Copyable {
    private var stream: UnsafeMutablePointer<z_stream>
    private var state = State.betweenMembers
    private var isFirst = true

    private enum State { case betweenMembers, inMember, padding }

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

    /// Unpacks all of `input`; `emit` gets the content in pieces as long as `buffer`, or shorter.
    mutating func unpack(
        _ input: UnsafeRawBufferPointer, through buffer: UnsafeMutableRawBufferPointer,
        emit: (UnsafeRawBufferPointer) throws -> Void
    ) throws {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        while stream.pointee.avail_in > 0 {
            if state != .inMember {
                // Zeros may follow the last member, as tape blocks do (gzip's manual).
                if !isFirst, stream.pointee.next_in[0] == 0 {
                    state = .padding
                    stream.pointee.next_in += 1
                    stream.pointee.avail_in -= 1
                    continue
                }
                guard state != .padding else { throw FormatError.notGzip("something follows the end of the gzip data") }
                inflateReset(stream)
                state = .inMember
                isFirst = false
            }
            var status = Z_OK
            repeat {
                stream.pointee.next_out = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
                stream.pointee.avail_out = UInt32(buffer.count)
                status = inflate(stream, Z_NO_FLUSH)
                let made = buffer.count - Int(stream.pointee.avail_out)
                if made > 0 { try emit(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(buffer)[..<made])) }
                guard status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR else {
                    throw FormatError.notGzip("the gzip data is damaged")
                }
            } while status == Z_OK && (stream.pointee.avail_in > 0 || stream.pointee.avail_out == 0)
            if status == Z_STREAM_END { state = .betweenMembers }
        }
    }

    /// - Throws: `FormatError` when the data ended in the middle of a member.
    func finish() throws {
        if state == .inMember { throw FormatError.notGzip("the gzip data ends too early") }
    }
}
