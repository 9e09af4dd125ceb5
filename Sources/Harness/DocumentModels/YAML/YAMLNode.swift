/// One value of a `YAMLTree`.
package struct YAMLNode: Sendable {
    package let tree: YAMLTree
    package let index: Int

    package init(tree: YAMLTree, index: Int) {
        self.tree = tree
        self.index = index
    }

    private var record: YAMLTree.Record { tree.records[index] }

    package var line: Int { Int(record.line) }
    package var isMapping: Bool { record.kind == .mapping }
    package var isSequence: Bool { record.kind == .sequence }
    package var isScalar: Bool { !isMapping && !isSequence }

    /// The elements of a sequence; empty for other values.
    package var elements: [YAMLNode] {
        guard isSequence else { return [] }
        var elements: [YAMLNode] = []
        elements.reserveCapacity(Int(record.count))
        var next = index + 1
        for _ in 0..<record.count {
            elements.append(YAMLNode(tree: tree, index: next))
            next = Int(tree.records[next].end)
        }
        return elements
    }

    /// The entries of a mapping; empty for other values.
    package var entries: [(key: YAMLNode, value: YAMLNode)] {
        guard isMapping else { return [] }
        var entries: [(key: YAMLNode, value: YAMLNode)] = []
        entries.reserveCapacity(Int(record.count))
        var next = index + 1
        for _ in 0..<record.count {
            entries.append((YAMLNode(tree: tree, index: next), YAMLNode(tree: tree, index: next + 1)))
            next = Int(tree.records[next + 1].end)
        }
        return entries
    }

    /// Every value of a mapping by its key.
    package var fields: [String: YAMLNode] {
        Dictionary(entries.map { ($0.key.text, $0.value) }, uniquingKeysWith: { _, last in last })
    }

    /// The value at a path through mappings.
    package subscript(_ names: String...) -> YAMLNode? {
        names.reduce(Optional(self)) { $0?.value(of: $1) }
    }

    private func value(of name: String) -> YAMLNode? {
        guard isMapping else { return nil }
        var next = index + 1
        for _ in 0..<record.count {
            if YAMLNode(tree: tree, index: next).spells(name) { return YAMLNode(tree: tree, index: next + 1) }
            next = Int(tree.records[next + 1].end)
        }
        return nil
    }

    private func spells(_ name: String) -> Bool {
        let record = record
        guard record.kind == .plain || record.kind == .decoded else { return text == name }
        guard record.count == name.utf8.count else { return false }
        return tree.bytes[Int(record.start)..<Int(record.start + record.count)].elementsEqual(name.utf8)
    }

    /// The text of a scalar of any type; empty for a collection.
    package var text: String {
        let record = record
        guard record.kind != .mapping, record.kind != .sequence else { return "" }
        let raw = tree.bytes[Int(record.start)..<Int(record.start + record.count)]
        return switch record.kind {
        case .plain, .decoded: String(decoding: raw, as: UTF8.self)
        case .plainLines: YAMLScalar.folded(raw)
        case .singleQuoted: YAMLScalar.singleQuoted(raw)
        case .doubleQuoted: YAMLScalar.doubleQuoted(raw)
        default: YAMLScalar.block(raw, indent: Int(record.indent), isFolded: record.kind == .folded)
        }
    }

    /// The text of a string scalar: `1` is not a string, `"1"` is.
    package var string: String? {
        if case .string = type { return text }
        return nil
    }

    /// `nil` also beyond 2^53, where JSON readers differ (RFC 8259, section 6); sums below it fit.
    package var int: Int? {
        guard type == .integer, let value = YAMLScalar.integer(text) else { return nil }
        return value.magnitude <= 1 << 53 ? value : nil
    }
    package var bool: Bool? { type == .boolean ? ["true", "yes", "on"].contains(text.lowercased()) : nil }
    package var isNull: Bool { type == .null }

    package enum ValueType: UInt8, CaseIterable, Sendable {
        case null, boolean, integer, number, string, array, object

        init?(named name: String) {
            guard let type = Self.allCases.first(where: { "\($0)" == name }) else { return nil }
            self = type
        }
    }

    /// The boolean by the rules of YAML 1.1, as in Kubernetes: an unquoted `yes` is a boolean.
    package var type: ValueType {
        let record = record
        switch record.kind {
        case .mapping: return .object
        case .sequence: return .array
        case .plain:
            return YAMLScalar.type(of: tree.bytes[Int(record.start)..<Int(record.start + record.count)])
        default: return .string
        }
    }
}

extension YAMLNode: Hashable {
    package static func == (left: YAMLNode, right: YAMLNode) -> Bool {
        left.tree === right.tree && left.index == right.index
    }
    package func hash(into hasher: inout Hasher) { hasher.combine(index) }
}

extension YAMLNode {
    /// A step from a value into it.
    package enum Step: Sendable {
        case key(String)
        /// An element by its index and, if it has one, its `name`.
        case element(Int, name: String?)
    }

    /// The path from this value to a nested value or key.
    package func way(to place: YAMLNode) -> [Step] {
        var way: [Step] = []
        var here = self
        while here.index != place.index {
            if let entry = here.entries.last(where: { $0.key.index <= place.index }) {
                way.append(.key(entry.key.text))
                if entry.key.index == place.index { break }
                here = entry.value
            } else if let (number, element) = here.elements.enumerated().reversed().first(where: {
                $0.element.index <= place.index
            }) {
                way.append(.element(number, name: element["name"]?.text))
                here = element
            } else {
                break
            }
        }
        return way
    }

    /// The same for messages: `spec.containers[0].image`.
    package func path(to place: YAMLNode) -> String {
        way(to: place).reduce("") { path, step in
            switch step {
            case .key(let key): path.isEmpty ? key : "\(path).\(key)"
            case .element(let number, _): "\(path)[\(number)]"
            }
        }
    }
}

extension YAMLNode? {
    package var elements: [YAMLNode] { self?.elements ?? [] }
    package var entries: [(key: YAMLNode, value: YAMLNode)] { self?.entries ?? [] }
}
