/// A piece of finished JSON.
struct JSONText: ExpressibleByStringInterpolation {
    let text: String

    init(_ text: String) { self.text = text }
    init(stringLiteral text: String) { self.text = text }
    init(_ number: some BinaryInteger) { text = "\(number)" }

    /// Hundredths as an amount with two decimals.
    init(money: Int64) {
        var writer = ByteWriter(capacity: 32)
        writer.put(money: money)
        text = String(decoding: writer.bytes, as: UTF8.self)
    }

    init(string: String) {
        var padded = Array(string.utf8)
        let count = padded.count
        padded += [UInt8](repeating: 0, count: 64)
        var writer = ByteWriter(capacity: count * 6 + 2)
        writer.put(UInt8(ascii: "\""))
        padded.withUnsafeBufferPointer { writer.put(json: $0.baseAddress!, count) }
        writer.put(UInt8(ascii: "\""))
        text = String(decoding: writer.bytes, as: UTF8.self)
    }

    init(object: [(String, JSONText)]) {
        text = "{" + object.map { JSONText(string: $0).text + ":" + $1.text }.joined(separator: ",") + "}"
    }

    init(array: [JSONText]) {
        text = "[" + array.map(\.text).joined(separator: ",") + "]"
    }
}
