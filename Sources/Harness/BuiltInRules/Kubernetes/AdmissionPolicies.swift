import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel
import Tooling

/// Finds objects whose creation the ValidatingAdmissionPolicies of the same cluster refuse.
///
/// The check first applies defaults, and the LimitRange to pods. Policies that only warn or audit, and policies that
/// may not select the object, give advice. If a policy depends on the requesting user or on objects outside the
/// repository, the check skips the overlay.
struct AdmissionPolicies: Check {
    let name = "k8s-admission"
    let summary = "the cluster's ValidatingAdmissionPolicies accept every object"
    let isBatched = false

    func subjects(in repository: Repository) -> [Subject] {
        ManifestSets(repository: repository).subjects.map {
            Subject(path: $0.path, inputs: $0.inputs + repository.ownDefinitions)
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            let sets = ManifestSets(repository: context.repository)
            let scene = try await sets.scene(subject, context)
            for policy in scene.objects where policy.kind == "ValidatingAdmissionPolicy" {
                findings += AdmissionPolicy.syntaxErrors(of: policy).map { place, reason in
                    policy.finding("\(name)/expression", at: place, "the expression is not valid CEL: \(reason)")
                }
            }
            let policies = AdmissionPolicy.all(in: scene)
            guard !policies.isEmpty else { continue }
            var unknown: String?
            for object in scene.objects {
                let value: CELValue
                do {
                    value = try await context.repository.customDefinitions.admitted(object, in: scene, context)
                } catch let missing as Tool.Missing {
                    // The other objects are still judged.
                    unknown = unknown ?? missing.description
                    continue
                }
                for policy in policies {
                    switch policy.verdict(on: object, value, in: scene) {
                    case .accepted: continue
                    case .unknown(let reason):
                        unknown = unknown ?? "\(policy.policy.name) cannot be judged on \(object.title): \(reason)"
                    case .refused(let messages, let isCertain):
                        let isError = isCertain && policy.denies && !object.node.holdsWhatIsFilledInLater
                        findings += messages.map { message in
                            object.finding(
                                "\(name)/refused", severity: isError ? .error : .warning,
                                "the policy \(policy.policy.name) refuses the object: \(message)")
                        }
                    }
                }
            }
            if findings.isEmpty, let unknown { throw Skipped(unknown) }
        }
        return findings
    }

    var explanations: [String: String] {
        [
            "expression":
                "An expression of a ValidatingAdmissionPolicy fails to evaluate, and the failure policy refuses "
                + "the request. Source: Kubernetes, Validating Admission Policy.",
            "refused":
                "A ValidatingAdmissionPolicy of the repository refuses the object. Source: Kubernetes, Validating "
                + "Admission Policy.",
        ]
    }

    var examples: [Example] {
        func files(
            _ expression: String, _ spec: String = "replicas: 2", actions: String = "[Deny]", more: String = "",
            labels: String = "{team: a}"
        ) -> [String: String] {
            [
                "k8s/policy.yaml": """
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicy
                metadata: {name: replicas}
                spec:
                  matchConstraints:
                    resourceRules:
                      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments]}
                \(more)
                  variables:
                    - {name: count, expression: object.spec.replicas}
                  validations:
                    - expression: "\(expression)"
                      messageExpression: "'not %d'.format([variables.count])"
                ---
                apiVersion: admissionregistration.k8s.io/v1
                kind: ValidatingAdmissionPolicyBinding
                metadata: {name: replicas}
                spec:
                  policyName: replicas
                  validationActions: \(actions)
                  paramRef: {name: limits, namespace: a, parameterNotFoundAction: Deny}
                  matchResources: {namespaceSelector: {matchLabels: {team: a}}}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: limits, namespace: a}
                data: {most: "3"}
                ---
                apiVersion: v1
                kind: Namespace
                metadata: {name: a, labels: \(labels)}

                """,
                "k8s/web.yaml": """
                apiVersion: apps/v1
                kind: Deployment
                metadata:
                  name: web↓
                  namespace: a
                spec:
                  \(spec)
                  selector: {matchLabels: {app: web}}
                  template: {metadata: {labels: {app: web}}, spec: {containers: [{name: web, image: web}]}}

                """,
            ]
        }
        /// A Pod without resources, in a namespace whose LimitRange has one field, before a policy that demands a limit.
        func limited(_ field: String) -> [String: String] {
            var files = files("has(object.spec.containers[0].resources.limits)")
            files["k8s/policy.yaml"]! = files["k8s/policy.yaml"]!
                .replacing("apiGroups: [apps]", with: "apiGroups: ['']").replacing("[deployments]", with: "[pods]")
                .replacing(
                    "- {name: count, expression: object.spec.replicas}", with: "- {name: count, expression: '0'}")
            files["k8s/web.yaml"] = """
                apiVersion: v1
                kind: LimitRange
                metadata: {name: a, namespace: a}
                spec: {limits: [{type: Container, \(field): {memory: 64Mi}}]}
                ---
                apiVersion: v1
                kind: Pod
                metadata:
                  name: web↓
                  namespace: a
                spec: {containers: [{name: web, image: web}]}

                """
            return files
        }
        func sound(_ files: [String: String]) -> [String: String] { files.mapValues { $0.replacing("↓", with: "") } }
        let parameters = "  paramKind: {apiVersion: v1, kind: ConfigMap}"
        return [
            .sound("a Deployment that the policy accepts", sound(files("variables.count < 3"))),
            .broken("a Deployment that the policy refuses", files("variables.count < 2"), triggers: "refused"),
            .sound("the default number of replicas", sound(files("variables.count == 1", "paused: false"))),
            .broken(
                "too few by default", files("variables.count >= 2", "paused: false"), triggers: "refused"),
            .broken("a policy that warns", files("variables.count < 2", actions: "[Warn]"), triggers: "refused"),
            .sound(
                "a namespace that the binding does not select",
                sound(files("variables.count < 2", labels: "{team: b}"))),
            .sound(
                "a condition that leaves the object out",
                sound(
                    files(
                        "variables.count < 2",
                        more: "  matchConditions: [{name: big, expression: object.spec.replicas > 5}]"))),
            .sound("a parameter's limit", sound(files("variables.count <= int(params.data.most)", more: parameters))),
            .broken(
                "more than a parameter allows",
                files("variables.count <= int(params.data.most)", "replicas: 4", more: parameters), triggers: "refused"),
            .broken(
                "a field that the object lacks", files("object.spec.minReadySeconds > 1"), triggers: "refused"),
            .sound("a limit that is the most that a LimitRange allows", sound(limited("max"))),
            .broken("no limit, because the LimitRange has only a least request", limited("min"), triggers: "refused"),
            .broken("an expression that is not CEL", sound(files("variables.count <")), triggers: "expression"),
        ]
    }
}
