import Foundation
import TestSupport
import Testing

@testable import HarnessSupport

@Suite("SHA-256")
struct DigestTests {
    /// The examples of NIST for FIPS 180-4, and the empty text.
    private static let published = [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
        (
            String(repeating: "a", count: 1_000_000),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"
        ),
    ]

    @Test("matches the published digests, for bytes and for a file", arguments: published)
    func sums(_ text: String, _ sum: String) async throws {
        #expect(Digest.of(text.utf8).hex == sum)
        try await withScratch { folder in
            try write(["a.txt": text], to: folder)
            #expect(Digest(file: folder + "/a.txt")?.hex == sum)
            #expect(Digest(file: folder + "/b.txt") == nil)
        }
    }
}
