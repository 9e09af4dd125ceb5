import CheckCore
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel
import Tooling

/// Checks objects against the schemas of several Kubernetes versions and of custom resources.
///
/// Unknown fields and unknown kinds are findings. The check `kubernetes-cel` evaluates the CEL rules of custom resource
/// definitions.
struct KubernetesSchema: Check {
    let name = "kubernetes-schema"
    let summary =
        "objects match the schemas of Kubernetes 1.\(KubernetesSchemas.oldest) and newer, without unknown fields"
    let tools = [Tool.kubernetesSchemas, .definitions]
    let weight = 1.0

    func subjects(in repository: Repository) -> [Subject] {
        let kustomizations = repository.kustomizations
        let definitions = repository.ownDefinitions
        // One that needs a network is reported as skipped by `kustomize`.
        let overlays = kustomizations.overlays.filter { !kustomizations.isRemote($0) }.map { overlay in
            Subject(path: overlay.path, inputs: kustomizations.files(of: overlay) + definitions)
        }
        let plain = repository.artifacts(of: .kubernetes).map(\.path).filter { !kustomizations.partial.contains($0) }
        return overlays + plain.map { Subject(path: $0, inputs: [$0] + definitions) }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let repository = context.repository
        var schemas = try KubernetesSchemas(package: try await Self.package(context))
        for path in repository.ownDefinitions {
            for object in repository.objects(in: path) where object.kind == "CustomResourceDefinition" {
                schemas.add(object)
            }
        }
        let overlays = Dictionary(
            repository.kustomizations.overlays.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var read: Set<DefinitionFile> = []
        var findings: [Finding] = []
        for subject in subjects {
            let objects: [KubeObject]
            if let overlay = overlays[subject.path] {
                guard
                    case .objects(let rendered, _) = try await repository.renderings.rendering(of: overlay, in: context)
                else {
                    findings.append(
                        Finding(
                            rule: "\(name)/unbuilt", path: subject.path, line: 1,
                            message: "the overlay does not build, so its schema was not checked",
                            remedy: "fix the findings of kustomize"))
                    continue
                }
                objects = rendered
            } else {
                objects = repository.objects(in: subject.path)
                findings += repository.yaml(subject.path).map { nameless($0, subject.path) } ?? []
            }
            var (found, unavailable): ([Finding], String?) = ([], nil)
            for object in objects {
                try Task.checkCancellation()
                if let file = DefinitionFile.defining(object.kind, group: object.group), !read.contains(file) {
                    let definitions: [KubeObject]
                    do {
                        definitions = try await repository.customDefinitions.objects(in: file, context)
                    } catch let missing as Tool.Missing {
                        // The other objects are still checked.
                        unavailable = "\(object.title) was not checked: \(missing.description)"
                        continue
                    }
                    read.insert(file)
                    for definition in definitions { schemas.add(definition) }
                }
                found += self.findings(object, &schemas)
            }
            if found.isEmpty, let unavailable { throw Skipped(unavailable) }
            findings += found
        }
        return findings
    }

    /// Documents that are not objects: kubectl refuses each file that has one.
    ///
    /// Source: kubernetes/apimachinery@v0.34.0:pkg/runtime/serializer/json/meta.go and pkg/runtime/error.go, "Object
    /// 'Kind' is missing".
    private func nameless(_ tree: YAMLTree, _ path: String) -> [Finding] {
        let documents = tree.documents.flatMap { root -> [YAMLNode] in
            let isList = root["kind"]?.text == "List" && root["items"]?.isSequence == true
            return isList ? [root] + root["items"].elements : [root]
        }
        return documents.filter { $0.isMapping && !$0.entries.isEmpty }.flatMap { document in
            ["apiVersion", "kind"].filter { (document[$0]?.string ?? "").isEmpty }.map {
                Finding(
                    rule: "\(name)/missing", path: path, line: document[$0]?.line ?? document.line,
                    message: "the object has no \($0), so kubectl refuses the file", remedy: "add \($0)")
            }
        }
    }

    private func findings(_ object: KubeObject, _ schemas: inout KubernetesSchemas) -> [Finding] {
        guard let violations = schemas.violations(of: object) else {
            return [
                object.finding(
                    // A cluster with the definition may serve third-party kinds.
                    "\(name)/unknown-kind", at: object.node["kind"],
                    severity: KubernetesSchemas.serves(group: object.group) ? .error : .warning,
                    "no Kubernetes since 1.\(KubernetesSchemas.oldest) serves \(object.apiVersion) \(object.kind), and no CustomResourceDefinition defines it",
                    remedy:
                        "correct kind and apiVersion, or add the CustomResourceDefinition to the repository"
                )
            ]
        }
        return violations.map { violation, versions in
            let isEverywhere = versions.isEmpty || versions.count == schemas.versions.count
            // The cluster's version is unknown, so a kind that the newest version serves is valid.
            let isOld = !versions.isEmpty && !versions.contains(schemas.versions[0])
            let versions = isEverywhere ? "" : " in Kubernetes \(versions.joined(separator: ", "))"
            return object.finding(
                "\(name)/\(violation.rule.rawValue)", at: violation.place,
                // The API server treats an empty field as absent.
                severity: isOld || violation.rule == .type && violation.place.isNull ? .warning : .error,
                violation.message + versions,
                remedy: violation.remedy)
        }
    }

    private static func package(_ context: CheckContext) async throws -> String {
        let library = try await context.path(of: .kubernetesSchemas).parentPath.parentPath.appendingPath("lib")
        let pythons = FileManager.default.names(in: library)
        guard let python = pythons.first(where: { $0.hasPrefix("python") }) else {
            throw HarnessError("no Python found in \(library)")
        }
        return library.appendingPath("\(python)/site-packages/kubernetes_validate")
    }

    var explanations: [String: String] {
        [
            "missing":
                "A required field is missing. The API server rejects the object.",
            "type":
                "The value has the wrong type. The API server rejects the object.",
            "unbuilt":
                "The overlay does not build, so its objects were not compared with a schema.",
            "unknown-field":
                "The field does not exist. The API server drops it or rejects the object.",
            "unknown-kind":
                "No supported version of Kubernetes serves the kind, and no definition of it is known.",
            "value":
                "The value is outside of what the schema allows. The API server rejects the object.",
        ]
    }

    var examples: [Example] {
        let deployment = """
            apiVersion: apps/v1
            kind: Deployment
            metadata:
              name: web
            spec:
              replicas: 2
              selector:
                matchLabels: {app: web}
              template:
                metadata:
                  labels: {app: web}
                spec:
                  containers:
                    - name: web
                      image: web
                      ports:
                        - containerPort: 8080

            """
        func changed(_ old: String, _ new: String) -> [String: String] {
            ["web.yaml": deployment.replacing(old, with: new)]
        }
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata:
              name: shops.example.com
            spec:
              group: example.com
              scope: Namespaced
              names: {kind: Shop, plural: shops}
              versions:
                - name: v1
                  served: true
                  storage: true
                  schema:
                    openAPIV3Schema:
                      type: object
                      required: [spec]
                      properties:
                        spec:
                          type: object
                          properties:
                            doors: {type: integer, minimum: 1}
                            kind: {type: string, enum: [corner, market]}
                            extra: {type: object, x-kubernetes-preserve-unknown-fields: true}

            """
        func shop(_ spec: String) -> [String: String] {
            [
                "crd.yaml": definition,
                "shop.yaml": "apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: a\nspec: \(spec)\n",
            ]
        }
        let route = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata:
              name: web
            spec:
              rules:
                - backendRefs:
                    - name: web
                      port: 80

            """
        return [
            .sound("a Deployment", ["web.yaml": deployment]),
            .sound("a custom resource and its definition", shop("{doors: 2, kind: corner, extra: {any: 1}}")),
            .sound("a resource whose definition its project publishes", ["route.yaml": route]),
            .broken("a misspelt field", changed("replicas:", "replica:"), triggers: "unknown-field"),
            .broken(
                "a field in the wrong place", changed("      containers:", "      replicas: 2\n      containers:"),
                triggers: "unknown-field"),
            .broken("a number in quotes", changed("replicas: 2", "replicas: \"2\""), triggers: "type"),
            .broken(
                "a bare word that YAML takes for a boolean", changed("name: web\nspec", "name: on\nspec"),
                triggers: "type"),
            .broken("a list in place of a mapping", changed("{app: web}", "[app]"), triggers: "type"),
            .broken(
                "an object without a kind",
                [
                    "web.yaml":
                        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n---\n↓apiVersion: v1\nmetadata: {name: b}\n"
                ],
                triggers: "missing"),
            .broken(
                "a file whose only object has no kind", changed("kind: Deployment\n", ""), triggers: "missing"),
            .broken(
                "a file whose only object has no version", changed("apiVersion: apps/v1\n", ""), triggers: "missing"),
            .broken("an empty kind", changed("kind: Deployment", "kind:"), triggers: "missing"),
            .broken(
                "an item of a list without a version",
                ["a.yaml": "apiVersion: v1\nkind: List\nitems:\n  - kind: Namespace\n    metadata: {name: a}\n"],
                triggers: "missing"),
            .sound(
                "a document that has only comments",
                ["a.yaml": "# a\n---\n# b\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"]),
            .sound(
                "another program's resource", ["a.yaml": "kind: role\nversion: v7\nmetadata: {name: a}\nspec: {}\n"]),
            .broken("no selector", changed("  selector:\n    matchLabels: {app: web}\n", ""), triggers: "missing"),
            .broken(
                "a container without a name", changed("- name: web\n          image", "- image"), triggers: "missing"),
            .broken(
                "a kind that does not exist", changed("kind: Deployment", "kind: Deploiment"), triggers: "unknown-kind"),
            .broken(
                "a version of the API that is long gone", changed("apps/v1", "extensions/v1beta1"),
                triggers: "unknown-kind"),
            .broken(
                "a custom resource that nobody defines",
                ["a.yaml": "apiVersion: example.com/v1\nkind: Shop\nmetadata: {name: a}\n"], triggers: "unknown-kind"),
            .broken("a field that the definition does not name", shop("{door: 1}"), triggers: "unknown-field"),
            .broken("a number below the definition's least", shop("{doors: 0}"), triggers: "value"),
            .broken("a value that is not among the definition's", shop("{kind: mall}"), triggers: "value"),
            .broken(
                "a route with a misspelt field", ["route.yaml": route.replacing("backendRefs", with: "backends")],
                triggers: "unknown-field"),
            .broken(
                "a route to a port that no number can be", ["route.yaml": route.replacing("80", with: "80000")],
                triggers: "value"),
        ]
    }
}
