import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that quantities parse, requests do not exceed limits, and every container has both.
struct Quantities: ManifestRule {
    let name = "k8s-quantities"
    let summary = "containers have requests and limits, in valid quantities"
    let advice = Advice.rules("missing")

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { workload in
            workload.allContainers.flatMap { container(workload.object, $0, $0["resources"]) }
                + workload.spec["volumes"].elements.compactMap { $0["emptyDir", "sizeLimit"] }
                .compactMap { malformed(workload.object, $0) }
        } + scene.objects.flatMap(others)
    }

    /// - Parameter place: where findings are reported, for a document inside another one.
    private func container(
        _ object: KubeObject, _ container: YAMLNode, _ resources: YAMLNode?, at place: YAMLNode? = nil
    ) -> [Finding] {
        var findings: [Finding] = []
        let title = container["name"].map { "container \($0.text)" } ?? "the pod template"
        let (requests, limits) = (resources?["requests"], resources?["limits"])
        for (part, node) in [("requests", requests), ("limits", limits)] {
            let absent = ["cpu", "memory"].filter { node?[$0] == nil }
            if !absent.isEmpty {
                findings.append(
                    object.finding(
                        "\(name)/missing", at: place ?? node ?? resources ?? container["name"] ?? container,
                        "\(title) has no \(part) of \(absent.joined(separator: " and "))",
                        remedy: "add them to `resources.\(part)`"))
            }
        }
        findings += (requests.entries + limits.entries).compactMap { unsound(object, $0.key, $0.value, at: place) }
        for (key, value) in requests.entries {
            guard let limit = limits?[key.text], let most = Quantity(limit.text), let least = Quantity(value.text),
                least.value > most.value
            else { continue }
            findings.append(
                object.finding(
                    "\(name)/order", at: place ?? value,
                    "\(title) requests \(value.text) of \(key.text), above its limit of \(limit.text)",
                    remedy: "request at most the limit"))
        }
        return findings
    }

    /// Pod templates of custom resources: those with requests need limits too.
    private func made(_ object: KubeObject) -> [Finding] {
        object.mappingsForPods.flatMap { mapping in
            ["resources", "resourcesPerNode"].compactMap { mapping[$0] }.filter { resources in
                // A claim requests only storage.
                let quantities = ["requests", "limits"].flatMap { part in
                    ["cpu", "memory"].compactMap { resources[part, $0] }
                }
                return !quantities.isEmpty && !quantities.contains(where: \.isFilledInLater)
            }.flatMap { container(object, mapping, $0) }
        }
    }

    private func others(_ object: KubeObject) -> [Finding] {
        switch object.kind {
        case "ConfigMap":
            // Istio merges this text into the Deployment that it creates for a Gateway.
            guard let text = object.node["data", "deployment"],
                let overlay = (try? YAMLTree(Array(text.text.utf8)))?.documents.first?["spec", "template", "spec"]
            else { return [] }
            return overlay["containers"].elements.flatMap { container(object, $0, $0["resources"], at: text) }
        case "ResourceQuota": return (object.spec?["hard"]).entries.compactMap { malformed(object, $0.value) }
        case "LimitRange":
            let limits = (object.spec?["limits"]).elements
            guard !limits.isEmpty else {
                return [
                    object.finding(
                        "\(name)/unlimited", at: object.node["spec"] ?? object.node, "limits nothing",
                        remedy: "add `limits`, or remove the object")
                ]
            }
            return limits.flatMap { item in
                ["default", "defaultRequest", "max", "min"].flatMap { item[$0].entries }
            }.compactMap { unsound(object, $0.key, $0.value) }
        case "PersistentVolumeClaim":
            guard object.spec?["resources", "requests", "storage"] != nil else {
                return [
                    object.finding(
                        "\(name)/unsized", at: object.node["spec"] ?? object.node,
                        "requests no storage, so the API server rejects the claim",
                        remedy: "add resources: {requests: {storage: 1Gi}}")
                ]
            }
            return (object.spec?["resources", "requests"]).entries.compactMap { malformed(object, $0.value) }
        case "StatefulSet":
            return (object.spec?["volumeClaimTemplates"]).elements.flatMap {
                $0["spec", "resources", "requests"].entries
            }.compactMap { malformed(object, $0.value) }
        default: return made(object)
        }
    }

    private func unsound(
        _ object: KubeObject, _ key: YAMLNode, _ value: YAMLNode, at place: YAMLNode? = nil
    ) -> Finding? {
        if let problem = malformed(object, value, at: place) { return problem }
        guard key.text != "cpu", value.text.hasSuffix("m") else { return nil }
        return object.finding(
            "\(name)/unit", at: place ?? value, "\(key.text): \(value.text) means thousandths of a byte",
            remedy: "write \(value.text.dropLast())Mi")
    }

    private func malformed(_ object: KubeObject, _ value: YAMLNode, at place: YAMLNode? = nil) -> Finding? {
        if Quantity(value.text) != nil { return nil }
        return object.finding(
            "\(name)/malformed", at: place ?? value, "`\(value.text)` is not a valid quantity",
            remedy: "write a number with a suffix of m, k, M, G, T, Ki, Mi, Gi, Ti")
    }

    var explanations: [String: String] {
        [
            "malformed":
                "The value is not a quantity of Kubernetes. The API server rejects the object. Source: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/",
            "missing":
                "The container has no request or limit. It can starve its neighbours, or be starved by them.",
            "order":
                "The request is above the limit. The API server rejects the pod.",
            "unit":
                "The unit is valid but not meant: memory in `m` is thousandths of a byte.",
            "unlimited":
                "The LimitRange or ResourceQuota limits nothing.",
            "unsized":
                "The claim asks for no storage. The API server rejects it.",
        ]
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        func monitor(_ resources: String) -> [String: String] {
            Sample.adding(
                "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: a, namespace: shop}\nspec:\n  resources: \(resources)\n",
                as: "k8s/monitor.yaml")
        }
        func proxy(_ resources: String) -> [String: String] {
            Sample.adding(
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: proxy, namespace: shop}\ndata:\n  deployment: |\n    spec: {template: {spec: {containers: [{name: istio-proxy, resources: \(resources)}]}}}\n",
                as: "k8s/proxy.yaml")
        }
        let both = "{requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}"
        let requests = "{requests: {cpu: 1, memory: 1Gi}}"
        return [
            .sound("an application", Sample.files),
            .sound("what an operator makes pods from", monitor(both)),
            .sound("quantities that are filled in later", monitor("{requests: {cpu: \"{{a}}\", memory: \"${b}\"}}")),
            .broken("an operator's pods without limits", monitor(requests), triggers: "missing"),
            .sound("what is laid over a gateway's pods", proxy(both)),
            .broken("a gateway's pods without limits", proxy(requests), triggers: "missing"),
            .broken(
                "no limit of memory", Sample.with("            memory: 256Mi\n", "", in: "deployment"),
                triggers: "missing"),
            .broken(
                "a range without limits",
                Sample.files.merging([
                    "k8s/range.yaml":
                        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a, namespace: shop}\nspec: {limits: []}\n"
                ]) { $1 }, triggers: "unlimited"),
            .broken(
                "a range in thousandths of a byte",
                Sample.files.merging([
                    "k8s/range.yaml":
                        "apiVersion: v1\nkind: LimitRange\nmetadata: {name: a, namespace: shop}\nspec:\n  limits:\n    - {type: Container, default: {memory: 256m}}\n"
                ]) { $1 }, triggers: "unit"),
            .broken(
                "a claim of no size",
                Sample.adding(
                    "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: a, namespace: shop}\nspec: {accessModes: [ReadWriteOnce], resources: {}}\n",
                    as: "k8s/claim.yaml"), triggers: "unsized"),
            .broken("no resources", Sample.with("resources:", "lifecycle:", in: "deployment"), triggers: "missing"),
            .broken(
                "a unit that does not exist", Sample.with("256Mi", "256MB", in: "deployment"), triggers: "malformed"),
            .broken("thousandths of a byte", Sample.with("128Mi", "128m", in: "deployment"), triggers: "unit"),
            .broken(
                "more requested than allowed", Sample.with("cpu: 100m", "cpu: 1500m", in: "deployment"),
                triggers: "order"),
            .broken(
                "a quota without a number",
                Sample.adding(
                    "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: shop, namespace: shop}\nspec:\n  hard:\n    limits.cpu: four\n",
                    as: "k8s/quota.yaml"), triggers: "malformed"),
        ]
    }
}
