import Crypto
import Foundation

/// A SHA-256 sum.
struct Digest: Hashable, Sendable {
    let hex: String

    static func of(_ bytes: some Sequence<UInt8>) -> Digest {
        var hash = SHA256()
        hash.update(data: Array(bytes))
        return Digest(hash)
    }

    init(_ hash: SHA256) {
        let digits = Array("0123456789abcdef".utf8)
        var characters: [UInt8] = []
        for byte in hash.finalize() {
            characters.append(digits[Int(byte >> 4)])
            characters.append(digits[Int(byte & 15)])
        }
        hex = String(decoding: characters, as: UTF8.self)
    }

    /// The sum of a file read piece by piece; `nil` when it cannot be read.
    init?(file: String) {
        guard let handle = FileHandle(forReadingAtPath: file) else { return nil }
        defer { try? handle.close() }
        var hash = SHA256()
        while let piece = try? handle.read(upToCount: 1 << 20), !piece.isEmpty { hash.update(data: piece) }
        self.init(hash)
    }

    var short: String { String(hex.prefix(12)) }
}
