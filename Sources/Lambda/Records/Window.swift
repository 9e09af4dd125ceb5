/// The stretch of input that is being read: contiguous, of fixed size, the unread rest moved to its front.
struct Window: ~Copyable {
    /// Bytes past the end that readers of whole blocks may touch; they hold anything.
    static let slack = 128

    let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        start = .allocate(capacity: capacity + Self.slack)
        start.initialize(repeating: 0, count: capacity + Self.slack)
    }

    deinit { start.deallocate() }

    /// Takes as many bytes as there is room for.
    ///
    /// - Returns: how many.
    mutating func append(_ bytes: UnsafeRawBufferPointer) -> Int {
        let taken = min(bytes.count, capacity - count)
        if taken > 0 { UnsafeMutableRawPointer(start + count).copyMemory(from: bytes.baseAddress!, byteCount: taken) }
        count += taken
        return taken
    }

    mutating func removeFirst(_ dropped: Int) {
        guard dropped > 0 else { return }
        start.update(from: start + dropped, count: count - dropped)
        count -= dropped
    }
}
