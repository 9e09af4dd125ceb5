import Foundation

extension [UInt8] {
    package func contains(text: String) -> Bool {
        let wanted = Array(text.utf8)
        return withUnsafeBytes { bytes in
            guard let start = bytes.baseAddress, let first = wanted.first else { return wanted.isEmpty }
            var index = 0
            while index + wanted.count <= bytes.count,
                let found = memchr(start + index, Int32(first), bytes.count - wanted.count - index + 1)
            {
                if memcmp(found, wanted, wanted.count) == 0 { return true }
                index = UnsafeRawPointer(found) - start + 1
            }
            return false
        }
    }
}

extension StringProtocol {
    /// The lines without line ends. Swift treats CR LF as one character, so a split at `"\n"` would miss it.
    package var lines: [SubSequence] {
        split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
    }
}

extension StringProtocol {
    package func trimming(while isLeft: (Character) -> Bool) -> String {
        let front = drop(while: isLeft)
        return String(front.reversed().drop(while: isLeft).reversed())
    }
}
