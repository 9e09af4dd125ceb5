import DocumentModels
import Foundation
import HarnessSupport

/// Kubernetes' file of shared definitions, 1.8 MB a version, of which objects need a small part: each definition is
/// found by its name and read alone.
struct SchemaDefinitions: Sendable {
    private let bytes: [UInt8]
    /// From the brace that opens a definition to the line that closes it.
    private let places: [String: Range<Int>]

    /// The layout is that of a file pinned by its hash: two blanks for each level.
    ///
    /// - Throws: `HarnessError` where the file cannot be read.
    init(_ path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw HarnessError("cannot read \(path)", remedy: "remove the folder, so that it is fetched again")
        }
        let bytes = [UInt8](data)
        var places: [String: Range<Int>] = [:]
        var open: (name: String, start: Int)?
        bytes.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return }
            var start = 0
            while let found = memchr(base + start, 0x0A, text.count - start) {
                let end = UnsafeRawPointer(base).distance(to: UnsafeRawPointer(found))
                if end - start >= 5, text[start + 3] == 0x20 {
                    if text[start + 4] == UInt8(ascii: "\"") {
                        let name = text[(start + 5)..<end].prefix { $0 != UInt8(ascii: "\"") }
                        open = (String(decoding: name, as: UTF8.self), end - 1)
                    } else if text[start + 4] == UInt8(ascii: "}"), let (name, first) = open {
                        places[name] = first..<(start + 5)
                        open = nil
                    }
                }
                start = end + 1
            }
        }
        self.bytes = bytes
        self.places = places
    }

    var names: [String] { places.keys.sorted() }

    subscript(_ name: String) -> YAMLNode? {
        guard let place = places[name] else { return nil }
        return (try? YAMLTree(Array(bytes[place])))?.documents.first
    }
}
