/// A parsed expression of the Common Expression Language, in the dialect of Kubernetes.
///
/// Source: github.com/google/cel-spec, doc/langdef.md; k8s.io/apiserver@v0.36.0, pkg/cel/environment/base.go.
package indirect enum CELNode: Sendable {
    case literal(CELValue)
    case name(String)
    case select(CELNode, String, isOptional: Bool)
    case presence(CELNode, String)
    case index(CELNode, CELNode, isOptional: Bool)
    case call(target: CELNode?, String, [CELNode])
    case list([(value: CELNode, isOptional: Bool)])
    case map([(key: CELNode, value: CELNode, isOptional: Bool)])
    case not(CELNode)
    case negate(CELNode)
    case binary(String, CELNode, CELNode)
    case and(CELNode, CELNode)
    case or(CELNode, CELNode)
    case choice(CELNode, CELNode, CELNode)
    case comprehension(Comprehension)

    package struct Comprehension: Sendable {
        /// `all`, `exists`, `exists_one`, `map`, `filter`, `transformList`, `transformMap`, `optMap` or `optFlatMap`.
        let macro: String
        let range: CELNode
        let variables: [String]
        /// The condition of a `map` or transformation, if any.
        let filter: CELNode?
        let body: CELNode
    }
}

/// The reason why an expression has no value.
package enum CELFailure: Error, Hashable, Sendable {
    case syntax(String)
    /// A runtime error, as in the API server.
    case error(String)
    /// No overload for the operands' types; the API server rejects most such expressions at compile time.
    case overload(String)
    /// The value depends on an unsupported feature.
    case unknown(String)

    package var message: String {
        switch self {
        case .syntax(let text), .error(let text), .overload(let text), .unknown(let text): text
        }
    }
}
