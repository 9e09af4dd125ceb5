/// The values of a YAML or JSON text, each with its line, for rules and schemas.
///
/// Designed for many and large texts. A value is a place in the text; its string is created on demand.
/// libyaml handles rare features (anchors, tags, collections as keys).
package final class YAMLTree: Sendable {
    /// The text, followed by the values that libyaml decoded.
    package let bytes: [UInt8]
    package let records: [Record]
    private let roots: [Int]

    package struct Record: Sendable {
        var kind: Kind
        /// The indentation of a block scalar's lines.
        var indent: UInt16 = 0
        /// Counted from 1.
        package var line: UInt32
        var start: UInt32
        /// For a scalar: the number of bytes. For a collection: the number of entries.
        var count: UInt32
        /// The index after the last record of this value.
        package var end: UInt32 = 0
    }

    enum Kind: UInt8, Sendable {
        case plain, plainLines, singleQuoted, doubleQuoted, literal, folded, decoded, sequence, mapping
    }

    /// - Throws: `YAMLTree.Malformed`.
    package init(_ text: [UInt8]) throws {
        let text = text.withoutByteOrderMark
        var parser = YAMLTreeParser()
        switch text.withUnsafeBufferPointer({ parser.parse($0) }) {
        case .whole:
            (bytes, records, roots) = (text, parser.records, parser.roots)
        case .leftToLibYAML:
            let slow = try YAMLTreeConverter(text)
            (bytes, records, roots) = (slow.bytes, slow.records, slow.roots)
        }
    }

    package struct Malformed: Error {
        package let line: Int?
        package var message = "invalid YAML"
    }

    /// The root of each document that is not empty.
    package var documents: [YAMLNode] { roots.map { YAMLNode(tree: self, index: $0) } }
}

extension [UInt8] {
    /// libyaml counts the UTF-8 byte order mark as a column of the first line.
    package var withoutByteOrderMark: [UInt8] { starts(with: [0xEF, 0xBB, 0xBF]) ? Array(dropFirst(3)) : self }
}
