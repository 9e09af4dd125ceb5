import NIOHTTP1
import Testing

@testable import Lambda

/// The examples of the Amazon S3 API Reference, "Signature Calculations for the Authorization Header: Transferring
/// Payload in a Single Chunk", with the keys and signatures printed there.
@Suite("Signature Version 4")
struct SignatureTests {
    private static let signer = SignatureV4(
        credentials: Credentials(
            accessKey: "AKIAIOSFODNN7EXAMPLE", secretKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
        region: "us-east-1")

    private static func signature(
        _ method: String, _ path: String, _ query: [(String, String)] = [], _ headers: HTTPHeaders = [:],
        payload: String = SignatureV4.emptyPayload
    ) throws -> String {
        var headers = headers
        let time = try #require(Timestamp("2013-05-24T00:00:00Z"))
        signer.sign(
            &headers, method: method, host: "examplebucket.s3.amazonaws.com", path: path, query: query,
            payload: payload, at: time)
        #expect(headers.first(name: "x-amz-date") == "20130524T000000Z")
        return try #require(headers.first(name: "authorization")?.split(separator: "=").last.map { String($0) })
    }

    @Test("GET of an object's first bytes")
    func getObject() throws {
        let signature = try Self.signature("GET", "/test.txt", [], ["Range": "bytes=0-9"])
        #expect(signature == "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41")
    }

    @Test("PUT of an object whose key needs encoding")
    func putObject() throws {
        let payload = SHA256.hash(Array("Welcome to Amazon S3.".utf8)).hexadecimal
        #expect(payload == "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072")
        let signature = try Self.signature(
            "PUT", "/" + SignatureV4.encode("test$file.text", keepsSlash: true), [],
            ["Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"], payload: payload)
        #expect(signature == "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd")
    }

    @Test("GET of a bucket's lifecycle: a query without a value")
    func lifecycle() throws {
        let signature = try Self.signature("GET", "/", [("lifecycle", "")])
        #expect(signature == "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543")
    }

    @Test("list of a bucket: two query parameters")
    func list() throws {
        let signature = try Self.signature("GET", "/", [("prefix", "J"), ("max-keys", "2")])
        #expect(signature == "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7")
    }

    @Test("another key, another time or another header makes another signature")
    func differs() throws {
        let right = try Self.signature("GET", "/test.txt", [], ["Range": "bytes=0-9"])
        #expect(try Self.signature("GET", "/test.txt", [], ["Range": "bytes=0-8"]) != right)
        #expect(try Self.signature("GET", "/test2.txt", [], ["Range": "bytes=0-9"]) != right)
        #expect(try Self.signature("HEAD", "/test.txt", [], ["Range": "bytes=0-9"]) != right)
    }

    @Test("two headers of one name are signed as one, with both values")
    func headersOfOneName() throws {
        let two: HTTPHeaders = ["content-encoding": "gzip", "Content-Encoding": "aws-chunked"]
        #expect(
            try Self.signature("PUT", "/a", [], two)
                == Self.signature("PUT", "/a", [], ["content-encoding": "gzip,aws-chunked"]))
        var headers = two
        Self.signer.sign(
            &headers, method: "PUT", host: "h", path: "/a", query: [], payload: "", at: Timestamp(milliseconds: 0))
        let authorization = try #require(headers.first(name: "authorization"))
        #expect(authorization.contains("SignedHeaders=content-encoding;host;x-amz-content-sha256;x-amz-date,"))
    }

    /// FIPS 180-4's examples, and RFC 4231's for HMAC.
    @Test("SHA-256 and HMAC")
    func hashes() {
        let cases = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
        ]
        for (text, hash) in cases { #expect(SHA256.hash(Array(text.utf8)).hexadecimal == hash) }
        #expect(
            SHA256.hash([UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)).hexadecimal
                == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
        #expect(
            SHA256.hmac(Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8)).hexadecimal
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        #expect(
            SHA256.hmac(
                Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                key: [UInt8](repeating: 0xAA, count: 131)
            ).hexadecimal == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test("CRC-32 in Base64, as S3 shows it", arguments: [("123456789", "y/Q5Jg=="), ("", "AAAAAA==")])
    func checksum(text: String, sum: String) {
        #expect(CRC32.base64(.init(string: text)) == sum)
    }
}
