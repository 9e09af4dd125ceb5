#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The stretch of input that is being read: contiguous, of fixed size, the unread rest moved to its front.
struct Window: ~Copyable {
    /// Bytes past the end that readers of whole blocks may touch; they hold anything.
    static let slack = 128

    let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        start = allocateZeroed(capacity + Self.slack)
    }

    deinit { free(start) }

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

/// Memory that the system zeroes page by page when it is first touched: a short object touches little of it. To be
/// given back by `free`.
func allocateZeroed<Element: BitwiseCopyable>(_ count: Int) -> UnsafeMutablePointer<Element> {
    guard let memory = calloc(count, MemoryLayout<Element>.stride) else { fatalError("out of memory") }
    return memory.bindMemory(to: Element.self, capacity: count)
}
