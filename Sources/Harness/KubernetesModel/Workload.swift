import DocumentModels

/// An object that makes pods, and the pods it makes.
package struct Workload: Sendable {
    package let object: KubeObject
    /// The pod template, or the pod itself.
    package let template: YAMLNode
    package let spec: YAMLNode
    package let labels: [String: String]

    /// `nil` where the object makes no pods.
    package init?(_ object: KubeObject) {
        let template: YAMLNode? =
            switch (object.group, object.kind) {
            case ("", "Pod"): object.node
            case ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"), ("apps", "ReplicaSet"),
                ("batch", "Job"), ("", "ReplicationController"):
                object.node["spec", "template"]
            case ("batch", "CronJob"): object.node["spec", "jobTemplate", "spec", "template"]
            default: nil
            }
        guard let template, let spec = template["spec"] else { return nil }
        self.init(object: object, template: template, spec: spec)
    }

    /// What KServe takes a predictor's pods from; `nil` for any other object.
    package static func runtime(_ object: KubeObject) -> Workload? {
        guard ["ServingRuntime", "ClusterServingRuntime"].contains(object.kind) else { return nil }
        return object.spec.map { Workload(object: object, template: object.node, spec: $0) }
    }

    private init(object: KubeObject, template: YAMLNode, spec: YAMLNode) {
        self.object = object
        self.template = template
        self.spec = spec
        labels = template["metadata", "labels"].labels
    }

    package var namespace: String { object.namespace }
    package var containers: [YAMLNode] { spec["containers"].elements }
    package var allContainers: [YAMLNode] { spec["initContainers"].elements + containers }
    package var serviceAccount: String { spec["serviceAccountName"]?.string ?? "default" }

    /// How many pods there are at least, without an autoscaler.
    package var replicas: Int { object.node["spec", "replicas"]?.int ?? 1 }

    package var ports: [(container: YAMLNode, port: YAMLNode)] {
        allContainers.flatMap { container in container["ports"].elements.map { (container, $0) } }
    }

    /// The number behind a port's number or name.
    package func port(_ reference: YAMLNode) -> Int? {
        if let number = reference.int { return number }
        let name = reference.text
        return ports.first { $0.port["name"]?.text == name }?.port["containerPort"]?.int
    }
}
