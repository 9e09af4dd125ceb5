/// What is wrong with a value, and where.
struct SchemaViolation: Hashable, Sendable {
    enum Rule: String, Sendable {
        case unknownField = "unknown-field"
        case missing
        case type
        case value
        case unknownKind = "unknown-kind"
    }

    let rule: Rule
    let place: YAMLNode
    let message: String
    var remedy: String?

    package init(rule: Rule, place: YAMLNode, message: String, remedy: String? = nil) {
        self.rule = rule
        self.place = place
        self.message = message
        self.remedy = remedy
    }
}
