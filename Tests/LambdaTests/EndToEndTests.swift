import Foundation
import TestSupport
import Testing

@testable import Lambda

@Suite("The function under the Runtime Interface Emulator", .serialized)
struct EndToEndTests {
    /// A few thousand claims of every kind, some of them broken.
    static func claims(_ name: String, bytes: Int, in scratch: String) throws -> [UInt8] {
        let file = scratch + "/" + name
        _ = try Reference.run(
            "python3", [Reference.folder + "/Reference/make_claims.py", file, "--bytes", "\(bytes)", "--bad", "0.05"])
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    }

    @Test("one event produces the three results of the reference")
    func agreesWithTheReference() async throws {
        try await withScratch { scratch in
            let names = ["claims.csv", "claims.csv.gz", "claims.jsonl", "claims.jsonl.gz"]
            let inputs = try names.map { try Self.claims($0, bytes: 400_000, in: scratch) }
            let wanted = try Reference.answers(
                zip(names, inputs).map { Reference.Case(format: RecordFormat(objectName: $0)!, bytes: $1) }, in: scratch
            )
            try await FunctionUnderTest.with { function in
                for (name, (bytes, wanted)) in zip(names, zip(inputs, wanted)) {
                    // A key that needs every kind of encoding.
                    let object = try await function.put("incoming/März 2024+1/a&b=\(name)", bytes)
                    let answer = try await function.invoke(FunctionUnderTest.event([object]))
                    #expect(answer["errorType"] == nil, "\(answer)")
                    let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                    let accepted = try #require(try await function.get(keys.accepted))
                    let rejected = try #require(try await function.get(keys.rejected))
                    #expect(String(decoding: accepted, as: UTF8.self) == wanted.accepted)
                    #expect(String(decoding: rejected, as: UTF8.self) == wanted.rejected)
                    let summary = String(decoding: try #require(try await function.get(keys.summary)), as: UTF8.self)
                    // The reference knows nothing of S3: these members are the processor's own.
                    #expect(Self.without(["schema", "source", "results"], summary) == Self.without([], wanted.summary))
                    #expect(try JSONValue(summary)["source"]?["etag"]?.string == object.eTag)
                }
            }
        }
    }

    @Test("the same event twice gives the same bytes at the same keys, and gzip holds the same rows")
    func isIdempotent() async throws {
        try await withScratch { scratch in
            let bytes = try Self.claims("claims.csv", bytes: 2_600_000, in: scratch)
            var plain: [UInt8] = []
            try await FunctionUnderTest.with { function in
                let object = try await function.put("incoming/claims.csv", bytes)
                let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                var first: [[UInt8]?] = []
                for _ in 0..<2 {
                    _ = try await function.invoke(FunctionUnderTest.event([object]))
                    var results: [[UInt8]?] = []
                    for key in [keys.accepted, keys.rejected, keys.summary] {
                        results.append(try await function.get(key))
                    }
                    #expect(results.allSatisfy { $0 != nil })
                    if !first.isEmpty { #expect(results == first) }
                    first = results
                }
                plain = try #require(first[0])
                // More than one part.
                #expect(plain.count > 5 << 20)
            }
            try await FunctionUnderTest.with(["OUTPUT_COMPRESSION": "gzip"]) { function in
                let object = try await function.put("incoming/claims.csv", bytes)
                _ = try await function.invoke(FunctionUnderTest.event([object]))
                let keys = ResultKeys(object, prefix: "results/", isPacked: true)
                let packed = try #require(try await function.get(keys.accepted))
                var gunzip = Gunzip()
                let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 32 << 20, alignment: 16)
                defer { buffer.deallocate() }
                let made = try packed.withUnsafeBytes { try gunzip.unpack($0, into: buffer).made }
                #expect(buffer[..<made].elementsEqual(plain))
            }
        }
    }

    @Test("faults of the object are recorded and the invocation succeeds; other faults fail the invocation")
    func errors() async throws {
        try await FunctionUnderTest.with { function in
            let cases: [(key: String, text: String, type: String)] = [
                ("incoming/header.csv", "a,b\n1,2\n", "WrongHeader"), ("incoming/empty.csv", "", "WrongHeader"),
                ("incoming/broken.jsonl.gz", "\u{1f}\u{8b}", "NotDecodable"),
                ("incoming/claims.xml", "<a/>", "UnknownFormat"),
            ]
            for item in cases {
                let bytes = item.type == "NotDecodable" ? [0x1F, 0x8B, 0x08] : Array(item.text.utf8)
                let object = try await function.put(item.key, bytes)
                let answer = try await function.invoke(FunctionUnderTest.event([object]))
                #expect(answer["objects"]?.array?.first?["refused"]?.string?.hasPrefix(item.type) == true, "\(answer)")
                let keys = ResultKeys(object, prefix: "results/", isPacked: false)
                let error = try JSONValue(
                    String(decoding: try #require(try await function.get(keys.error)), as: UTF8.self))
                #expect(error["error"]?["type"]?.string == item.type)
                #expect(try await function.get(keys.summary) == nil)
            }
            // No such object: recorded as well.
            let missing = S3Object(bucket: FunctionUnderTest.input, key: "incoming/none.csv", eTag: "0123")
            let answer = try await function.invoke(FunctionUnderTest.event([missing]))
            #expect(answer["objects"]?.array?.first?["refused"]?.string?.hasPrefix("NoSuchKey") == true, "\(answer)")
            // The results' own bucket and prefix.
            let loop = S3Object(bucket: FunctionUnderTest.output, key: "results/x/claims.csv", eTag: "0123")
            let refused = try await function.invoke(FunctionUnderTest.event([loop]))
            #expect(refused["objects"]?.array?.first?["refused"]?.string?.hasPrefix("Recursion") == true, "\(refused)")
            // Not an event of S3.
            #expect(try await function.invoke("{\"x\":1}")["errorType"]?.string == "MalformedEvent")
            #expect(try await function.openUploads() == [])
        }
    }

    @Test("a missing results bucket fails the invocation, so that Lambda retries it")
    func missingOutput() async throws {
        try await FunctionUnderTest.with(["OUTPUT_BUCKET": "nowhere-at-all"]) { function in
            let header = ClaimJob.schema.fields.map(\.name).joined(separator: ",")
            let object = try await function.put("incoming/claims.csv", Array("\(header)\n".utf8))
            let answer = try await function.invoke(FunctionUnderTest.event([object]))
            #expect(answer["errorType"]?.string == "NoSuchBucket", "\(answer)")
        }
    }

    /// A JSON object's members but for some.
    private static func without(_ names: [String], _ text: String) -> [String: JSONValue]? {
        guard case .object(let members) = try? JSONValue(text) else { return nil }
        return members.filter { !names.contains($0.key) }
    }
}
