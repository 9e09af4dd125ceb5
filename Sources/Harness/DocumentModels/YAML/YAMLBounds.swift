import CYaml

/// Limits for a YAML text: libyaml's callers recurse through collections, and an alias repeats all values
/// of its anchor, so that a kilobyte can expand to a billion values.
package enum YAMLBounds {
    static let depth = 200
    /// Number of values with aliases expanded; a large file of custom resources has 100,000.
    static let values = 2_000_000
    /// Bytes of scalars that aliases repeat: a long text can be repeated as often as a short one.
    static let spelt = 64 << 20

    package enum Excess: String {
        case depth, size, bytes, large

        package var message: String {
            switch self {
            case .depth: "nested more than \(YAMLBounds.depth) deep"
            case .size: "more than \(YAMLBounds.values) values with aliases expanded"
            case .bytes: "more than \(YAMLBounds.spelt >> 20) MiB of text with aliases expanded"
            case .large: "more than \(YAMLBounds.values) values: the values after them are not checked"
            }
        }
    }

    /// The first place beyond the limits. Readers report malformed text.
    package static func excess(in text: [UInt8]) -> (line: Int, excess: Excess)? {
        text.withUnsafeBufferPointer { bytes in
            var parser = yaml_parser_t()
            guard yaml_parser_initialize(&parser) == 1 else { return nil }
            defer { yaml_parser_delete(&parser) }
            yaml_parser_set_input_string(&parser, bytes.baseAddress, bytes.count)
            var count = Count()
            var event = yaml_event_t()
            while yaml_parser_parse(&parser, &event) == 1 {
                defer { yaml_event_delete(&event) }
                if event.type == YAML_STREAM_END_EVENT { return nil }
                if let excess = count.add(event) { return (event.start_mark.line + 1, excess) }
            }
            return nil
        }
    }

    private struct Count {
        private struct Size {
            var values = 0
            var bytes = 0
        }
        private var all = Size()
        /// Values repeated by an alias.
        private var spelt = Size()
        /// Open collections: their anchor, and the counts before them.
        private var open: [(anchor: String?, before: Size)] = []
        /// The size of an anchored value.
        private var sizes: [String: Size] = [:]

        mutating func add(_ event: yaml_event_t) -> Excess? {
            switch event.type {
            case YAML_ALIAS_EVENT: add(sizes[name(event.data.alias.anchor) ?? ""] ?? Size(values: 1), isSpelt: true)
            case YAML_SCALAR_EVENT:
                let size = Size(values: 1, bytes: event.data.scalar.length)
                add(size, isSpelt: false)
                if let anchor = name(event.data.scalar.anchor) { sizes[anchor] = size }
            case YAML_SEQUENCE_START_EVENT: begin(event.data.sequence_start.anchor)
            case YAML_MAPPING_START_EVENT: begin(event.data.mapping_start.anchor)
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                let (anchor, before) = open.removeLast()
                if let anchor {
                    sizes[anchor] = Size(values: all.values - before.values, bytes: all.bytes - before.bytes)
                }
            default: break
            }
            if open.count > YAMLBounds.depth { return .depth }
            if spelt.bytes > YAMLBounds.spelt { return .bytes }
            guard all.values > YAMLBounds.values else { return nil }
            return spelt.values > all.values / 2 ? .size : .large
        }

        private mutating func add(_ size: Size, isSpelt: Bool) {
            all.values += size.values
            all.bytes += size.bytes
            guard isSpelt else { return }
            spelt.values += size.values
            spelt.bytes += size.bytes
        }

        private mutating func begin(_ anchor: UnsafePointer<yaml_char_t>?) {
            open.append((name(anchor), all))
            all.values += 1
        }

        private func name(_ anchor: UnsafePointer<yaml_char_t>?) -> String? { anchor.map(String.init(cString:)) }
    }
}
