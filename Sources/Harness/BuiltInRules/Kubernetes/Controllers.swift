import CheckCore
import DeliveryModel
import DocumentModels
import Foundation
import HarnessSupport
import KubernetesModel

/// Finds custom resources that their controller or webhook rejects although the schema accepts them.
///
/// Each rule names the upstream validation that it follows. The check ignores rules that depend on a controller's
/// settings, such as feature gates.
struct Controllers: ManifestRule {
    let name = "k8s-controllers"
    let summary = "custom resources meet the rules of their controllers that the schema does not contain"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.flatMap { object -> [Finding] in
            switch (object.group, object.kind) {
            case ("cert-manager.io", "Certificate"): certificate(object)
            case ("keda.sh", "ScaledObject"): scaled(object)
            case ("serving.kserve.io", "InferenceService"): inference(object, scene)
            case ("argoproj.io", "Application"): application(object, scene)
            case ("networking.istio.io", "VirtualService"): virtualService(object, scene)
            case ("external-secrets.io", "SecretStore"), ("external-secrets.io", "ClusterSecretStore"):
                secretStore(object, scene)
            case ("kueue.x-k8s.io", "ClusterQueue"): clusterQueue(object, scene)
            case ("karpenter.sh", "NodePool"): nodePool(object, scene)
            case ("monitoring.coreos.com", "ServiceMonitor"), ("monitoring.coreos.com", "PodMonitor"): monitor(object)
            default: []
            }
        } + sharedSecrets(scene)
    }

    // MARK: cert-manager v1.21.1, internal/apis/certmanager/validation/certificate.go

    private func certificate(_ object: KubeObject) -> [Finding] {
        guard let spec = object.spec else { return [] }
        var findings: [Finding] = []
        let names = [
            "commonName", "literalSubject", "dnsNames", "uris", "emailAddresses", "ipAddresses", "otherNames",
        ]
        if !names.contains(where: { spec[$0] != nil }) {
            findings.append(
                object.finding(
                    "\(name)/certificate", at: spec, "the certificate is for no name", remedy: "add dnsNames"))
        }
        if let kind = spec["issuerRef", "kind"], !["Issuer", "ClusterIssuer"].contains(kind.text),
            ["", "cert-manager.io"].contains(spec["issuerRef", "group"]?.text ?? "")
        {
            findings.append(
                object.finding(
                    "\(name)/certificate", at: kind, "cert-manager.io has no issuer kind \(kind.text)",
                    remedy: "write Issuer or ClusterIssuer, or the group of the external issuer"))
        }
        let written = spec["duration"]
        guard let duration = written.map({ Self.seconds($0.text) }) ?? 90 * 86_400 else { return findings }
        if duration < 3600, let written {
            findings.append(
                object.finding(
                    "\(name)/certificate", at: written, "the duration is less than an hour", remedy: "use 1h or more"))
        }
        if let place = spec["renewBefore"], let before = Self.seconds(place.text) {
            if before >= duration {
                findings.append(
                    object.finding(
                        "\(name)/certificate", at: place, "renewBefore is not shorter than the duration",
                        remedy: "shorten renewBefore, or lengthen the duration (default: 90 days)"))
            } else if before < 300 {
                findings.append(
                    object.finding(
                        "\(name)/certificate", at: place, "renewBefore is less than five minutes",
                        remedy: "use 5m or more"))
            }
        }
        return findings
    }

    /// Two certificates for one Secret overwrite each other in a loop. Source: cert-manager#4846; the controller's
    /// condition DuplicateSecretName since v1.13.
    private func sharedSecrets(_ scene: ManifestSet) -> [Finding] {
        var first: [String: KubeObject] = [:]
        return scene.objects.filter { $0.group == "cert-manager.io" && $0.kind == "Certificate" }.compactMap { object in
            guard let secret = object.spec?["secretName"] else { return nil }
            let key = "\(object.namespace)/\(secret.text)"
            guard let other = first[key] else {
                first[key] = object
                return nil
            }
            return other.name == object.name
                ? nil
                : object.finding(
                    "\(name)/secret", at: secret, "writes the Secret \(secret.text), which \(other.title) also writes",
                    remedy: "give each Certificate a Secret of its own")
        }
    }

    /// The seconds of a Go duration such as `1h30m`; `nil` for other text.
    static func seconds(_ text: String) -> Double? {
        let units: [Substring: Double] = ["h": 3600, "m": 60, "s": 1, "ms": 0.001]
        let parts = text.matches(of: /(\d+(?:\.\d+)?)(ms|h|m|s)/)
        guard !parts.isEmpty, parts.map({ String($0.0) }).joined() == text else { return nil }
        return parts.reduce(0) { $0 + (Double($1.1) ?? 0) * (units[$1.2] ?? 0) }
    }

    // MARK: KEDA v2.20.2, apis/keda/v1alpha1/scaledobject_types.go, CheckReplicaCountBoundsAreValid

    private func scaled(_ object: KubeObject) -> [Finding] {
        guard let spec = object.spec else { return [] }
        let (least, most, idle) = (spec["minReplicaCount"], spec["maxReplicaCount"], spec["idleReplicaCount"])
        let minimum = least.map { $0.int.map { max($0, 1) } } ?? 0
        let maximum = most.map(\.int) ?? 100
        if let place = least ?? most, let minimum, let maximum, minimum > maximum {
            return [
                object.finding(
                    "\(name)/replicas", at: place, "minReplicaCount \(minimum) is above maxReplicaCount \(maximum)",
                    remedy: "lower one or raise the other")
            ]
        }
        if let idle, let count = idle.int, let minimum, count >= minimum {
            return [
                object.finding(
                    "\(name)/replicas", at: idle, "idleReplicaCount \(count) is not below minReplicaCount \(minimum)",
                    remedy: "write idleReplicaCount: 0")
            ]
        }
        return []
    }

    // MARK: KServe v0.20.0, pkg/controller/v1beta1/inferenceservice/utils/utils.go, ValidateStorageURI;
    // pkg/apis/serving/v1beta1/inference_service_validation.go and component.go

    private static let schemes: Set = [
        "gs", "s3", "pvc", "file", "https", "http", "hdfs", "webhdfs", "oci", "oci+native", "oci+fetch", "hf",
    ]

    private func inference(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let components = ["predictor", "transformer", "explainer"].compactMap { object.spec?[$0] }
        return components.flatMap { component -> [Finding] in
            var findings: [Finding] = []
            // A storage container of the cluster may support further schemes.
            if scene.all("ClusterStorageContainer").isEmpty {
                let places = [component["storageUri"]] + component.entries.map { $0.value["storageUri"] }
                for place in places.compactMap({ $0 }) {
                    guard let scheme = place.text.prefixMatch(of: /([A-Za-z0-9_+.-]+):\/\//)?.1,
                        !Self.schemes.contains(String(scheme))
                    else { continue }
                    findings.append(
                        object.finding(
                            "\(name)/storage", at: place, "KServe does not support model URIs with \(scheme)://",
                            remedy: "use one of \(Self.schemes.sorted().joined(separator: ", "))"))
                }
            }
            if let place = component["minReplicas"], let least = place.int, let most = component["maxReplicas"]?.int,
                most > 0, least > most
            {
                findings.append(
                    object.finding(
                        "\(name)/replicas", at: place, "minReplicas \(least) is above maxReplicas \(most)",
                        remedy: "lower one or raise the other"))
            }
            return findings + metrics(object, component)
        }
    }

    private func metrics(_ object: KubeObject, _ component: YAMLNode) -> [Finding] {
        guard object.node["metadata", "annotations"].labels["serving.kserve.io/autoscalerClass"] == "keda" else {
            return []
        }
        return (component["autoScaling", "metrics"]).elements.flatMap { metric -> [Finding] in
            let place = metric["external"] ?? metric["podmetric"]
            guard let place, place["target", "value"] == nil else { return [] }
            return [
                object.finding(
                    "\(name)/metric", at: place["target"] ?? place, "a metric for KEDA needs target.value",
                    remedy: "write target.value; KEDA does not read averageValue here")
            ]
        }
    }

    // MARK: External Secrets v2.9.0, providers/v1/aws/auth/auth.go, docs/provider/aws-access.md

    /// The operator calls AWS as another account only by the role in that account's annotation, never by Pod Identity.
    private func secretStore(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard let place = object.spec?["provider", "aws", "auth", "jwt", "serviceAccountRef"],
            let account = scene.find(
                "ServiceAccount", place["name"]?.text ?? "", in: place["namespace"]?.text ?? object.namespace),
            account.node["metadata", "annotations"].labels["eks.amazonaws.com/role-arn"] == nil
        else { return [] }
        return [
            object.finding(
                "\(name)/role", at: place, "\(account.title) has no role of AWS, so no secret is ever read",
                remedy:
                    "annotate it with eks.amazonaws.com/role-arn, or remove auth and give the operator's account a role"
            )
        ]
    }

    // MARK: Argo CD v3.5.1, util/argo/argo.go, ValidateDestination and ValidatePermissions

    private func application(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard let destination = object.spec?["destination"] else { return [] }
        let (server, cluster) = (destination["server"], destination["name"])
        if let server, cluster != nil, !server.text.isEmpty, cluster?.text.isEmpty == false {
            return [
                object.finding(
                    "\(name)/destination", at: destination, "its destination has both a server and a name",
                    remedy: "keep one of them")
            ]
        }
        // The rule `gitops` judges what kustomize builds.
        guard !scene.path.hasSuffix("kustomization.yaml"), !scene.path.hasSuffix("kustomization.yml"),
            let project = object.spec?["project"]?.text,
            let found = scene.find("AppProject", project, in: nil).flatMap(ArgoProject.init),
            let namespace = destination["namespace"]
        else { return [] }
        // A project may identify a cluster by address or by name, so only the namespace is compared.
        let isPermitted = found.destinations.contains {
            Wildcard.matches($0["namespace"]?.text ?? "", namespace.text)
        }
        return isPermitted
            ? []
            : [
                object.finding(
                    "\(name)/destination", at: namespace,
                    "deploys to namespace \(namespace.text), which project \(project) does not permit",
                    remedy: "add the namespace to destinations of \(project), or deploy to another one")
            ]
    }
}
