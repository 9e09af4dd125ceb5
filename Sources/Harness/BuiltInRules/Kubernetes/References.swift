import CheckCore
import DocumentModels
import HarnessSupport
import KubernetesModel

/// Checks that every object that another object refers to exists.
struct References: ManifestRule {
    let name = "k8s-references"
    let summary = "every referenced object exists"

    func findings(in scene: ManifestSet) -> [Finding] {
        scene.workloads.flatMap { pods($0, scene) } + scene.objects.flatMap { object(of: $0, scene) }
            + scene.objects.compactMap { namespace(of: $0, scene) } + scene.workloads.flatMap { secrets($0, scene) }
    }

    private func pods(_ workload: Workload, _ scene: ManifestSet) -> [Finding] {
        var findings: [Finding] = []
        let (object, namespace) = (workload.object, workload.namespace)
        func need(
            _ kind: String, _ place: YAMLNode?, optional: Bool = false, key: YAMLNode? = nil,
            keys items: YAMLNode? = nil
        ) {
            guard let place, !optional, !place.text.isEmpty else { return }
            guard let found = lookUp(kind, place.text, namespace, scene) else {
                findings.append(missing(object, kind, place, in: namespace, scene))
                return
            }
            let maps = ["data", "stringData", "binaryData"].compactMap { found.node[$0] }
            let wanted = ([key] + items.elements.map { $0["key"] }).compactMap { $0 }
            if maps.isEmpty {
                guard let made = keys(madeBy: found) else { return }
                findings += wanted.filter { !made.contains($0.text) }.map {
                    object.finding(
                        "\(name)/key", at: $0, "\(found.title) does not create the key \($0.text)",
                        remedy: "use one of \(made.sorted().joined(separator: ", "))")
                }
                return
            }
            for key in wanted where maps.allSatisfy({ $0[key.text] == nil }) {
                findings.append(
                    object.finding(
                        "\(name)/key", at: key, "\(kind) \(place.text) has no key \(key.text)",
                        remedy: "use one of \(maps.flatMap(\.entries).map(\.key.text).joined(separator: ", "))"))
            }
        }
        let templates = (object.spec?["volumeClaimTemplates"]).elements.compactMap { $0["metadata", "name"]?.text }
        func isOptional(_ node: YAMLNode?) -> Bool { node?["optional"]?.bool == true }
        for container in workload.allContainers {
            for source in container["envFrom"].elements {
                let (map, secret) = (source["configMapRef"], source["secretRef"])
                need("ConfigMap", map?["name"], optional: isOptional(map))
                need("Secret", secret?["name"], optional: isOptional(secret))
            }
            for variable in container["env"].elements {
                let (map, secret) = (variable["valueFrom", "configMapKeyRef"], variable["valueFrom", "secretKeyRef"])
                need("ConfigMap", map?["name"], optional: isOptional(map), key: map?["key"])
                need("Secret", secret?["name"], optional: isOptional(secret), key: secret?["key"])
            }
            let volumes = Set(workload.spec["volumes"].elements.compactMap { $0["name"]?.text } + templates)
            for mount in container["volumeMounts"].elements {
                guard let place = mount["name"], !volumes.contains(place.text) else { continue }
                let others = volumes.isEmpty ? "" : ", or use one of \(volumes.sorted().joined(separator: ", "))"
                findings.append(
                    object.finding(
                        "\(name)/volume", at: place, "the pod has no volume \(place.text)",
                        remedy: "add the volume to `volumes`\(others)"))
            }
        }
        for volume in workload.spec["volumes"].elements {
            let sources = [volume] + volume["projected", "sources"].elements
            for source in sources {
                let (map, secret) = (source["configMap"], source["secret"])
                need("ConfigMap", map?["name"], optional: isOptional(map), keys: map?["items"])
                need(
                    "Secret", secret?["secretName"] ?? secret?["name"], optional: isOptional(secret),
                    keys: secret?["items"])
            }
            // A claim template replaces the volume with the same name.
            if !templates.contains(volume["name"]?.text ?? "") {
                need("PersistentVolumeClaim", volume["persistentVolumeClaim", "claimName"])
            }
        }
        for secret in workload.spec["imagePullSecrets"].elements { need("Secret", secret["name"]) }
        if workload.serviceAccount != "default" { need("ServiceAccount", workload.spec["serviceAccountName"]) }
        if let place = workload.spec["priorityClassName"], !place.text.hasPrefix("system-"),
            scene.find("PriorityClass", place.text, in: nil) == nil
        {
            findings.append(missing(object, "PriorityClass", place, in: nil, scene))
        }
        if object.kind == "StatefulSet", let place = object.spec?["serviceName"], !place.text.isEmpty,
            lookUp("Service", place.text, namespace, scene) == nil
        {
            var finding = missing(object, "Service", place, in: namespace, scene)
            // Before Kubernetes 1.34 the field was required, even if no Service used the pods by name.
            if place.text == object.name { finding.severity = .warning }
            findings.append(finding)
        }
        return findings
    }

    /// A Secret that is created by hand has one name. Two names that differ by one letter are a typo, unless one pod
    /// uses both.
    private func secrets(_ workload: Workload, _ scene: ManifestSet) -> [Finding] {
        func named(_ workload: Workload) -> [YAMLNode] {
            workload.spec["volumes"].elements.flatMap { [$0] + $0["projected", "sources"].elements }.compactMap {
                $0["secret", "secretName"] ?? $0["secret", "name"]
            }
                + workload.allContainers.flatMap { $0["env"].elements }.compactMap {
                    $0["valueFrom", "secretKeyRef", "name"]
                }
        }
        let pods = scene.clusterWorkloads.filter { $0.namespace == workload.namespace }
            .map { Set(named($0).map(\.text)) }
        let others = pods.reduce(into: Set<String>()) { $0.formUnion($1) }.sorted()
        return named(workload).filter { lookUp("Secret", $0.text, workload.namespace, scene) == nil }.compactMap {
            place in
            let other = others.first { other in
                place.text.isLikelyTypo(of: other) && !pods.contains { $0.isSuperset(of: [place.text, other]) }
            }
            return other.map {
                workload.object.finding(
                    "\(name)/nearly", at: place, severity: .warning,
                    "uses the Secret \(place.text), but another pod here uses \($0)",
                    remedy: "write the same name in both")
            }
        }
    }

    /// Certificates and ExternalSecrets also create Secrets.
    func lookUp(_ kind: String, _ wanted: String, _ namespace: String, _ scene: ManifestSet) -> KubeObject? {
        if let object = scene.find(kind, wanted, in: namespace) { return object }
        if kind == "ConfigMap", wanted == "kube-root-ca.crt" || wanted == "openshift-service-ca.crt" {
            return scene.cluster.first
        }
        guard kind == "Secret" else { return nil }
        let makers =
            scene.all("Certificate").filter { $0.spec?["secretName"]?.text == wanted }
            + scene.all("ExternalSecret").filter { ($0.spec?["target", "name"]?.text ?? $0.name) == wanted }
            + scene.all("SealedSecret").filter { $0.name == wanted }
        return makers.first { $0.namespace == namespace }
    }

    /// The keys of the Secret that an ExternalSecret creates; `nil` if the store decides.
    ///
    /// Source: external-secrets v0.10, apis/externalsecrets/v1beta1: a template replaces the data unless it merges.
    private func keys(madeBy object: KubeObject) -> Set<String>? {
        guard object.kind == "ExternalSecret", object.spec?["dataFrom"].elements.isEmpty ?? true else { return nil }
        let template = object.spec?["target", "template"]
        guard template?["templateFrom"] == nil else { return nil }
        let data = Set((object.spec?["data"]).elements.compactMap { $0["secretKey"]?.text })
        let templated = Set((template?["data"]).entries.map(\.key.text))
        let isMerged = template?["mergePolicy"]?.text == "Merge"
        return templated.isEmpty ? data : isMerged ? templated.union(data) : templated
    }

    func missing(
        _ object: KubeObject, _ kind: String, _ place: YAMLNode, in namespace: String?, _ scene: ManifestSet
    ) -> Finding {
        let area = namespace.map { " in namespace \($0)" } ?? ""
        return object.finding(
            "\(name)/missing", at: place, severity: scene.severity(withoutA: kind, in: namespace),
            "the \(kind) \(place.text) does not exist\(area)",
            remedy: "correct the name, or add the \(kind)")
    }
}
