import Foundation

/// Turns the text of JSON schemas into `Schema` values.
///
/// For custom resource definitions it uses the structural part: an object with named fields is closed, because the API
/// server prunes other fields. CEL rules are not evaluated.
package struct SchemaCompiler {
    private(set) var schemas: [SchemaBox] = []
    private var named: [String: Schema.Index] = [:]

    subscript(_ index: Schema.Index) -> SchemaBox { schemas[index] }

    /// The schema of this name, to be filled by `define` when a value needs it.
    package mutating func reference(_ name: String) -> Schema.Index {
        if let known = named[name] { return known }
        schemas.append(SchemaBox(Schema(unread: name)))
        named[name] = schemas.count - 1
        return schemas.count - 1
    }

    mutating func define(_ index: Schema.Index, as node: YAMLNode?) {
        var schema = Schema()
        if let node { schema = read(node, isStructural: false, isClosed: false) }
        schemas[index] = SchemaBox(schema)
    }

    /// - Parameter meta: the schema of every object's metadata.
    package mutating func compile(definition node: YAMLNode, meta: Schema.Index) -> Schema.Index {
        var schema = read(node, isStructural: true, isClosed: true)
        let string = add(Schema(types: Schema.Types(.string)))
        schema.properties["apiVersion"] = string
        schema.properties["kind"] = string
        schema.properties["metadata"] = meta
        return add(schema)
    }

    private mutating func add(_ schema: Schema) -> Schema.Index {
        schemas.append(SchemaBox(schema))
        return schemas.count - 1
    }

    private mutating func compile(_ node: YAMLNode, _ isStructural: Bool, _ isClosed: Bool) -> Schema.Index {
        add(read(node, isStructural: isStructural, isClosed: isClosed))
    }

    private mutating func read(_ node: YAMLNode, isStructural: Bool, isClosed: Bool) -> Schema {
        var schema = Schema()
        var isOpen = false
        var isNullable = false
        var isIntOrString = false
        var isEmbedded = false
        for (key, value) in node.entries {
            switch key.text {
            case "type":
                let names = value.isSequence ? value.elements.map(\.text) : [value.text]
                schema.types = Schema.Types(names.compactMap { YAMLNode.ValueType(named: $0) }.map { Schema.Types($0) })
            case "properties":
                for (name, field) in value.entries {
                    schema.properties[name.text] = compile(field, isStructural, isClosed)
                }
            case "required": schema.required = value.elements.map(\.text)
            case "additionalProperties":
                if value.isMapping {
                    schema.additional = .schema(compile(value, isStructural, isClosed))
                } else if value.bool == false {
                    schema.additional = .refused
                }
            case "items": schema.items = compile(value, isStructural, isClosed)
            case "enum": schema.choices = value.elements.map(\.text)
            case "pattern": schema.pattern = try? NSRegularExpression(pattern: value.text)
            case "format": schema.format = value.text
            case "$ref": schema.reference = reference(String(value.text.split(separator: "/").last ?? ""))
            // These hold conditions on values; they neither open nor close an object.
            case "allOf": schema.all = value.elements.map { compile($0, isStructural, false) }
            case "anyOf": schema.any = value.elements.map { compile($0, isStructural, false) }
            case "oneOf": schema.one = value.elements.map { compile($0, isStructural, false) }
            case "not": schema.not = compile(value, isStructural, false)
            case "nullable": isNullable = value.bool == true
            case "x-kubernetes-preserve-unknown-fields": isOpen = value.bool == true
            case "x-kubernetes-int-or-string": isIntOrString = value.bool == true
            case "x-kubernetes-embedded-resource": isEmbedded = value.bool == true
            default: readBound(key.text, value, &schema.bounds)
            }
        }
        guard isStructural else { return schema }
        if isIntOrString { schema.types = [Schema.Types(.integer), Schema.Types(.string)] }
        if isNullable, !schema.types.isEmpty { schema.types.insert(Schema.Types(.null)) }
        if isEmbedded {
            for name in ["apiVersion", "kind"] where schema.properties[name] == nil {
                schema.properties[name] = add(Schema(types: Schema.Types(.string)))
            }
            if schema.properties["metadata"] == nil {
                schema.properties["metadata"] = add(Schema(types: Schema.Types(.object)))
            }
        }
        if isClosed, !isOpen, schema.types.contains(Schema.Types(.object)), case .any = schema.additional,
            node["additionalProperties"] == nil
        {
            schema.additional = .refused
        }
        return schema
    }

    private func readBound(_ name: String, _ value: YAMLNode, _ bounds: inout Schema.Bounds) {
        switch name {
        case "minimum": bounds.minimum = Double(value.text)
        case "maximum": bounds.maximum = Double(value.text)
        case "exclusiveMinimum": bounds.isAboveMinimum = value.bool == true
        case "exclusiveMaximum": bounds.isBelowMaximum = value.bool == true
        case "minLength": bounds.minLength = value.int
        case "maxLength": bounds.maxLength = value.int
        case "minItems": bounds.minItems = value.int
        case "maxItems": bounds.maxItems = value.int
        case "minProperties": bounds.minProperties = value.int
        case "maxProperties": bounds.maxProperties = value.int
        default: break
        }
    }
}
