import CheckCore

extension Controllers {
    private static func object(_ kind: String, _ name: String, _ spec: String, more: String = "") -> String {
        "apiVersion: \(kind)\nmetadata: {name: \(name), namespace: a\(more)}\nspec: \(spec)\n"
    }

    private static func certificates(_ fields: String, second: String = "other") -> [String: String] {
        let kind = "cert-manager.io/v1\nkind: Certificate"
        return [
            "k8s/a.yaml": object(
                kind, "one", "{secretName: one, issuerRef: {name: ca, kind: ClusterIssuer}, \(fields)}")
                + "---\n"
                + object(
                    kind, "two", "{secretName: \(second), issuerRef: {name: ca}, dnsNames: [b.example.com]}")
        ]
    }

    private static func scaled(_ bounds: String) -> [String: String] {
        [
            "k8s/a.yaml": object(
                "keda.sh/v1alpha1\nkind: ScaledObject", "a",
                "{scaleTargetRef: {name: a}, triggers: [{type: cpu, metadata: {value: \"60\"}}]\(bounds)}")
        ]
    }

    private static func inference(_ model: String, _ more: String = "") -> [String: String] {
        [
            "k8s/a.yaml": object(
                "serving.kserve.io/v1beta1\nkind: InferenceService", "a",
                "{predictor: {model: {modelFormat: {name: onnx}, storageUri: \(model)}\(more)}}",
                more: ", annotations: {serving.kserve.io/autoscalerClass: keda}")
        ]
    }

    private static func application(_ destination: String) -> [String: String] {
        [
            "k8s/a.yaml": object(
                "argoproj.io/v1alpha1\nkind: AppProject", "team",
                "{sourceRepos: ['*'], destinations: [{server: https://kubernetes.default.svc, namespace: team-*}]}")
                + "---\n"
                + object(
                    "argoproj.io/v1alpha1\nkind: Application", "a",
                    "{project: team, source: {repoURL: https://git.example.com/a, path: a}, destination: {\(destination)}}"
                )
        ]
    }

    private static func store(_ auth: String, annotation: String = "") -> [String: String] {
        [
            "k8s/a.yaml": object(
                "external-secrets.io/v1\nkind: SecretStore", "a",
                "{provider: {aws: {service: SecretsManager, region: eu-west-1\(auth)}}}")
                + "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: reader, namespace: a\(annotation)}\n"
        ]
    }

    var explanations: [String: String] {
        [
            "flavor":
                "A ClusterQueue names a ResourceFlavor that does not exist, so Kueue keeps the queue inactive.",
            "gateway":
                "A VirtualService names an Istio Gateway that does not exist, so the route takes no traffic from "
                + "outside.",
            "host":
                "A route leads to a Service that does not exist, so Istio answers 503.",
            "monitor":
                "The Prometheus operator rejects the monitor, and the targets are never scraped.",
            "node-class":
                "A NodePool names a node class that does not exist, so Karpenter starts no nodes for it.",
            "quota":
                "Two resource groups of a ClusterQueue cover the same resource or flavor. The webhook of Kueue "
                + "refuses the queue.",
            "route":
                "A route of a VirtualService combines fields that exclude each other. The webhook of Istio "
                + "refuses it.",
            "subset":
                "A route names a subset that no DestinationRule defines, so Istio answers 503.",
            "certificate":
                "The Certificate has no name to be valid for. cert-manager rejects it. Source: https://cert-manager.io/docs/usage/certificate/",
            "destination":
                "The Application deploys to a place that its AppProject does not list. Argo CD refuses the sync.",
            "metric":
                "The metric lacks the target that KEDA reads. The autoscaler is never created.",
            "replicas":
                "The minimum of a scaled object is above its maximum. The controller rejects it.",
            "role":
                "A SecretStore calls AWS as a ServiceAccount without the annotation eks.amazonaws.com/role-arn. The "
                + "External Secrets Operator cannot use the account's Pod Identity, so it reads no secret.",
            "secret":
                "Two Certificates write the same Secret and overwrite each other.",
            "storage":
                "KServe has no storage initializer for the scheme of the address, so the pod never starts.",
        ]
    }

    var examples: [Example] {
        typealias Rule = Controllers
        let reader = ", auth: {jwt: {serviceAccountRef: {name: reader}}}"
        let here = "server: https://kubernetes.default.svc"
        let external =
            ", autoScaling: {metrics: [{type: External, external: {metric: {query: up}, target: {type: Value, VALUE: \"5\"}}}]}"
        return [
            .sound("certificates with Secrets of their own", Rule.certificates("dnsNames: [a.example.com]")),
            .broken(
                "two certificates for one Secret", Rule.certificates("dnsNames: [a.example.com]", second: "one"),
                triggers: "secret"),
            .broken("a certificate for nobody", Rule.certificates("duration: 24h"), triggers: "certificate"),
            .broken(
                "a renewal before the beginning",
                Rule.certificates("dnsNames: [a.example.com], duration: 24h, renewBefore: 24h0m0s"),
                triggers: "certificate"),
            .sound(
                "a renewal within the default duration",
                Rule.certificates("dnsNames: [a.example.com], renewBefore: 360h")),
            .broken(
                "a kind of issuer that cert-manager lacks",
                Rule.certificates("dnsNames: [a.example.com]").mapValues {
                    $0.replacing("kind: ClusterIssuer", with: "kind: VaultIssuer")
                }, triggers: "certificate"),
            .sound("bounds in order", Rule.scaled(", minReplicaCount: 2, maxReplicaCount: 10, idleReplicaCount: 0")),
            .broken(
                "a minimum over the maximum", Rule.scaled(", minReplicaCount: 50, maxReplicaCount: 10"),
                triggers: "replicas"),
            .broken("a minimum over the default maximum", Rule.scaled(", minReplicaCount: 200"), triggers: "replicas"),
            .broken(
                "idle replicas that are not fewer", Rule.scaled(", minReplicaCount: 2, idleReplicaCount: 2"),
                triggers: "replicas"),
            .sound("a model in S3", Rule.inference("s3://models/a")),
            .broken("a model by FTP", Rule.inference("ftp://models.example.com/a"), triggers: "storage"),
            .broken(
                "a predictor with a minimum over its maximum",
                Rule.inference("s3://models/a", ", minReplicas: 3, maxReplicas: 2"), triggers: "replicas"),
            .sound(
                "a metric with its value", Rule.inference("s3://models/a", external.replacing("VALUE", with: "value"))),
            .broken(
                "a metric with an average alone",
                Rule.inference("s3://models/a", external.replacing("VALUE", with: "averageValue")), triggers: "metric"),
            .sound("a secret store with the operator's own role", Rule.store("")),
            .sound(
                "a secret store with the role of an account",
                Rule.store(
                    reader,
                    annotation: ", annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/reader'}")),
            .broken("a secret store with an account that has no role", Rule.store(reader), triggers: "role"),
            .sound("a namespace that the project permits", Rule.application("\(here), namespace: team-a")),
            .broken(
                "a namespace that the project does not permit", Rule.application("\(here), namespace: other"),
                triggers: "destination"),
            .broken(
                "a cluster by address and by name", Rule.application("\(here), name: a, namespace: team-a"),
                triggers: "destination"),
        ] + Rule.furtherExamples
    }
}
