import Foundation

@testable import Lambda

/// What the processor makes of some bytes, in the words of `Reference/reference.py`.
struct Answer: Equatable {
    var accepted = ""
    var rejected = ""
    var summary = ""
    var error: String?

    /// Runs the records' part alone: no S3, no network.
    ///
    /// - Parameter cut: gives the length of each piece that the bytes are fed in.
    init(
        _ bytes: [UInt8], _ format: RecordFormat, rowLimit: Int = 256 << 10, cut: () -> Int = { .max }
    ) {
        let pipeline = RecordPipeline(format, job: ClaimJob(), rowLimit: rowLimit)
        do {
            var start = 0
            while start < bytes.count {
                let end = start + min(max(1, cut()), bytes.count - start)
                try bytes[start..<end].withUnsafeBytes { piece in
                    var used = 0
                    while used < piece.count {
                        used += try pipeline.feed(UnsafeRawBufferPointer(rebasing: piece[used...]))
                    }
                }
                start = end
            }
            try pipeline.finish()
        } catch {
            self.error = "\(error)"
            return
        }
        accepted = String(decoding: pipeline.sink.accepted.bytes, as: UTF8.self)
        rejected = String(decoding: pipeline.sink.rejected.bytes, as: UTF8.self)
        summary = JSONText(object: Summary.body(format, pipeline) + pipeline.sink.job.summary()).text
    }

    init(_ text: String, _ format: RecordFormat, rowLimit: Int = 256 << 10) {
        self.init(Array(text.utf8), format, rowLimit: rowLimit)
    }

    /// An object with two faults is refused for the first that is met, which depends on the way of reading.
    func agrees(with reference: Answer) -> Bool {
        error != nil && reference.error != nil || self == reference
    }

    /// The reasons, one for each rejected row.
    var reasons: [String] {
        rejected.split(separator: "\n").map { line in
            let start = line.range(of: "\"reason\":\"")!.upperBound
            return String(line[start..<line.index(line.endIndex, offsetBy: -2)])
        }
    }

    var rowsAccepted: Int { accepted.split(separator: "\n").count }
}

/// The plain implementation in Python, asked about many cases at once.
enum Reference {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path

    struct Case {
        let format: RecordFormat
        let bytes: [UInt8]
    }

    private struct Reply: Decodable {
        let accepted: String?
        let rejected: String?
        let summary: String?
        let message: String?
    }

    /// - Throws: when Python is missing or fails.
    static func answers(_ cases: [Case], in scratch: String) throws -> [Answer] {
        let digits = Array("0123456789abcdef".utf8)
        let file = scratch + "/\(UUID().uuidString).cases"
        let lines = cases.map { item in
            let hex = item.bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
            return "\(item.format.rawValue) \(String(decoding: hex, as: UTF8.self))\n"
        }
        try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: file))
        let output = try run("python3", [folder + "/Reference/reference.py", file])
        return try output.split(separator: UInt8(ascii: "\n")).map { line in
            let reply = try JSONDecoder().decode(Reply.self, from: Data(line))
            var answer = Answer("", .jsonLines)
            answer.error = reply.message
            answer.accepted = reply.accepted ?? ""
            answer.rejected = reply.rejected ?? ""
            answer.summary = reply.summary ?? ""
            return answer
        }
    }

    /// Runs a program of the PATH to its end and returns its output.
    static func run(_ program: String, _ arguments: [String]) throws -> Data {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw ReferenceFailed(program: program) }
        return output
    }

    struct ReferenceFailed: Error { let program: String }
}

/// A generator that gives the same numbers on every machine: SplitMix64.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: Int) { state = UInt64(seed) &* 0xD6E8_FEB8_6659_FD93 }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
