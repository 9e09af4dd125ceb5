import CSHA256
import Foundation

/// A SHA-256 digest.
///
/// Why not swift-crypto: on Linux it builds BoringSSL, hundreds of C files, which nothing else in the checker needs. Why
/// C: clang's code without optimization hashes 150 MB a second, and debug builds are what the GitHub action and
/// `swift test` use.
package struct Digest: Hashable, Sendable {
    package let hex: String

    package static func of(_ bytes: some Sequence<UInt8>) -> Digest {
        var state = sha256_state()
        sha256_begin(&state)
        let bytes = Array(bytes)
        sha256_update(&state, bytes, bytes.count)
        return Digest(&state)
    }

    private init(_ state: inout sha256_state) {
        var sum = [UInt8](repeating: 0, count: 32)
        sha256_finish(&state, &sum)
        let digits = Array("0123456789abcdef".utf8)
        hex = String(decoding: sum.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Digests a file in chunks; `nil` if the file cannot be read.
    package init?(file: String) {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        defer { try? handle.close() }
        var state = sha256_state()
        sha256_begin(&state)
        while let piece = try? handle.read(upToCount: 1 << 20), !piece.isEmpty {
            piece.withUnsafeBytes { sha256_update(&state, $0.baseAddress, $0.count) }
        }
        self.init(&state)
    }

    package var short: String { String(hex.prefix(12)) }
}
