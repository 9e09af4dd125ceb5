import DocumentModels

/// A set of pods that policies treat alike: those of a workload, or those that KServe creates for a predictor.
package struct PodSet: Sendable {
    package let object: KubeObject
    package let end: NetworkPolicies.End
    package var ports: Set<Int>

    /// Pods that an operator creates, with their owning object.
    package init(object: KubeObject, end: NetworkPolicies.End) {
        (self.object, self.end, ports) = (object, end, [])
    }

    package static func all(in objects: [KubeObject]) -> [PodSet] {
        let labels = objects.filter { $0.kind == "Namespace" }.map { ($0.name, $0.labels) }
        let namespaces = Dictionary(labels) { first, _ in first }
        return objects.compactMap { object in
            if let workload = Workload(object) { return PodSet(workload, namespaces) }
            return PodSet(predictor: object, in: objects, namespaces) ?? PodSet(knative: object, namespaces)
        }
    }

    private init(_ workload: Workload, _ namespaces: [String: [String: String]]) {
        self.init(
            workload.object, labels: workload.labels, account: workload.serviceAccount,
            containers: workload.allContainers, namespaces)
    }

    /// KServe in Standard mode creates a Deployment NAME-predictor with these labels, from the runtime's containers.
    private init?(predictor object: KubeObject, in objects: [KubeObject], _ namespaces: [String: [String: String]]) {
        guard object.group == "serving.kserve.io", object.kind == "InferenceService" else { return nil }
        let predictor = object.node["spec", "predictor"]
        let runtime = objects.first {
            $0.kind == "ServingRuntime" && $0.namespace == object.namespace
                && $0.name == predictor?["model", "runtime"]?.text
        }
        self.init(
            object,
            labels: [
                "app": "isvc.\(object.name)-predictor", "component": "predictor",
                "serving.kserve.io/inferenceservice": object.name,
            ], account: predictor?["serviceAccountName"]?.text ?? "default",
            containers: (runtime?.spec?["containers"]).elements, namespaces)
    }

    /// Knative creates a Deployment for each revision (knative/serving: pkg/apis/serving/register.go, ServiceLabelKey).
    private init?(knative object: KubeObject, _ namespaces: [String: [String: String]]) {
        guard object.group == "serving.knative.dev", object.kind == "Service",
            let template = object.spec?["template"], let spec = template["spec"]
        else { return nil }
        let own = ["serving.knative.dev/service": object.name, "app": object.name]
        self.init(
            object, labels: template["metadata", "labels"].labels.merging(own) { $1 },
            account: spec["serviceAccountName"]?.text ?? "default", containers: spec["containers"].elements, namespaces)
    }

    private init(
        _ object: KubeObject, labels: [String: String], account: String, containers: [YAMLNode],
        _ namespaces: [String: [String: String]]
    ) {
        self.object = object
        let namespace = object.namespace
        let opened = containers.flatMap { $0["ports"].elements }
        let named = opened.compactMap { port -> (String, Int)? in
            guard let name = port["name"]?.text, let number = port["containerPort"]?.int else { return nil }
            return (name, number)
        }
        ports = Set(opened.compactMap { $0["containerPort"]?.int })
        let own = namespaces[namespace] ?? [:]
        end = NetworkPolicies.End(
            name: "\(namespace)/\(object.name)", namespace: namespace,
            namespaceLabels: own.merging(["kubernetes.io/metadata.name": namespace]) { first, _ in first },
            labels: labels, ports: Dictionary(named, uniquingKeysWith: { first, _ in first }), account: account)
    }
}
