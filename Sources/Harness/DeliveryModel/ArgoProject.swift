import DocumentModels
import HarnessSupport
import KubernetesModel

/// The permissions of an Argo CD AppProject.
package struct ArgoProject: Sendable {
    package let object: KubeObject

    package init?(_ object: KubeObject) {
        guard object.kind == "AppProject", object.group == "argoproj.io" else { return nil }
        self.object = object
    }

    private func entries(_ field: String) -> [YAMLNode] { (object.spec?[field]).elements }

    package var sources: [YAMLNode] { entries("sourceRepos") }
    package var destinations: [YAMLNode] { entries("destinations") }
    package var clusterKinds: [YAMLNode] { entries("clusterResourceWhitelist") }
    /// `nil` if every kind is permitted.
    package var namespacedKinds: [YAMLNode]? { object.spec?["namespaceResourceWhitelist"]?.elements }
    package var deniedKinds: [YAMLNode] { entries("namespaceResourceBlacklist") }
    package var windows: [YAMLNode] { entries("syncWindows") }

    package static func permits(_ source: YAMLNode, _ repository: String) -> Bool {
        Wildcard.matches(source.text, repository)
    }

    package static func permits(_ destination: YAMLNode, cluster: String, namespace: String) -> Bool {
        let place = destination["server"]?.text ?? destination["name"]?.text ?? ""
        return Wildcard.matches(place, cluster) && Wildcard.matches(destination["namespace"]?.text ?? "", namespace)
    }

    package static func permits(_ kind: YAMLNode, _ object: KubeObject) -> Bool {
        Wildcard.matches(kind["group"]?.text ?? "", object.group)
            && Wildcard.matches(kind["kind"]?.text ?? "", object.kind)
            && Wildcard.matches(kind["name"]?.text ?? "*", object.name)
    }
}

extension KubeObject {
    /// Kinds without a namespace, of Kubernetes and of the pinned custom resource definitions.
    private static let clusterKinds: Set<String> = [
        "Namespace", "Node", "PersistentVolume", "PriorityClass", "StorageClass", "RuntimeClass", "IngressClass",
        "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition", "APIService", "CSIDriver",
        "ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding", "ValidatingWebhookConfiguration",
        "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "MutatingWebhookConfiguration",
        "GatewayClass", "ClusterIssuer", "NodePool", "EC2NodeClass", "ClusterQueue", "Cohort", "ResourceFlavor",
        "Topology", "WorkloadPriorityClass", "ClusterServingRuntime", "ClusterTrainingRuntime",
    ]

    package var isClusterWide: Bool { Self.clusterKinds.contains(kind) }
}
