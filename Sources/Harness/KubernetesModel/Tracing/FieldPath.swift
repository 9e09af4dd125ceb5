import DocumentModels
import HarnessSupport

/// The way to a field of an object, as a user writes it: `spec.template.spec.containers[name=web].image`.
///
/// `[0]` is an element by its number, `[name=web]` by a field of its own, `['app.kubernetes.io/name']` a key with dots.
package struct FieldPath: Sendable, CustomStringConvertible {
    package enum Step: Hashable, Sendable {
        case key(String)
        case index(Int)
        case element(key: String, value: String)
    }

    package let steps: [Step]
    package let description: String

    /// - Throws: `HarnessError` for a text that is not a path.
    package init(_ text: String) throws {
        description = text
        var steps: [Step] = []
        var rest = text[...]
        while !rest.isEmpty {
            if let match = rest.prefixMatch(of: /\[(\d+)\]/), let index = Int(match.1) {
                steps.append(.index(index))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\[(['"])(.+?)\1\]/) {
                steps.append(.key(String(match.2)))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\[([\w.-]+)=([^\]]+)\]/) {
                steps.append(.element(key: String(match.1), value: String(match.2)))
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\.?((?:[^.\[\]\\]|\\.)+)/) {
                steps.append(.key(String(match.1).replacing(/\\(.)/) { $0.1 }))
                rest = rest[match.range.upperBound...]
            } else {
                break
            }
        }
        guard rest.isEmpty, !steps.isEmpty else {
            throw HarnessError(
                "'\(text)' is not a field",
                remedy: "write it as spec.replicas, spec.containers[0].image or metadata.labels['example.com/a']")
        }
        self.steps = steps
    }

    /// The path to a field that is known; elements with a name are written by it.
    package init(steps: [Step]) {
        self.steps = steps
        description = steps.reduce("") { text, step in
            switch step {
            case .index(let index): "\(text)[\(index)]"
            case .element(let key, let value): "\(text)[\(key)=\(value)]"
            case .key(let key) where key.contains(/[.\[\]\\]/): "\(text)['\(key)']"
            case .key(let key): text.isEmpty ? key : "\(text).\(key)"
            }
        }
    }

    /// The value in `node`; `nil` where it is missing.
    package func value(in node: YAMLNode) -> YAMLNode? {
        steps.reduce(Optional(node)) { here, step in
            switch step {
            case .key(let key): return here?[key]
            case .index(let index): return here.elements.indices.contains(index) ? here.elements[index] : nil
            case .element(let key, let value): return here.elements.first { $0[key]?.text == value }
            }
        }
    }

    /// Every scalar in `node`, with the path to it.
    package static func leaves(of node: YAMLNode, below steps: [Step] = []) -> [(path: FieldPath, value: YAMLNode)] {
        if node.isScalar { return [(FieldPath(steps: steps), node)] }
        let fields = node.entries.flatMap { leaves(of: $0.value, below: steps + [.key($0.key.text)]) }
        let names = node.elements.map { $0["name"]?.text ?? "" }
        return fields
            + node.elements.enumerated().flatMap { index, element in
                let isNamed = names[index] != "" && names.filter { $0 == names[index] }.count == 1
                let step = isNamed ? Step.element(key: "name", value: names[index]) : .index(index)
                return leaves(of: element, below: steps + [step])
            }
    }

    /// Whether an object with another value there is another object.
    var isIdentity: Bool {
        [
            [.key("metadata"), .key("name")], [.key("metadata"), .key("namespace")], [.key("kind")],
            [.key("apiVersion")],
        ]
        .contains(steps)
    }
}
