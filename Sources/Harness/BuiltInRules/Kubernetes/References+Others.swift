import CheckCore
import DocumentModels
import KubernetesModel

/// References of objects other than pods.
extension References {
    func object(of object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        switch object.kind {
        case "HorizontalPodAutoscaler", "ScaledObject":
            guard let target = object.spec?["scaleTargetRef"], let place = target["name"] else { return [] }
            let kind = target["kind"]?.text ?? "Deployment"
            guard let scaled = scene.find(kind, place.text, in: object.namespace) else {
                return [missing(object, kind, place, in: object.namespace, scene)]
            }
            return containers(object, of: scaled)
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
        default: return accounts(object, scene)
        }
    }

    /// Containers whose usage a scaler measures.
    private func containers(_ scaler: KubeObject, of scaled: KubeObject) -> [Finding] {
        guard let pods = Workload(scaled) else { return [] }
        let names = pods.allContainers.compactMap { $0["name"]?.text }
        return (scaler.spec?["metrics"]).elements.compactMap { $0["containerResource", "container"] }
            .filter { !names.contains($0.text) }.map {
                scaler.finding(
                    "\(name)/container", at: $0, "\(scaled.title) has no container \($0.text)",
                    remedy: "use one of \(names.joined(separator: ", "))")
            }
    }

    /// The accounts of pods that a controller creates from custom resources, in its own namespace.
    private func accounts(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        guard object.ownNamespace != nil else { return [] }
        return object.mappingsForPods.compactMap { $0["serviceAccountName"] }.filter {
            $0.isScalar && !["", "default"].contains($0.text) && !$0.isFilledInLater
                && scene.find("ServiceAccount", $0.text, in: object.namespace) == nil
        }.map { missing(object, "ServiceAccount", $0, in: object.namespace, scene) }
    }

    private func route(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
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
                        remedy: "use one of \(listeners.compactMap { $0["name"]?.text }.joined(separator: ", "))"))
            } else if !chosen.contains(where: { admits($0, object, gateway, scene) }) {
                findings.append(
                    object.finding(
                        "\(name)/listener", at: section ?? place,
                        "Gateway \(gateway.name) does not allow routes from namespace \(object.namespace)",
                        remedy:
                            "allow the namespace in `allowedRoutes` of the listener, or add the selected labels to the namespace"
                    ))
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
                        "no ReferenceGrant in \(namespace) allows it to use Service \(place.text)",
                        remedy: "add a ReferenceGrant there, or move the route to the namespace of the Service"))
            }
        }
        return findings
    }

    /// KServe creates the Service NAME-predictor for an InferenceService; the Prometheus operator creates one for each
    /// kind.
    ///
    /// Sources: KServe 0.20, pkg/constants, `PredictorServiceName`; prometheus-operator 0.93, `governingServiceName`.
    private func isService(_ wanted: String, _ namespace: String, _ scene: ManifestSet) -> Bool {
        if scene.find("Service", wanted, in: namespace) != nil { return true }
        let operated = ["prometheus-operated": "Prometheus", "alertmanager-operated": "Alertmanager"]
        if let kind = operated[wanted] {
            return scene.cluster.contains { $0.kind == kind && $0.namespace == namespace }
        }
        let suffix = "-predictor"
        return wanted.hasSuffix(suffix)
            && scene.find("InferenceService", String(wanted.dropLast(suffix.count)), in: namespace) != nil
    }

    private func admits(_ listener: YAMLNode, _ route: KubeObject, _ gateway: KubeObject, _ scene: ManifestSet) -> Bool
    {
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

    private func isGranted(_ route: KubeObject, _ namespace: String, _ scene: ManifestSet) -> Bool {
        scene.cluster.contains { grant in
            grant.kind == "ReferenceGrant" && grant.namespace == namespace
                && (grant.spec?["from"]).elements.contains {
                    $0["kind"]?.text == route.kind && $0["namespace"]?.text == route.namespace
                }
        }
    }

    private func gateway(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        (object.spec?["listeners"]).elements.flatMap { $0["tls", "certificateRefs"].elements }.compactMap { reference in
            guard let place = reference["name"] else { return nil }
            let namespace = reference["namespace"]?.text ?? object.namespace
            return lookUp("Secret", place.text, namespace, scene) == nil
                ? missing(object, "Secret", place, in: namespace, scene) : nil
        }
    }

    private func ingress(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        let paths = (object.spec?["rules"]).elements.flatMap { ($0["http", "paths"]).elements }
        let services = (paths.map { $0["backend"] } + [object.spec?["defaultBackend"]]).compactMap {
            $0?["service", "name"]
        }
        return services.filter { !isService($0.text, object.namespace, scene) }.map {
            missing(object, "Service", $0, in: object.namespace, scene)
        }
    }

    /// A claim that names a missing volume stays pending. This is an error if an unclaimed volume exists beside it;
    /// otherwise the volume may be created by hand.
    private func claim(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
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

    private func binding(_ object: KubeObject, _ scene: ManifestSet) -> [Finding] {
        var findings: [Finding] = []
        // The built-in roles of every cluster.
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

    /// Finds a namespace that no manifest creates, in a repository that creates namespaces.
    func namespace(of object: KubeObject, _ scene: ManifestSet) -> Finding? {
        guard let place = object.node["metadata", "namespace"],
            !["default", "kube-system", "kube-public", "kube-node-lease"].contains(place.text),
            scene.cluster.contains(where: { $0.kind == "Namespace" }),
            scene.find("Namespace", place.text, in: nil) == nil
        else { return nil }
        return missing(object, "Namespace", place, in: nil, scene)
    }
}
