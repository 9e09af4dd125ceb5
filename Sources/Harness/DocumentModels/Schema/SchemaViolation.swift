/// A violation of a schema, with its place.
package struct SchemaViolation: Hashable, Sendable {
    package enum Rule: String, Sendable {
        case unknownField = "unknown-field"
        case missing
        case type
        case value
        case unknownKind = "unknown-kind"
    }

    package let rule: Rule
    package let place: YAMLNode
    package let message: String
    package var remedy: String?

    package init(rule: Rule, place: YAMLNode, message: String, remedy: String? = nil) {
        self.rule = rule
        self.place = place
        self.message = message
        self.remedy = remedy
    }
}
