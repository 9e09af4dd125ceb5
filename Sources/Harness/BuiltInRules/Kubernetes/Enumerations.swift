import CheckCore
import DocumentModels
import KubernetesModel

/// Checks fields with a fixed set of values that the schemas declare as plain strings.
///
/// Source: the field descriptions of Kubernetes' API reference.
struct Enumerations: ManifestRule {
    let name = "k8s-enums"
    let summary = "fields with a fixed set of values have one of them"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.flatMap { object -> [Finding] in
            guard Self.groups.contains(object.group) else { return [] }
            var findings: [Finding] = []
            walk(object.node, under: "", kind: object.kind) { place, words in
                findings.append(
                    object.finding(
                        "\(name)/word", at: place,
                        "`\(place.text)` is not a valid value: the field takes \(words.joined(separator: ", "))",
                        remedy: Self.alike(place.text, words).map { "write \($0)" } ?? "write one of them"))
            }
            return findings + level(object)
        }
    }

    private static let groups: Set<String> = ["", "apps", "batch", "autoscaling", "policy", "networking.k8s.io"]

    /// By field, or by parent and field if the field name is ambiguous.
    private static let words: [String: [String]] = [
        "imagePullPolicy": ["Always", "IfNotPresent", "Never"],
        "restartPolicy": ["Always", "OnFailure", "Never"],
        "resizePolicy.restartPolicy": ["NotRequired", "RestartContainer"],
        "dnsPolicy": ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"],
        "terminationMessagePolicy": ["File", "FallbackToLogsOnError"],
        "preemptionPolicy": ["PreemptLowerPriority", "Never"],
        "whenUnsatisfiable": ["DoNotSchedule", "ScheduleAnyway"],
        "nodeTaintsPolicy": ["Honor", "Ignore"], "nodeAffinityPolicy": ["Honor", "Ignore"],
        "seccompProfile.type": ["RuntimeDefault", "Localhost", "Unconfined"],
        "appArmorProfile.type": ["RuntimeDefault", "Localhost", "Unconfined"],
        "procMount": ["Default", "Unmasked"], "fsGroupChangePolicy": ["Always", "OnRootMismatch"],
        "tolerations.operator": ["Equal", "Exists"],
        "tolerations.effect": ["NoSchedule", "PreferNoSchedule", "NoExecute"],
        "matchExpressions.operator": ["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"],
        "ports.protocol": ["TCP", "UDP", "SCTP"], "httpGet.scheme": ["HTTP", "HTTPS"],
        "concurrencyPolicy": ["Allow", "Forbid", "Replace"], "completionMode": ["NonIndexed", "Indexed"],
        "podManagementPolicy": ["OrderedReady", "Parallel"], "sessionAffinity": ["None", "ClientIP"],
        "externalTrafficPolicy": ["Cluster", "Local"], "internalTrafficPolicy": ["Cluster", "Local"],
        "ipFamilyPolicy": ["SingleStack", "PreferDualStack", "RequireDualStack"],
        "unhealthyPodEvictionPolicy": ["IfHealthyBudget", "AlwaysAllow"],
        "pathType": ["Exact", "Prefix", "ImplementationSpecific"],
        "policyTypes": ["Ingress", "Egress"],
        "accessModes": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"],
        "volumeMode": ["Filesystem", "Block"],
    ]

    private static let byKind: [String: [String: [String]]] = [
        "Deployment": ["strategy.type": ["RollingUpdate", "Recreate"]],
        "StatefulSet": ["updateStrategy.type": ["RollingUpdate", "OnDelete"]],
        "DaemonSet": ["updateStrategy.type": ["RollingUpdate", "OnDelete"]],
        "Service": ["spec.type": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]],
        "HorizontalPodAutoscaler": [
            "metrics.type": ["Resource", "ContainerResource", "Pods", "Object", "External"],
            "target.type": ["Utilization", "Value", "AverageValue"], "policies.type": ["Pods", "Percent"],
            "selectPolicy": ["Max", "Min", "Disabled"],
        ],
    ]

    private func walk(_ node: YAMLNode, under parent: String, kind: String, _ report: (YAMLNode, [String]) -> Void) {
        for (key, value) in node.entries where key.text != "annotations" && key.text != "labels" && key.text != "data" {
            let name = key.text
            let own = Self.byKind[kind]?["\(parent).\(name)"] ?? Self.byKind[kind]?[name]
            if let words = own ?? Self.words["\(parent).\(name)"] ?? Self.words[name] {
                for place in value.isSequence ? value.elements : [value]
                where place.isScalar && !place.isNull && !words.contains(place.text) { report(place, words) }
            }
            for child in value.isSequence ? value.elements : [value] {
                walk(child, under: name, kind: kind, report)
            }
        }
    }

    /// `pod-security.kubernetes.io/enforce: restrictd` enforces nothing.
    private func level(_ object: KubeObject) -> [Finding] {
        guard object.kind == "Namespace" else { return [] }
        return object.node["metadata", "labels"].entries.compactMap { key, value in
            let levels = ["privileged", "baseline", "restricted"]
            guard key.text.hasPrefix("pod-security.kubernetes.io/"), !key.text.hasSuffix("-version"),
                !levels.contains(value.text)
            else { return nil }
            return object.finding(
                "\(name)/word", at: value, "`\(value.text)` is not a level of Pod Security",
                remedy: "write one of \(levels.joined(separator: ", "))")
        }
    }

    private static func alike(_ word: String, _ words: [String]) -> String? {
        words.first { $0.lowercased() == word.lowercased() }
    }

    var explanations: [String: String] {
        [
            "word":
                "The value is not one of the words that the API accepts, often because of its case."
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        return [
            .sound("an application", Sample.files),
            .broken(
                "a pull policy in small letters", Sample.with("IfNotPresent", "ifnotpresent", in: "deployment"),
                triggers: "word"),
            .broken(
                "a strategy that does not exist", Sample.with("type: RollingUpdate", "type: Rolling", in: "deployment"),
                triggers: "word"),
            .broken(
                "a protocol that does not exist", Sample.with("protocol: TCP", "protocol: HTTP", in: "network"),
                triggers: "word"),
            .broken(
                "a policy's type in small letters",
                Sample.with("[Ingress, Egress]", "[ingress, egress]", in: "network"), triggers: "word"),
            .broken(
                "a seccomp profile of another spelling",
                Sample.with("type: RuntimeDefault", "type: runtime/default", in: "deployment"), triggers: "word"),
            .broken(
                "a spread that does not exist", Sample.with("DoNotSchedule", "NoSchedule", in: "deployment"),
                triggers: "word"),
            .broken(
                "a misspelt level of Pod Security",
                Sample.with("enforce: restricted", "enforce: restrictd", in: "namespace"), triggers: "word"),
        ]
    }
}
