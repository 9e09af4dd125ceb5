/// What a label selector asks of labels.
struct LabelSelector: Sendable {
    private let node: YAMLNode?
    private let isPlain: Bool

    /// With `matchLabels` and `matchExpressions`; an empty one selects everything.
    init(_ node: YAMLNode?) {
        self.node = node
        isPlain = false
    }

    /// The plain labels of a Service.
    init(labels node: YAMLNode?) {
        self.node = node
        isPlain = true
    }

    var isEmpty: Bool {
        isPlain ? node.entries.isEmpty : (node?["matchLabels"]).entries.isEmpty && expressions.isEmpty
    }

    func matches(_ labels: [String: String]) -> Bool {
        let wanted = isPlain ? node.labels : (node?["matchLabels"]).labels
        return wanted.allSatisfy { labels[$0.key] == $0.value } && expressions.allSatisfy { holds($0, labels) }
    }

    private var expressions: [YAMLNode] { isPlain ? [] : (node?["matchExpressions"]).elements }

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
