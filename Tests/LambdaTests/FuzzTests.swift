import Foundation
import TestSupport
import Testing

@testable import Lambda

/// A million inputs at full depth, made by damaging those of the corpus. None may crash the processor or be read
/// differently when it arrives in other pieces, and a sample is read the same way by the reference.
@Suite("Damaged inputs", .heavy)
struct FuzzTests {
    static let corpus: [Reference.Case] = {
        let folder = Reference.folder + "/Corpus"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder).sorted()) ?? []
        return names.compactMap { name in
            guard let format = RecordFormat(objectName: name),
                let data = FileManager.default.contents(atPath: folder + "/" + name)
            else { return nil }
            return Reference.Case(format: format, bytes: [UInt8](data))
        }
    }()

    private static let rounds = TestDepth.isFull ? 115_000 : 5_000

    @Test("the parser reads the corpus like the reference")
    func corpusAgrees() async throws {
        #expect(Self.corpus.count >= 40)
        try await withScratch { scratch in
            for (item, wanted) in zip(Self.corpus, try Reference.answers(Self.corpus, in: scratch)) {
                #expect(Answer(item.bytes, item.format).agrees(with: wanted))
            }
        }
    }

    /// Eight suites of the same kind, so that both cores work.
    @Test("records parse the same in one piece and in chunks", arguments: 0..<8)
    func records(seed: Int) async throws {
        let before = Self.residentBytes
        let (cases, differences) = await onThread {
            var numbers = SeededNumbers(seed)
            var sample: [Reference.Case] = []
            var differences = 0
            for round in 0..<Self.rounds {
                let item = Self.damaged(&numbers)
                // Not the usual limit, so that short inputs meet it.
                let whole = Answer(item.bytes, item.format, rowLimit: 300)
                let pieces = Answer(item.bytes, item.format, rowLimit: 300) { Int.random(in: 1...40, using: &numbers) }
                if whole != pieces { differences += 1 }
                if round % (Self.rounds / 1_000) == 0 { sample.append(item) }
            }
            return (sample, differences)
        }
        #expect(differences == 0)
        // A warm function processes objects for hours: what each leaves behind, a quarter of a million show. Other tests
        // of this process need some memory too.
        #expect(Self.residentBytes - before < 1 << 30)
        try await withScratch { scratch in
            let wanted = try Reference.answers(cases, in: scratch)
            try #require(wanted.count == cases.count)
            for (item, wanted) in zip(cases, wanted) {
                let answer = Answer(item.bytes, item.format)
                #expect(answer.agrees(with: wanted), "\(item.format) \(item.bytes.hexadecimal)")
            }
        }
    }

    @Test("events and other JSON are parsed or rejected without a crash", arguments: 0..<2)
    func events(seed: Int) async {
        let event = """
            {"Records":[{"eventName":"ObjectCreated:Put","s3":{"bucket":{"name":"b-1"},"object":\
            {"key":"a+b%2Fc%C3%9F.csv","size":12,"eTag":"0123","versionId":"v.1","sequencer":"00"}}}, \
            {"eventName":"ObjectRemoved:Delete","x":[1,-2.5e3,true,false,null,"\\u00e9\\ud83d\\ude00"]}]}
            """
        let (readable, most) = await onThread {
            var numbers = SeededNumbers(1_000 + seed)
            var (readable, most) = (0, 0)
            for _ in 0..<60_000 {
                var bytes = Array(event.utf8)
                Self.damage(&bytes, &numbers)
                if let event = try? S3Event(String(decoding: bytes, as: UTF8.self)) {
                    readable += 1
                    most = max(most, event.created.count)
                }
            }
            return (readable, most)
        }
        #expect(most <= 2)
        // Most damage hits a name or a value and leaves JSON behind, or does not: both ways must have been taken.
        #expect(readable > 1_000)
        #expect(readable < 59_000)
    }

    /// What this process holds in memory; 0 where /proc is not there.
    private static var residentBytes: Int {
        let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
        return (fields.count > 1 ? Int(fields[1]) ?? 0 : 0) * Int(getpagesize())
    }

    private static func damaged(_ numbers: inout SeededNumbers) -> Reference.Case {
        let item = corpus[Int.random(in: 0..<corpus.count, using: &numbers)]
        var bytes = item.bytes.count > 2_000 ? Array(item.bytes.prefix(2_000)) : item.bytes
        damage(&bytes, &numbers)
        return Reference.Case(format: item.format, bytes: bytes)
    }

    private static let tokens: [[UInt8]] =
        [
            "\"", "\"\"", ",", "\n", "\r\n", "\r", "\\", "\\u00e9", "\\ud800", "{", "}", "[", "]", ":", "null", "true",
            "-", ".", "e", "0", "00", "1e9", "1E-2", "0.10", "999999999999999999999", "\u{FEFF}", "ß", "😀", " ", "\t",
            "2024-02-29", "2023-02-29", "theft", "DE-BY", "\u{0}", "\u{7F}", "amount", "claim_id",
        ].map { Array($0.utf8) } + [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5], [0x1F, 0x8B], [0x00]]

    private static func damage(_ bytes: inout [UInt8], _ numbers: inout SeededNumbers) {
        for _ in 0..<Int.random(in: 1...4, using: &numbers) {
            let place = Int.random(in: 0...bytes.count, using: &numbers)
            switch Int.random(in: 0..<6, using: &numbers) {
            case 0 where place < bytes.count: bytes[place] = UInt8.random(in: 0...255, using: &numbers)
            case 1 where place < bytes.count: bytes[place] ^= 1 << UInt8.random(in: 0...7, using: &numbers)
            case 2: bytes.removeSubrange(place..<min(bytes.count, place + Int.random(in: 1...20, using: &numbers)))
            case 3:
                let end = min(bytes.count, place + Int.random(in: 1...40, using: &numbers))
                bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &numbers))
            case 4: bytes.removeSubrange(place..<bytes.count)
            default: bytes.insert(contentsOf: tokens.randomElement(using: &numbers)!, at: place)
            }
        }
    }
}
