/// The few elements of S3's XML that are looked at. S3 nests none of them in itself.
enum XMLText {
    static func first(_ element: String, in text: String) -> String? { all(element, in: text).first }

    static func all(_ element: String, in text: String) -> [String] {
        let (open, close) = (Array("<\(element)>".utf8), Array("</\(element)>".utf8))
        let bytes = Array(text.utf8)
        var found: [String] = []
        var position = 0
        while let start = place(of: open, in: bytes, from: position),
            let end = place(of: close, in: bytes, from: start + open.count)
        {
            found.append(unescaped(bytes[(start + open.count)..<end]))
            position = end + close.count
        }
        return found
    }

    /// Plain search: the standard library's brings its regular expressions along, 1 MB of them.
    private static func place(of pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard start + pattern.count <= bytes.count else { return nil }
        return (start...(bytes.count - pattern.count)).first { bytes[$0...].starts(with: pattern) }
    }

    private static let entities: [(name: String, character: Character)] = [
        ("amp", "&"), ("lt", "<"), ("gt", ">"), ("quot", "\""), ("apos", "'"),
    ]

    private static func unescaped(_ bytes: ArraySlice<UInt8>) -> String {
        let pieces = String(decoding: bytes, as: UTF8.self).split(separator: "&", omittingEmptySubsequences: false)
        return pieces.dropFirst().reduce(String(pieces[0])) { result, piece in
            guard let end = piece.firstIndex(of: ";"),
                let entity = entities.first(where: { $0.name == piece[..<end] })
            else { return result + "&" + piece }
            return result + String(entity.character) + piece[piece.index(after: end)...]
        }
    }

    static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            let entity = entities.first { $0.character == character }
            result += entity.map { "&\($0.name);" } ?? String(character)
        }
    }
}
