import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel
import Tooling

/// Checks custom resources against the CEL rules of their definitions (`x-kubernetes-validations`).
///
/// The check first applies defaults. It does not run transition rules, which compare with the old object. If a rule
/// cannot be evaluated, the check skips the file, unless another rule rejects it.
struct CustomResourceRules: Check {
    let name = "kubernetes-cel"
    let summary = "custom resources satisfy the CEL rules of their definitions"
    let tools = [Tool.definitions]

    func subjects(in repository: Repository) -> [Subject] { KubernetesSchema().subjects(in: repository) }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        let repository = context.repository
        let overlays = Dictionary(
            repository.kustomizations.overlays.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var all: [Finding] = []
        for subject in subjects {
            let objects: [KubeObject]
            if let overlay = overlays[subject.path] {
                guard
                    case .objects(let rendered, _) = try await repository.renderings.rendering(of: overlay, in: context)
                else { throw Skipped("\(subject.path) does not build; see the findings of kustomize") }
                objects = rendered
            } else {
                objects = repository.objects(in: subject.path)
            }
            var (findings, reasons): ([Finding], [String]) = ([], [])
            for object in objects {
                try Task.checkCancellation()
                if object.kind == "CustomResourceDefinition" { findings += syntax(of: object) }
                let schema: StructuralSchema?
                do {
                    schema = try await repository.customDefinitions.schema(of: object, context)
                } catch let missing as Tool.Missing {
                    // The other objects are still checked.
                    reasons.append(missing.description)
                    continue
                }
                guard let schema, !schema.allRules.isEmpty else { continue }
                for verdict in schema.verdicts(on: object.node) {
                    guard verdict.isRefusal else {
                        reasons.append("\(object.title): \(verdict.message)")
                        continue
                    }
                    let place = object.node.path(to: verdict.place)
                    findings.append(
                        object.finding(
                            "\(name)/rule", at: verdict.place,
                            severity: verdict.place.holdsWhatIsFilledInLater ? .warning : .error,
                            "\(place.isEmpty ? "" : "\(place): ")\(verdict.message)"))
                }
            }
            if findings.isEmpty, let reason = reasons.first { throw Skipped("\(reason) (\(reasons.count) in all)") }
            all += findings
        }
        return all
    }

    private func syntax(of definition: KubeObject) -> [Finding] {
        (definition.spec?["versions"]).elements.compactMap { $0["schema", "openAPIV3Schema"] }
            .flatMap { StructuralSchema($0).allRules }.compactMap { rule in
                rule.syntaxError.map {
                    definition.finding("\(name)/expression", at: rule.place, "the rule is not valid CEL: \($0)")
                }
            }
    }

    var explanations: [String: String] {
        [
            "expression":
                "A CEL rule of a custom resource definition fails to evaluate. The API server refuses each object "
                + "that the rule judges. Source: Kubernetes, Extend the Kubernetes API with "
                + "CustomResourceDefinitions, Validation rules.",
            "rule":
                "An object violates a CEL rule (`x-kubernetes-validations`) of its definition. The API server "
                + "refuses it. Source: Kubernetes, Extend the Kubernetes API with CustomResourceDefinitions, "
                + "Validation rules.",
        ]
    }

    var examples: [Example] {
        let definition = """
            apiVersion: apiextensions.k8s.io/v1
            kind: CustomResourceDefinition
            metadata: {name: shops.example.com}
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
                      properties:
                        spec:
                          type: object
                          x-kubernetes-validations:
                            - rule: self.least <= self.most
                              messageExpression: "'%d is over %d'.format([self.least, self.most])"
                              fieldPath: .least
                            - rule: self.most == oldSelf.most
                            - rule: "!has(self.size) || quantity(self.size).isLessThan(quantity('10Gi'))"
                          properties:
                            least: {type: integer, default: 2}
                            most: {type: integer, default: 5}
                            size: {type: string}
                            until: {type: string, format: date-time}

            """
        func shop(_ spec: String, _ definition: String) -> [String: String] {
            [
                "crd.yaml": definition,
                "shop.yaml": "apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: a\nspec:\n  \(spec)\n",
            ]
        }
        func ruled(_ rule: String) -> String { definition.replacing("self.least <= self.most", with: rule) }
        let route = """
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: web}
            spec:
              rules:
                - filters:
                    - type: RequestRedirect
                      requestRedirect: {scheme: https}
                  backendRefs: [{name: web, port: 80}]

            """
        let overlay = [
            "base/crd.yaml": definition,
            "base/shop.yaml": "apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: a\nspec:\n  most: 3\n",
            "base/kustomization.yaml": "resources: [crd.yaml, shop.yaml]\n",
            "overlays/one/kustomization.yaml": "resources: [../../base]\npatches: [{path: shop.yaml}]\n",
        ]
        let patch = "apiVersion: example.com/v1\nkind: Shop\nmetadata:\n  name: a\nspec:\n"
        return [
            .sound("a resource within its rules", shop("least: 3", definition)),
            .sound("a size below the limit", shop("size: 512Mi", definition)),
            .sound("a rule that compares with the former object", shop("most: 9", definition)),
            .broken("a value over the default of another", shop("least: 6↓", definition), triggers: "rule"),
            .broken("a size over the limit", shop("size: 1Ti", definition), triggers: "rule"),
            .broken(
                "a field that the rule takes for granted", shop("most: 3", ruled("self.size != ''")), triggers: "rule"),
            .sound("an optional field", shop("most: 3", ruled("self.?size.orValue('1Gi') != ''"))),
            .sound(
                "a time", shop("until: 2026-01-01T00:00:00Z", ruled("self.until > timestamp('2025-01-01T00:00:00Z')"))),
            .broken("a rule that is not CEL", shop("most: 3", ruled("self.least <=")), triggers: "expression"),
            .broken(
                "an overlay's value", overlay.merging(["overlays/one/shop.yaml": patch + "  least: 4↓\n"]) { $1 },
                triggers: "rule"),
            .sound(
                "a value that the overlay lowers",
                overlay.merging(["overlays/one/shop.yaml": patch + "  least: 1\n"]) { $1 }),
            .sound(
                "a redirect without a backend",
                ["route.yaml": route.replacing("      backendRefs: [{name: web, port: 80}]\n", with: "")]),
            .broken("a redirect with a backend", ["route.yaml": route], triggers: "rule"),
        ]
    }
}
