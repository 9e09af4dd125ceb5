import Foundation

/// A value of the Common Expression Language.
package indirect enum CELValue: Sendable {
    case null
    case bool(Bool)
    case int(Int)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case list([CELValue])
    case map(CELMap)
    /// In nanoseconds.
    case duration(Int)
    /// In nanoseconds since 1970.
    case timestamp(Int)
    case type(String)
    case optional(CELValue?)
    case opaque(CELOpaque)
    /// Fails on use: an unknown value, or a variable whose expression failed.
    case failure(CELFailure)

    package var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .duration: "google.protobuf.Duration"
        case .timestamp: "google.protobuf.Timestamp"
        case .type: "type"
        case .optional: "optional_type"
        case .opaque(let value): value.typeName
        case .failure: "error"
        }
    }

    /// Every type that an expression can name.
    static let typeNames: Set = [
        "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
    ]
}

/// A map, whose keys are strings, whole numbers or booleans.
package struct CELMap: Sendable {
    package enum Key: Hashable, Sendable {
        case bool(Bool)
        case int(Int)
        case string(String)

        init?(_ value: CELValue) {
            switch value {
            case .bool(let value): self = .bool(value)
            case .int(let value): self = .int(value)
            case .uint(let value):
                guard let value = Int(exactly: value) else { return nil }
                self = .int(value)
            case .double(let value):
                guard let value = Int(exactly: value) else { return nil }
                self = .int(value)
            case .string(let value): self = .string(value)
            default: return nil
            }
        }

        var value: CELValue {
            switch self {
            case .bool(let value): .bool(value)
            case .int(let value): .int(value)
            case .string(let value): .string(value)
            }
        }
    }

    package private(set) var keys: [Key] = []
    private var values: [Key: CELValue] = [:]

    package init() {}

    package subscript(_ key: Key) -> CELValue? {
        get { values[key] }
        set {
            if values.updateValue(newValue ?? .null, forKey: key) == nil { keys.append(key) }
        }
    }

    package subscript(_ key: String) -> CELValue? {
        get { values[.string(key)] }
        set { self[.string(key)] = newValue }
    }
}

extension CELValue {
    /// A map of these fields.
    package static func object(_ fields: KeyValuePairs<String, CELValue>) -> CELValue {
        var map = CELMap()
        for (key, value) in fields { map[key] = value }
        return .map(map)
    }

    /// The values of a document, typed by their YAML types.
    package init(_ node: YAMLNode) {
        switch node.type {
        case .null: self = .null
        case .boolean: self = .bool(node.bool == true)
        case .integer: self = YAMLScalar.integer(node.text).map(CELValue.int) ?? .double(Double(node.text) ?? 0)
        case .number: self = .double(Double(node.text) ?? 0)
        case .string: self = .string(node.text)
        case .array: self = .list(node.elements.map { CELValue($0) })
        case .object:
            var map = CELMap()
            for (key, value) in node.entries { map[key.text] = CELValue(value) }
            self = .map(map)
        }
    }

    package var map: CELMap? {
        if case .map(let map) = self { return map }
        return nil
    }

    package var text: String? {
        if case .string(let text) = self { return text }
        return nil
    }
}
