import Foundation

/// A schema, compiled once and applied to many values. It refers to others by their index in a `SchemaLibrary`.
package struct Schema: Sendable {
    package typealias Index = Int

    /// Empty: any.
    var types: Types = []
    var properties: [String: Index] = [:]
    var required: [String] = []
    /// The schema of additional fields.
    var additional: Additional = .any
    var items: Index?
    var choices: [String]?
    var pattern: NSRegularExpression?
    var format: String?
    var bounds = Bounds()
    var all: [Index] = []
    var any: [Index] = []
    var one: [Index] = []
    var not: Index?
    /// A schema that replaces this one.
    var reference: Index?
    /// The name of a definition that is loaded on demand.
    var unread: String?

    struct Types: OptionSet, Sendable {
        let rawValue: UInt8

        init(rawValue: UInt8) { self.rawValue = rawValue }
        init(_ type: YAMLNode.ValueType) { rawValue = 1 << type.rawValue }

        var names: [String] {
            YAMLNode.ValueType.allCases.filter { contains(Types($0)) }.map { "\($0)" }
        }
    }

    enum Additional: Sendable {
        case any, refused
        case schema(Index)
    }

    struct Bounds: Sendable {
        var minimum: Double?
        var maximum: Double?
        var isAboveMinimum = false
        var isBelowMaximum = false
        var minLength: Int?
        var maxLength: Int?
        var minItems: Int?
        var maxItems: Int?
        var minProperties: Int?
        var maxProperties: Int?

        var areNone: Bool {
            minimum == nil && maximum == nil && minLength == nil && maxLength == nil && minItems == nil
                && maxItems == nil && minProperties == nil && maxProperties == nil
        }
    }
}

/// A box, so that a schema is not copied for each value.
final class SchemaBox: Sendable {
    let schema: Schema
    init(_ schema: Schema) { self.schema = schema }
}
