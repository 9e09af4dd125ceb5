/// An Application with the objects that its path makes.
struct Deployed: Sendable {
    let application: ArgoApplication
    let objects: [KubeObject]

    package init(application: ArgoApplication, objects: [KubeObject]) {
        self.application = application
        self.objects = objects
    }

    /// Where Argo CD puts a namespaced object.
    func namespace(of object: KubeObject) -> String {
        object.node["metadata", "namespace"]?.text ?? application.namespace
    }

    /// All that it writes to.
    var namespaces: Set<String> {
        Set(objects.filter { !$0.isClusterWide }.map(namespace)).union([application.namespace])
    }

    func makes(_ kind: String, _ name: String) -> Bool {
        objects.contains { $0.kind == kind && $0.name == name }
    }
}
