import Yams

/// The records of a text that needs libyaml: aliases and merge keys are expanded.
struct YAMLTreeConverter {
    private(set) var bytes: [UInt8]
    private(set) var records: [YAMLTree.Record] = []
    private(set) var roots: [Int] = []

    init(_ text: [UInt8]) throws {
        bytes = text
        let string = String(decoding: text, as: UTF8.self)
        // Decoded as below: at an invalid UTF-8 byte libyaml would stop, and with it the count.
        if let (line, excess) = YAMLBounds.excess(in: Array(string.utf8)) {
            throw YAMLTree.Malformed(line: line, message: excess.message)
        }
        do {
            let parser = try Parser(yaml: string)
            while let root = try parser.nextRoot() {
                if root.scalar?.string.isEmpty == true { continue }
                roots.append(records.count)
                add(root)
            }
        } catch let error as YamlError {
            throw YAMLTree.Malformed(line: error.line)
        }
    }

    private mutating func add(_ node: Node) {
        let index = records.count
        records.append(.init(kind: .plain, line: UInt32(node.mark?.line ?? 1), start: 0, count: 0))
        switch node {
        case .scalar(let scalar):
            let isPlain = scalar.style == .plain || scalar.style == .any
            records[index].kind = isPlain ? .plain : .decoded
            records[index].start = UInt32(bytes.count)
            bytes += Array(scalar.string.utf8)
            records[index].count = UInt32(bytes.count) - records[index].start
        case .sequence(let sequence):
            records[index].kind = .sequence
            records[index].count = UInt32(sequence.count)
            for element in sequence { add(element) }
        case .mapping(let mapping):
            let pairs = Self.merged(mapping)
            records[index].kind = .mapping
            records[index].count = UInt32(pairs.count)
            for (key, value) in pairs {
                // A key that is a collection has no name.
                add(key.scalar == nil ? Node("?") : key)
                add(value)
            }
        case .alias: break
        }
        records[index].end = UInt32(records.count)
    }

    private static func merged(_ mapping: Node.Mapping) -> [(Node, Node)] {
        let own = mapping.map { ($0.key, $0.value) }
        guard own.contains(where: { $0.0.string == "<<" }) else { return own }
        var names = Set(own.compactMap(\.0.string))
        var pairs = own.filter { $0.0.string != "<<" }
        for (key, value) in own where key.string == "<<" {
            for base in value.sequence.map(Array.init) ?? [value] {
                guard let base = base.mapping else { continue }
                pairs += merged(base).filter { names.insert($0.0.string ?? "").inserted }
            }
        }
        return pairs
    }
}

extension YamlError {
    fileprivate var line: Int? {
        switch self {
        case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
        case .duplicatedKeysInMapping(_, let context): context.mark.line
        default: nil
        }
    }
}
