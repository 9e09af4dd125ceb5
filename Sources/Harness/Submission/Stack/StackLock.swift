import Foundation
import HarnessSupport

/// Prevents two runs from changing one stack at the same time. The kernel releases the lock when a run ends.
struct StackLock {
    private let descriptor: Int32

    /// - Throws: `HarnessError` if another run holds the lock.
    init(folder: String) throws {
        let path = folder.appendingPath("lock")
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw HarnessError("cannot write to \(folder)", remedy: "make it writable") }
        guard lockf(descriptor, F_TLOCK, 0) == 0 else {
            close(descriptor)
            throw HarnessError("another harness process is changing this stack", remedy: "wait for it, or stop it")
        }
    }

    func release() { close(descriptor) }

    /// Whether another run holds the lock.
    static func isHeld(in folder: String) -> Bool {
        let descriptor = open(folder.appendingPath("lock"), O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return lockf(descriptor, F_TEST, 0) != 0
    }
}
