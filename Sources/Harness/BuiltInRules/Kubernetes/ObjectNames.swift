import CheckCore
import DocumentModels
import KubernetesModel

/// Checks names that the API server validates and schemas declare as plain strings.
///
/// Source: RFC 1035 and 1123 as in Kubernetes' manual, Object Names and IDs, Labels and Selectors.
struct ObjectNames: ManifestRule {
    let name = "k8s-names"
    let summary = "the API server accepts all names, labels and port names"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.objects.flatMap(named) + scene.workloads.flatMap(inPods) + twice(scene)
    }

    private func named(_ object: KubeObject) -> [Finding] {
        var findings: [Finding] = []
        let place = object.node["metadata", "name"]
        if let place {
            // A CronJob appends eleven characters to name its Jobs.
            let limit = object.kind == "CronJob" ? 52 : Self.labelKinds.contains(object.kind) ? 63 : 253
            let isGood =
                Self.freeKinds.contains(object.kind)
                ? !place.text.contains("/") && !place.text.isEmpty && place.text != "." && place.text != ".."
                : limit == 253 ? Self.isSubdomain(place.text) : Self.isLabel(place.text)
            if !isGood || place.text.count > limit {
                findings.append(
                    object.finding(
                        "\(name)/name", at: place, "`\(place.text)` is not a valid name",
                        remedy: "use at most \(limit) of a-z, 0-9 and -; begin and end with a letter or digit"))
            }
        } else if object.node["metadata", "generateName"] == nil {
            findings.append(object.finding("\(name)/name", "has no name", remedy: "add `metadata.name`"))
        }
        return findings + labels(object, object.node["metadata", "labels"])
            + annotations(object, object.node["metadata", "annotations"])
    }

    private func labels(_ object: KubeObject, _ node: YAMLNode?) -> [Finding] {
        node.entries.compactMap { key, value in
            guard !Self.isQualified(key.text) || !Self.isLabelValue(value.text) else { return nil }
            return object.finding(
                "\(name)/label", at: value, "\(value.text) is not a valid value of the label \(key.text)",
                remedy: "use at most 63 letters, digits, - _ and .; begin and end with a letter or digit")
        }
    }

    private func annotations(_ object: KubeObject, _ node: YAMLNode?) -> [Finding] {
        node.entries.compactMap { key, _ in
            Self.isQualified(key.text)
                ? nil
                : object.finding(
                    "\(name)/label", at: key, "\(key.text) is not a valid annotation name",
                    remedy: "write PREFIX/NAME, with a NAME of at most 63 letters, digits, - _ and .")
        }
    }

    private func inPods(_ workload: Workload) -> [Finding] {
        var findings = labels(workload.object, workload.template["metadata", "labels"])
        var names: Set<String> = []
        var ports: Set<String> = []
        for container in workload.allContainers {
            guard let place = container["name"] else { continue }
            if !Self.isLabel(place.text) || place.text.count > 63 {
                findings.append(
                    workload.object.finding(
                        "\(name)/container", at: place, "`\(place.text)` is not a valid container name",
                        remedy: "use at most 63 of a-z, 0-9 and -"))
            }
            if !names.insert(place.text).inserted {
                findings.append(
                    workload.object.finding(
                        "\(name)/twice", at: place, "two containers have the name \(place.text)",
                        remedy: "give each a unique name"))
            }
            for port in container["ports"].elements {
                guard let place = port["name"] else { continue }
                let isName =
                    place.text.count <= 15 && Self.isLabel(place.text) && place.text.contains(where: \.isLetter)
                    && !place.text.contains("--")
                if !isName {
                    findings.append(
                        workload.object.finding(
                            "\(name)/port", at: place, "`\(place.text)` is not a valid port name",
                            remedy: "use at most 15 of a-z, 0-9 and -, with at least one letter"))
                }
                if !ports.insert(place.text).inserted {
                    findings.append(
                        workload.object.finding(
                            "\(name)/twice", at: place, "two ports of the pod have the name \(place.text)",
                            remedy: "give each a unique name"))
                }
            }
        }
        return findings
    }

    /// Finds duplicate objects: the one that is applied last wins. Two files of a folder may be alternatives.
    private func twice(_ scene: ManifestSet) -> [Finding] {
        var seen: [String: String] = [:]
        return scene.objects.compactMap { object in
            let key = "\(object.group)/\(object.kind)/\(object.namespace)/\(object.name)"
            guard let first = seen.updateValue(object.path, forKey: key), !object.name.isEmpty else { return nil }
            return object.finding(
                "\(name)/twice", severity: first == object.path ? .error : .warning, "is defined twice",
                remedy: "keep one of the two")
        }
    }

    /// Kinds whose names become host names.
    private static let labelKinds: Set<String> = ["Service", "Namespace"]
    /// Kinds that allow more characters, as in `system:node`.
    private static let freeKinds: Set<String> = ["Role", "ClusterRole", "RoleBinding", "ClusterRoleBinding"]

    static func isLabel(_ text: String) -> Bool { text.wholeMatch(of: /[a-z0-9]([-a-z0-9]*[a-z0-9])?/) != nil }

    private static func isSubdomain(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { isLabel(String($0)) }
    }

    private static func isLabelValue(_ text: String) -> Bool {
        text.isEmpty || text.count <= 63 && text.wholeMatch(of: /[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?/) != nil
    }

    private static func isQualified(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard let last = parts.last, !last.isEmpty, isLabelValue(last), parts.count <= 2 else { return false }
        return parts.count == 1 || parts[0].count <= 253 && isSubdomain(parts[0])
    }

    var explanations: [String: String] {
        [
            "container":
                "The name is not a DNS label. The API server rejects the pod. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
            "label":
                "The label value has characters that Kubernetes does not allow. The API server rejects the object.",
            "name":
                "The name is not a DNS name. The API server rejects the object. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/names/",
            "port":
                "The port name is not valid: at most 15 lower-case letters, digits and hyphens. The API server rejects the object.",
            "twice":
                "Two manifests define the same object. The one that is applied last wins.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        return [
            .sound("an application", Sample.files),
            .broken(
                "a name with an underscore",
                Sample.with(
                    "  name: shop\n  namespace: shop\nspec:\n  replicas",
                    "  name: my_shop\n  namespace: shop\nspec:\n  replicas", in: "deployment"), triggers: "name"),
            .broken(
                "a Service's name with a dot",
                Sample.with("  name: shop\n  namespace", "  name: shop.eu\n  namespace", in: "service"),
                triggers: "name"),
            .broken(
                "an object without a name", Sample.with("  name: shop\n  namespace", "  namespace", in: "service"),
                triggers: "name"),
            .broken(
                "a label with a blank",
                Sample.with("        app: shop\n    spec", "        app: the shop\n    spec", in: "deployment"),
                triggers: "label"),
            .broken(
                "a port's name that is too long",
                Sample.with("- name: http\n", "- name: hypertext-transfer\n", in: "deployment"), triggers: "port"),
            .broken(
                "a container's name in capitals",
                Sample.with("- name: shop\n          image", "- name: Shop\n          image", in: "deployment"),
                triggers: "container"),
            .broken(
                "one object twice", Sample.adding(Sample.files["k8s/service.yaml"] ?? "", as: "k8s/copy.yaml"),
                triggers: "twice"),
        ]
    }
}
