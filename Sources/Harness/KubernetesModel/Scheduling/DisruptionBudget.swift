import DocumentModels
import HarnessSupport

/// The number of pods of a set that voluntary disruptions, such as a drain, may remove at the same time.
///
/// Source: Kubernetes documentation, "Specifying a Disruption Budget for your Application". Percentages are rounded up.
struct DisruptionBudget: Sendable {
    private let object: KubeObject

    init?(_ object: KubeObject) {
        guard object.kind == "PodDisruptionBudget" else { return nil }
        self.object = object
    }

    func covers(_ pod: SchedulablePod) -> Bool {
        object.namespace == pod.namespace && LabelSelector(object.spec?["selector"]).matches(pod.labels)
    }

    /// - Parameters:
    ///   - wanted: the desired number of pods.
    ///   - healthy: the number of running pods.
    func allowed(wanted: Int, healthy: Int) -> Int {
        func number(_ node: YAMLNode) -> Int {
            guard node.text.hasSuffix("%"), let percent = Double(node.text.dropLast()) else { return node.int ?? 0 }
            return Int(clamped: (Double(wanted) * percent / 100).rounded(.up))
        }
        if let most = object.spec?["maxUnavailable"] { return max(0, healthy - (wanted - number(most))) }
        if let least = object.spec?["minAvailable"] { return max(0, healthy - number(least)) }
        return healthy
    }
}
