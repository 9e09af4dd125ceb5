import HarnessSupport

/// A JSON policy of IAM, a bucket or a key.
struct PolicyDocument: Sendable {
    let statements: [Statement]

    /// - Throws: `HarnessError` if the document is not a policy.
    init(_ json: JSONValue) throws {
        guard let list = json["Statement"]?.list else { throw HarnessError("a policy has no Statement") }
        statements = try list.map { try Statement($0) }
    }

    /// - Throws: `HarnessError` for text that is not a policy.
    init(text: String) throws {
        guard let json = JSONValue(parsing: text) else { throw HarnessError("a policy is not JSON") }
        try self.init(json)
    }

    struct Statement: Sendable {
        let isAllow: Bool
        let actions: Patterns
        let resources: Patterns
        /// `nil` in an identity policy, whose principal is its owner.
        let principals: Patterns?
        let conditions: [Condition]

        init(_ json: JSONValue) throws {
            switch json["Effect"]?.string {
            case "Allow": isAllow = true
            case "Deny": isAllow = false
            default: throw HarnessError("a statement has no Effect")
            }
            guard let actions = Patterns(json, "Action") else { throw HarnessError("a statement has no Action") }
            self.actions = actions
            // A trust policy names no resource: it applies to its role.
            self.resources = Patterns(json, "Resource") ?? Patterns(["*"], isNegated: false)
            self.principals =
                Self.principals(json["Principal"]).map { Patterns($0, isNegated: false) }
                ?? Self.principals(json["NotPrincipal"]).map { Patterns($0, isNegated: true) }
            self.conditions = (json["Condition"]?.object ?? [:]).flatMap { name, keys in
                (keys.object ?? [:]).map { key, values in
                    Condition(name: name, key: key.lowercased(), values: values.list.map(\.text))
                }
            }
        }

        private static func principals(_ json: JSONValue?) -> [String]? {
            guard let json else { return nil }
            guard let kinds = json.object else { return json.list.map(\.text) }
            return kinds.values.flatMap { $0.list.map(\.text) }
        }
    }

    /// `Action` or `NotAction` and the like.
    struct Patterns: Sendable {
        let patterns: [String]
        let isNegated: Bool

        init(_ patterns: [String], isNegated: Bool) {
            self.patterns = patterns
            self.isNegated = isNegated
        }

        init?(_ json: JSONValue, _ name: String) {
            if let value = json[name] {
                self.init(value.list.map(\.text), isNegated: false)
            } else if let value = json["Not\(name)"] {
                self.init(value.list.map(\.text), isNegated: true)
            } else {
                return nil
            }
        }
    }

    /// One operator with one key and the values that it compares with.
    struct Condition: Sendable {
        let name: String
        /// In lower case: condition keys are case-insensitive.
        let key: String
        let values: [String]
    }
}
