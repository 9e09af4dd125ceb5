import DocumentModels

/// The conditions of a label selector.
package struct LabelSelector: Sendable {
    /// Labels that must be equal.
    let labels: [String: String]
    private let expressions: [YAMLNode]

    /// With `matchLabels` and `matchExpressions`; an empty one selects everything.
    package init(_ node: YAMLNode?) {
        labels = (node?["matchLabels"]).labels
        expressions = (node?["matchExpressions"]).elements
    }

    /// The plain labels of a Service.
    package init(labels node: YAMLNode?) {
        labels = node.labels
        expressions = []
    }

    /// The labels that the selector uses.
    var keys: Set<String> { Set(labels.keys).union(expressions.compactMap { $0["key"]?.text }) }

    package var isEmpty: Bool { labels.isEmpty && expressions.isEmpty }

    package func matches(_ given: [String: String]) -> Bool {
        labels.allSatisfy { given[$0.key] == $0.value } && expressions.allSatisfy { holds($0, given) }
    }

    private func holds(_ expression: YAMLNode, _ labels: [String: String]) -> Bool {
        let value = labels[expression["key"]?.text ?? ""]
        let values = expression["values"].elements.map(\.text)
        return switch expression["operator"]?.text {
        case "In": value.map(values.contains) ?? false
        case "NotIn": !(value.map(values.contains) ?? false)
        case "Exists": value != nil
        case "DoesNotExist": value == nil
        // Of nodes only.
        case "Gt": Self.compare(value, values.first, >)
        case "Lt": Self.compare(value, values.first, <)
        default: false
        }
    }

    private static func compare(_ value: String?, _ limit: String?, _ isOrdered: (Int, Int) -> Bool) -> Bool {
        guard let value = value.flatMap({ Int($0) }), let limit = limit.flatMap({ Int($0) }) else { return false }
        return isOrdered(value, limit)
    }
}
