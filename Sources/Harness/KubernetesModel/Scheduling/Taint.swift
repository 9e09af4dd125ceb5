import DocumentModels

/// A taint, which keeps pods off a node unless they tolerate it.
///
/// Source: Kubernetes documentation, Concepts, Scheduling, "Taints and Tolerations".
struct Taint: Hashable, Sendable {
    let key: String
    let value: String
    let effect: String

    init(key: String, value: String = "", effect: String) {
        (self.key, self.value, self.effect) = (key, value, effect)
    }

    init(_ node: YAMLNode) {
        self.init(
            key: node["key"]?.text ?? "", value: node["value"]?.text ?? "", effect: node["effect"]?.text ?? "NoSchedule"
        )
    }

    var title: String { "\(key)\(value.isEmpty ? "" : "=" + value):\(effect)" }

    /// `PreferNoSchedule` is only a preference.
    var isHard: Bool { effect != "PreferNoSchedule" }

    func isTolerated(by tolerations: [YAMLNode]) -> Bool {
        tolerations.contains { toleration in
            let (key, effect) = (toleration["key"]?.text ?? "", toleration["effect"]?.text ?? "")
            guard effect.isEmpty || effect == self.effect else { return false }
            if toleration["operator"]?.text == "Exists" { return key.isEmpty || key == self.key }
            return key == self.key && toleration["value"]?.text ?? "" == value
        }
    }
}
