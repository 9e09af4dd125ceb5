/// What an object names is there.
struct References: ManifestRule {
    let name = "k8s-references"
    let summary = "every object that another names exists"
    let revision = 5

    func findings(in scene: Scene) -> [Finding] {
        scene.workloads.flatMap { pods($0, scene) } + scene.objects.flatMap { object(of: $0, scene) }
            + scene.objects.compactMap { namespace(of: $0, scene) } + scene.workloads.flatMap { secrets($0, scene) }
    }

    // MARK: Pods

    private func pods(_ workload: Workload, _ scene: Scene) -> [Finding] {
        var findings: [Finding] = []
        let (object, namespace) = (workload.object, workload.namespace)
        func need(_ kind: String, _ place: YAMLNode?, optional: Bool = false, key: YAMLNode? = nil) {
            guard let place, !optional, !place.text.isEmpty else { return }
            guard let found = lookUp(kind, place.text, namespace, scene) else {
                findings.append(missing(object, kind, place, in: namespace, scene))
                return
            }
            guard let key, let data = found.node["data"] ?? found.node["stringData"], data[key.text] == nil,
                found.node["binaryData", key.text] == nil
            else { return }
            findings.append(
                object.finding(
                    "\(name)/key", at: key, "\(kind) \(place.text) has no key \(key.text)",
                    remedy: "name one of \(data.entries.map(\.key.text).joined(separator: ", "))"))
        }
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
            let volumes = Set(workload.spec["volumes"].elements.compactMap { $0["name"]?.text })
            for mount in container["volumeMounts"].elements {
                guard let place = mount["name"], !volumes.contains(place.text), !isClaimTemplate(place.text, object)
                else { continue }
                findings.append(
                    object.finding(
                        "\(name)/volume", at: place, "there is no volume \(place.text) in the pod",
                        remedy: "add it to `volumes`, or name one of \(volumes.sorted().joined(separator: ", "))"))
            }
        }
        for volume in workload.spec["volumes"].elements {
            let sources = [volume] + volume["projected", "sources"].elements
            for source in sources {
                let (map, secret) = (source["configMap"], source["secret"])
                need("ConfigMap", map?["name"], optional: isOptional(map))
                need("Secret", secret?["secretName"] ?? secret?["name"], optional: isOptional(secret))
            }
            // A claim template takes the place of the volume of its name.
            if !isClaimTemplate(volume["name"]?.text ?? "", object) {
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
            // Before Kubernetes 1.34 the field had to hold something, also where nobody asks for the pods by name.
            if place.text == object.name { finding.severity = .warning }
            findings.append(finding)
        }
        return findings
    }

    /// A Secret that somebody makes by hand goes by one name: two that differ by a letter are a slip of the pen.
    private func secrets(_ workload: Workload, _ scene: Scene) -> [Finding] {
        func named(_ workload: Workload) -> [YAMLNode] {
            workload.spec["volumes"].elements.compactMap { $0["secret", "secretName"] }
                + workload.allContainers.flatMap { $0["env"].elements }.compactMap {
                    $0["valueFrom", "secretKeyRef", "name"]
                }
        }
        let others = Set(
            scene.clusterWorkloads.filter { $0.namespace == workload.namespace }.flatMap(named).map(\.text))
        return named(workload).filter { lookUp("Secret", $0.text, workload.namespace, scene) == nil }.compactMap {
            place in
            guard let other = others.sorted().first(where: { Self.isSlip(place.text, $0) }) else { return nil }
            return workload.object.finding(
                "\(name)/nearly", at: place, "names the Secret \(place.text), and another pod here \(other)",
                remedy: "write the same name at both")
        }
    }

    /// Whether one letter was added, left out or doubled. Numbers tell things apart, letters at one place seldom do.
    private static func isSlip(_ one: String, _ other: String) -> Bool {
        let (long, short) = one.count > other.count ? (Array(one), Array(other)) : (Array(other), Array(one))
        guard long.count == short.count + 1, short.count > 3 else { return false }
        let same = zip(long, short).prefix { $0 == $1 }.count
        return long[same].isLetter && long[(same + 1)...].elementsEqual(short[same...])
    }

    private func isClaimTemplate(_ volume: String, _ object: KubeObject) -> Bool {
        (object.spec?["volumeClaimTemplates"]).elements.contains { $0["metadata", "name"]?.text == volume }
    }

    /// Secrets also come from what issues or fetches them.
    private func lookUp(_ kind: String, _ wanted: String, _ namespace: String, _ scene: Scene) -> KubeObject? {
        if let object = scene.find(kind, wanted, in: namespace) { return object }
        if kind == "ConfigMap", wanted == "kube-root-ca.crt" || wanted == "openshift-service-ca.crt" {
            return scene.cluster.first
        }
        guard kind == "Secret" else { return nil }
        return scene.cluster.first { object in
            guard object.namespace == namespace else { return false }
            return switch object.kind {
            case "Certificate": object.spec?["secretName"]?.text == wanted
            case "ExternalSecret": (object.spec?["target", "name"]?.text ?? object.name) == wanted
            case "SealedSecret": object.name == wanted
            default: false
            }
        }
    }

    // MARK: Others

    private func object(of object: KubeObject, _ scene: Scene) -> [Finding] {
        switch object.kind {
        case "HorizontalPodAutoscaler", "ScaledObject":
            guard let target = object.spec?["scaleTargetRef"], let place = target["name"] else { return [] }
            let kind = target["kind"]?.text ?? "Deployment"
            return scene.find(kind, place.text, in: object.namespace) == nil
                ? [missing(object, kind, place, in: object.namespace, scene)] : []
        case "HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute": return route(object, scene)
        case "Gateway" where object.group == "gateway.networking.k8s.io": return gateway(object, scene)
        case "Ingress": return ingress(object, scene)
        case "RoleBinding", "ClusterRoleBinding": return binding(object, scene)
        case "PersistentVolumeClaim": return claim(object, scene)
        case "ValidatingAdmissionPolicyBinding":
            guard let place = object.spec?["policyName"],
                scene.find("ValidatingAdmissionPolicy", place.text, in: nil) == nil
            else { return [] }
            return [missing(object, "ValidatingAdmissionPolicy", place, in: nil, scene)]
        case _ where Workload(object) == nil && !KubernetesSchemas.serves(group: object.group):
            return object.spec.map { accounts($0, of: object, scene) } ?? []
        default: return []
        }
    }

    /// The accounts of pods that a program makes from its own kind.
    private func accounts(_ node: YAMLNode, of object: KubeObject, _ scene: Scene) -> [Finding] {
        let own = node.entries.filter { $0.key.text == "serviceAccountName" && $0.value.isScalar }.map(\.value).filter {
            !["", "default"].contains($0.text) && scene.find("ServiceAccount", $0.text, in: object.namespace) == nil
        }.map { missing(object, "ServiceAccount", $0, in: object.namespace, scene) }
        return own + (node.entries.map(\.value) + node.elements).flatMap { accounts($0, of: object, scene) }
    }

    private func route(_ object: KubeObject, _ scene: Scene) -> [Finding] {
        var findings: [Finding] = []
        for parent in (object.spec?["parentRefs"]).elements where parent["kind"]?.text ?? "Gateway" == "Gateway" {
            guard let place = parent["name"] else { continue }
            let namespace = parent["namespace"]?.text ?? object.namespace
            guard let gateway = scene.find("Gateway", place.text, in: namespace) else {
                findings.append(missing(object, "Gateway", place, in: namespace, scene))
                continue
            }
            let listeners = (gateway.spec?["listeners"]).elements
            let section = parent["sectionName"]
            let chosen = listeners.filter { section == nil || $0["name"]?.text == section?.text }
            if chosen.isEmpty {
                findings.append(
                    object.finding(
                        "\(name)/listener", at: section,
                        "Gateway \(gateway.name) has no listener \(section?.text ?? "")",
                        remedy: "name one of \(listeners.compactMap { $0["name"]?.text }.joined(separator: ", "))"))
            } else if !chosen.contains(where: { admits($0, object, gateway, scene) }) {
                findings.append(
                    object.finding(
                        "\(name)/listener", at: section ?? place,
                        "Gateway \(gateway.name) lets no route of namespace \(object.namespace) attach there",
                        remedy:
                            "open the listener's `allowedRoutes` for the namespace, or give the namespace its labels"))
            }
        }
        for backend in (object.spec?["rules"]).elements.flatMap({ $0["backendRefs"].elements }) {
            guard let place = backend["name"], backend["kind"]?.text ?? "Service" == "Service" else { continue }
            let namespace = backend["namespace"]?.text ?? object.namespace
            if !isService(place.text, namespace, scene) {
                findings.append(missing(object, "Service", place, in: namespace, scene))
            } else if namespace != object.namespace, !isGranted(object, namespace, scene) {
                findings.append(
                    object.finding(
                        "\(name)/grant", at: place,
                        "no ReferenceGrant in \(namespace) lets it use Service \(place.text)",
                        remedy: "add one there, or keep route and Service in one namespace"))
            }
        }
        return findings
    }

    /// KServe makes the Service NAME-predictor from an InferenceService.
    ///
    /// Source: KServe 0.20, pkg/constants, `PredictorServiceName`.
    private func isService(_ wanted: String, _ namespace: String, _ scene: Scene) -> Bool {
        if scene.find("Service", wanted, in: namespace) != nil { return true }
        let suffix = "-predictor"
        return wanted.hasSuffix(suffix)
            && scene.find("InferenceService", String(wanted.dropLast(suffix.count)), in: namespace) != nil
    }

    private func admits(_ listener: YAMLNode, _ route: KubeObject, _ gateway: KubeObject, _ scene: Scene) -> Bool {
        let allowed = listener["allowedRoutes", "namespaces"]
        switch allowed?["from"]?.text ?? "Same" {
        case "All": return true
        case "Selector":
            guard let namespace = scene.find("Namespace", route.namespace, in: nil) else { return true }
            let labels = namespace.labels.merging(["kubernetes.io/metadata.name": namespace.name]) { $1 }
            return LabelSelector(allowed?["selector"]).matches(labels)
        default: return route.namespace == gateway.namespace
        }
    }

    private func isGranted(_ route: KubeObject, _ namespace: String, _ scene: Scene) -> Bool {
        scene.cluster.contains { grant in
            grant.kind == "ReferenceGrant" && grant.namespace == namespace
                && (grant.spec?["from"]).elements.contains {
                    $0["kind"]?.text == route.kind && $0["namespace"]?.text == route.namespace
                }
        }
    }

    private func gateway(_ object: KubeObject, _ scene: Scene) -> [Finding] {
        (object.spec?["listeners"]).elements.flatMap { $0["tls", "certificateRefs"].elements }.compactMap { reference in
            guard let place = reference["name"] else { return nil }
            let namespace = reference["namespace"]?.text ?? object.namespace
            return lookUp("Secret", place.text, namespace, scene) == nil
                ? missing(object, "Secret", place, in: namespace, scene) : nil
        }
    }

    private func ingress(_ object: KubeObject, _ scene: Scene) -> [Finding] {
        let paths = (object.spec?["rules"]).elements.flatMap { ($0["http", "paths"]).elements }
        let services = (paths.map { $0["backend"] } + [object.spec?["defaultBackend"]]).compactMap {
            $0?["service", "name"]
        }
        return services.filter { scene.find("Service", $0.text, in: object.namespace) == nil }.map {
            missing(object, "Service", $0, in: object.namespace, scene)
        }
    }

    /// A claim of a volume by name waits for ever without it. Certain where a volume stands beside it that no claim
    /// names: others are made by hand.
    private func claim(_ object: KubeObject, _ scene: Scene) -> [Finding] {
        guard let place = object.spec?["volumeName"], !place.text.isEmpty,
            scene.find("PersistentVolume", place.text, in: nil) == nil
        else { return [] }
        let claimed = scene.cluster.filter { $0.kind == "PersistentVolumeClaim" }
            .compactMap { $0.spec?["volumeName"]?.text }
        var finding = missing(object, "PersistentVolume", place, in: nil, scene)
        let isWaiting = scene.objects.contains {
            $0.kind == "PersistentVolume" && $0.spec?["claimRef"] == nil && !claimed.contains($0.name)
        }
        if !isWaiting { finding.severity = .warning }
        return [finding]
    }

    private func binding(_ object: KubeObject, _ scene: Scene) -> [Finding] {
        var findings: [Finding] = []
        // The roles that every cluster brings.
        let builtIn: Set<String> = [
            "view", "edit", "admin", "cluster-admin", "extension-apiserver-authentication-reader",
        ]
        if let place = object.node["roleRef", "name"], let kind = object.node["roleRef", "kind"]?.text {
            let isKnown = builtIn.contains(place.text) || place.text.hasPrefix("system:")
            if !isKnown, scene.find(kind, place.text, in: kind == "Role" ? object.namespace : nil) == nil {
                findings.append(missing(object, kind, place, in: kind == "Role" ? object.namespace : nil, scene))
            }
        }
        for subject in object.node["subjects"].elements where subject["kind"]?.text == "ServiceAccount" {
            guard let place = subject["name"], place.text != "default" else { continue }
            let namespace = subject["namespace"]?.text ?? object.namespace
            if scene.find("ServiceAccount", place.text, in: namespace) == nil {
                findings.append(missing(object, "ServiceAccount", place, in: namespace, scene))
            }
        }
        return findings
    }

    /// A namespace that nobody makes, where some are made.
    private func namespace(of object: KubeObject, _ scene: Scene) -> Finding? {
        guard let place = object.node["metadata", "namespace"],
            !["default", "kube-system", "kube-public", "kube-node-lease"].contains(place.text),
            scene.cluster.contains(where: { $0.kind == "Namespace" }),
            scene.find("Namespace", place.text, in: nil) == nil
        else { return nil }
        return missing(object, "Namespace", place, in: nil, scene)
    }

    private func missing(
        _ object: KubeObject, _ kind: String, _ place: YAMLNode, in namespace: String?, _ scene: Scene
    ) -> Finding {
        let area = namespace.map { " in namespace \($0)" } ?? ""
        return object.finding(
            "\(name)/missing", at: place, severity: scene.severity(withoutA: kind, in: namespace),
            "there is no \(kind) \(place.text)\(area)",
            remedy: "correct the name, or add the \(kind)")
    }

    var examples: [Example] {
        typealias Sample = SampleApplication
        let model = """
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata: {name: advice, namespace: shop}

            """
        let claim = { (volume: String) in
            Sample.adding(
                "apiVersion: v1\nkind: PersistentVolume\nmetadata: {name: shop}\nspec: {capacity: {storage: 1Gi}, accessModes: [ReadOnlyMany], hostPath: {path: /srv}}\n---\napiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: shop, namespace: shop}\nspec: {volumeName: \(volume), accessModes: [ReadOnlyMany], resources: {requests: {storage: 1Gi}}}\n",
                as: "k8s/volume.yaml")
        }
        func two(_ one: String, _ other: String) -> [String: String] {
            let pod = { (name: String, secret: String) in
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: \(name), namespace: shop}
                spec:
                  containers: [{name: a, image: a}]
                  volumes:
                    - name: a
                      # harness:ignore k8s-references/missing made by hand, and never kept here
                      secret: {secretName: \(secret)}

                """
            }
            return Sample.files.merging(["k8s/one.yaml": pod("one", one), "k8s/other.yaml": pod("other", other)]) { $1 }
        }
        return [
            .sound("an application", Sample.files),
            .broken(
                "a ConfigMap that there is not",
                Sample.with(
                    "name: shop\n                  key", "name: store\n                  key", in: "deployment"),
                triggers: "missing"),
            .broken(
                "a key that the ConfigMap lacks", Sample.with("key: level", "key: levels", in: "deployment"),
                triggers: "key"),
            .broken(
                "a Secret that nobody issues",
                Sample.with("secretName: shop-tls", "secretName: shop-key", in: "deployment"), triggers: "missing"),
            .sound(
                "two Secrets that are told apart by a number", two("bucket-1", "bucket-12")),
            .broken(
                "a Secret by two names that a slip of the pen tells apart", two("bucket", "buckett"),
                triggers: "nearly"),
            .broken(
                "a service account that there is not",
                Sample.with("serviceAccountName: shop", "serviceAccountName: store", in: "deployment"),
                triggers: "missing"),
            .broken(
                "an operator's pods with an account that there is not",
                Sample.adding(
                    "apiVersion: monitoring.coreos.com/v1\nkind: Alertmanager\nmetadata: {name: a, namespace: shop}\nspec: {serviceAccountName: store}\n",
                    as: "k8s/alerts.yaml"), triggers: "missing"),
            .broken(
                "a priority class that there is not",
                Sample.with("priorityClassName: serving", "priorityClassName: urgent", in: "deployment"),
                triggers: "missing"),
            .broken(
                "a claim that there is not",
                Sample.with(
                    "secret:\n            secretName: shop-tls", "persistentVolumeClaim:\n            claimName: shop",
                    in: "deployment"), triggers: "missing"),
            .sound("a volume and its claim", claim("shop")),
            .broken("a claim of a volume that there is not", claim("shops"), triggers: "missing"),
            .broken(
                "a mount of no volume",
                Sample.with(
                    "- name: key\n              mountPath", "- name: keys\n              mountPath", in: "deployment"),
                triggers: "volume"),
            .broken(
                "a route to no Service",
                Sample.with("- name: shop\n          port", "- name: store\n          port", in: "route"),
                triggers: "missing"),
            .sound(
                "a route to the Service that KServe makes",
                Sample.with("- name: shop\n          port", "- name: advice-predictor\n          port", in: "route")
                    .merging(["k8s/model.yaml": model]) { $1 }),
            .broken(
                "a route to the predictor of another service",
                Sample.with("- name: shop\n          port", "- name: advise-predictor\n          port", in: "route")
                    .merging(["k8s/model.yaml": model]) { $1 }, triggers: "missing"),
            .broken(
                "a route at no gateway",
                Sample.with("- name: public\n      sectionName", "- name: private\n      sectionName", in: "route"),
                triggers: "missing"),
            .broken(
                "a route at no listener", Sample.with("sectionName: https", "sectionName: http", in: "route"),
                triggers: "listener"),
            .broken(
                "a route that the listener does not admit",
                Sample.with(
                    "  namespace: shop\nspec:\n  parentRefs:\n    - name: public\n",
                    "  namespace: default\nspec:\n  parentRefs:\n    - name: public\n      namespace: shop\n",
                    in: "route"),
                triggers: "listener", "missing"),
            .broken(
                "a gateway without its certificate", Sample.with("- name: shop-tls", "- name: store-tls", in: "route"),
                triggers: "missing"),
            .broken(
                "an autoscaler of nothing",
                Sample.with("kind: Deployment\n    name: shop", "kind: Deployment\n    name: store", in: "others"),
                triggers: "missing"),
            .broken(
                "a binding of no role",
                Sample.with("kind: Role\n  name: shop\nsubjects", "kind: Role\n  name: store\nsubjects", in: "rights"),
                triggers: "missing"),
            .broken(
                "a binding of no service account",
                Sample.with(
                    "- kind: ServiceAccount\n    name: shop", "- kind: ServiceAccount\n    name: store", in: "rights"),
                triggers: "missing"),
            .broken(
                "a namespace that nobody makes", Sample.with("namespace: shop", "namespace: store", in: "service"),
                triggers: "missing"),
        ]
    }
}
