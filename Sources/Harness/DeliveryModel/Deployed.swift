import DocumentModels
import KubernetesModel

/// An Application with the objects that its path renders.
package struct Deployed: Sendable {
    package let application: ArgoApplication
    package let objects: [KubeObject]

    package init(application: ArgoApplication, objects: [KubeObject]) {
        self.application = application
        self.objects = objects
    }

    /// The namespace where Argo CD applies an object.
    package func namespace(of object: KubeObject) -> String {
        object.node["metadata", "namespace"]?.text ?? application.namespace
    }

    /// All namespaces that it writes to.
    package var namespaces: Set<String> {
        Set(objects.filter { !$0.isClusterWide }.map(namespace)).union([application.namespace])
    }

    package func makes(_ kind: String, _ name: String) -> Bool {
        objects.contains { $0.kind == kind && $0.name == name }
    }
}
