/// What an AppProject of Argo CD permits.
struct ArgoProject: Sendable {
    let object: KubeObject

    init?(_ object: KubeObject) {
        guard object.kind == "AppProject", object.group == "argoproj.io" else { return nil }
        self.object = object
    }

    private func entries(_ field: String) -> [YAMLNode] { (object.spec?[field]).elements }

    var sources: [YAMLNode] { entries("sourceRepos") }
    var destinations: [YAMLNode] { entries("destinations") }
    var clusterKinds: [YAMLNode] { entries("clusterResourceWhitelist") }
    /// `nil` where every kind is permitted.
    var namespacedKinds: [YAMLNode]? { object.spec?["namespaceResourceWhitelist"]?.elements }
    var deniedKinds: [YAMLNode] { entries("namespaceResourceBlacklist") }
    var windows: [YAMLNode] { entries("syncWindows") }

    static func permits(_ source: YAMLNode, _ repository: String) -> Bool {
        Wildcard.matches(source.text, repository)
    }

    static func permits(_ destination: YAMLNode, cluster: String, namespace: String) -> Bool {
        let place = destination["server"]?.text ?? destination["name"]?.text ?? ""
        return Wildcard.matches(place, cluster) && Wildcard.matches(destination["namespace"]?.text ?? "", namespace)
    }

    static func permits(_ kind: YAMLNode, _ object: KubeObject) -> Bool {
        Wildcard.matches(kind["group"]?.text ?? "", object.group)
            && Wildcard.matches(kind["kind"]?.text ?? "", object.kind)
            && Wildcard.matches(kind["name"]?.text ?? "*", object.name)
    }
}

extension KubeObject {
    /// Kinds without a namespace, those of Kubernetes and of the definitions that this harness pins.
    private static let clusterKinds: Set<String> = [
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "StorageClass", "RuntimeClass", "IngressClass",
        "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService", "CSIDriver",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "GatewayClass", "ClusterIssuer", "NodePool", "EC2NodeClass", "ClusterQueue", "Cohort", "ResourceFlavor",
        "Topology", "WorkloadPriorityClass", "ClusterServingRuntime", "ClusterTrainingRuntime",
    ]

    var isClusterWide: Bool { Self.clusterKinds.contains(kind) }
}
