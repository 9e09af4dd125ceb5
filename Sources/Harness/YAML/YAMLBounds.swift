import CYaml

/// What a YAML text may cost its readers: libyaml's callers recurse through collections, and an alias stands for all
/// that it names, so that a kilobyte can spell a billion values.
enum YAMLBounds {
    static let depth = 200
    /// Values with aliases spelt out; a large file of custom resources has 100,000.
    static let values = 2_000_000

    enum Excess: String {
        case depth, size, large

        var message: String {
            switch self {
            case .depth: "nested more than \(YAMLBounds.depth) deep"
            case .size: "more than \(YAMLBounds.values) values, aliases spelt out"
            case .large: "more than \(YAMLBounds.values) values: what comes after them is not judged"
            }
        }
    }

    /// The first place where a text goes beyond the bounds. What is malformed is left to its readers.
    static func excess(in text: [UInt8]) -> (line: Int, excess: Excess)? {
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
        private var values = 0
        /// Those that only an alias stands for.
        private var spelt = 0
        /// Open collections: their anchor, and how many values there were before them.
        private var open: [(anchor: String?, before: Int)] = []
        /// How many values an anchor stands for.
        private var sizes: [String: Int] = [:]

        mutating func add(_ event: yaml_event_t) -> Excess? {
            switch event.type {
            case YAML_ALIAS_EVENT:
                let size = sizes[name(event.data.alias.anchor) ?? ""] ?? 1
                values += size
                spelt += size
            case YAML_SCALAR_EVENT:
                values += 1
                if let anchor = name(event.data.scalar.anchor) { sizes[anchor] = 1 }
            case YAML_SEQUENCE_START_EVENT: begin(event.data.sequence_start.anchor)
            case YAML_MAPPING_START_EVENT: begin(event.data.mapping_start.anchor)
            case YAML_SEQUENCE_END_EVENT, YAML_MAPPING_END_EVENT:
                let (anchor, before) = open.removeLast()
                if let anchor { sizes[anchor] = values - before }
            default: break
            }
            if open.count > YAMLBounds.depth { return .depth }
            guard values > YAMLBounds.values else { return nil }
            return spelt > values / 2 ? .size : .large
        }

        private mutating func begin(_ anchor: UnsafePointer<yaml_char_t>?) {
            open.append((name(anchor), values))
            values += 1
        }

        private func name(_ anchor: UnsafePointer<yaml_char_t>?) -> String? { anchor.map(String.init(cString:)) }
    }
}
