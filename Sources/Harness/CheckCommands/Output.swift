import Foundation
import Synchronization

/// The error of a failed write to standard output: a report on a full disk must not look clean.
private let lost = Mutex<Int32?>(nil)

/// Writes to standard output. `outputIsWhole` reports lost output at the end.
///
/// No default for `text`: Swift would then take its own `print`, which does not tell, for a call with nothing else.
package func print(_ text: String, terminator: String = "\n") {
    Array((text + terminator).utf8).withUnsafeBytes { bytes in
        var rest = bytes[...]
        while !rest.isEmpty, lost.withLock({ $0 }) == nil {
            let count = write(STDOUT_FILENO, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                let number = errno
                lost.withLock { $0 = number }
            }
        }
    }
}

package func print() { print("") }

/// Opens what the caller closed: another file would take its number, and be written to. Output that was closed stays
/// lost, since this one cannot be written to.
package func openStandardStreams() {
    for (stream, mode) in [(STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY)]
    where fcntl(stream, F_GETFD) == -1 { _ = open("/dev/null", mode) }
}

/// Reports lost output. A closed pipe, for example from `head`, is not an error.
package func outputIsWhole() -> Bool {
    guard let number = lost.withLock({ $0 }), number != EPIPE else { return true }
    _ = fail("cannot write the output: \(String(cString: strerror(number)))")
    return false
}
