import CZlib

/// Makes gzip (RFC 1952). The same input gives the same bytes however it is cut into pieces: neither time nor name is
/// written.
struct Gzip: ~Copyable {
    /// zlib's fastest: output is written once and read seldom, and time is what the function is billed for.
    private static let level: Int32 = 1
    private var stream: UnsafeMutablePointer<z_stream>

    init() {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        let status = deflateInit2_(
            stream, Self.level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            Int32(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib has no memory")
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    mutating func pack(_ input: UnsafeRawBufferPointer, isLast: Bool, into output: inout ByteWriter) {
        stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: UInt8.self))
        stream.pointee.avail_in = UInt32(input.count)
        var status = Z_OK
        repeat {
            output.reserve(1 << 16)
            stream.pointee.next_out = output.start + output.count
            stream.pointee.avail_out = 1 << 16
            status = deflate(stream, isLast ? Z_FINISH : Z_NO_FLUSH)
            output.advance((1 << 16) - Int(stream.pointee.avail_out))
        } while isLast ? status != Z_STREAM_END : stream.pointee.avail_out == 0
    }
}
