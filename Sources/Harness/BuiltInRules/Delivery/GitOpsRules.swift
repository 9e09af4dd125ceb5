import CheckCore
import DeliveryModel
import DocumentModels
import HarnessSupport
import KubernetesModel

/// The rules on one cluster's Argo CD.
struct GitOpsRules {
    let name: String
    let deployed: [Deployed]
    let projects: [ArgoProject]
    /// The Argo CD's own.
    let objects: [KubeObject]

    private func project(of application: ArgoApplication) -> ArgoProject? {
        projects.first { $0.object.name == application.project }
    }

    // MARK: What a project permits

    func permitted() -> [Finding] {
        deployed.flatMap { deployed -> [Finding] in
            let application = deployed.application
            guard let project = project(of: application) else {
                return [
                    application.finding(
                        "\(name)/project",
                        "belongs to the project \(application.project), which the repository does not define",
                        remedy: "correct the name; the project `default` permits everything")
                ]
            }
            var findings: [Finding] = []
            if !project.sources.contains(where: { ArgoProject.permits($0, application.repository) }) {
                findings.append(
                    application.finding(
                        "\(name)/source",
                        "uses the repository \(application.repository), which its project does not permit",
                        remedy: "add the repository to sourceRepos of \(application.project), or correct the URL"))
            }
            for namespace in deployed.namespaces.sorted()
            where !project.destinations.contains(where: {
                ArgoProject.permits($0, cluster: application.cluster, namespace: namespace)
            }) {
                findings.append(
                    application.finding(
                        "\(name)/destination",
                        "deploys to namespace \(namespace) of \(application.cluster), which its project does not permit",
                        remedy: "add the namespace to destinations of \(application.project), or deploy to another one")
                )
            }
            return findings + kinds(deployed, project)
        }
    }

    private func kinds(_ deployed: Deployed, _ project: ArgoProject) -> [Finding] {
        let refused = deployed.objects.filter { object in
            if object.isClusterWide { return !project.clusterKinds.contains { ArgoProject.permits($0, object) } }
            let isAmong = project.namespacedKinds?.contains { ArgoProject.permits($0, object) } ?? true
            return !isAmong || project.deniedKinds.contains { ArgoProject.permits($0, object) }
        }
        return Set(refused.map { "\($0.group)|\($0.kind)|\($0.isClusterWide ? $0.name : "")" }).sorted().map { key in
            let parts = key.split(separator: "|", omittingEmptySubsequences: false)
            let title = parts[2].isEmpty ? "\(parts[1])" : "\(parts[1]) \(parts[2])"
            return deployed.application.finding(
                "\(name)/kind", "creates a \(title), which its project does not permit",
                remedy:
                    "add group \"\(parts[0])\", kind \(parts[1]) to \(parts[2].isEmpty ? "namespaceResourceWhitelist" : "clusterResourceWhitelist") of \(deployed.application.project)"
            )
        }
    }

    func unused() -> [Finding] {
        projects.flatMap { project -> [Finding] in
            let own = deployed.filter { $0.application.project == project.object.name }
            func finding(_ place: YAMLNode, _ what: String) -> Finding {
                project.object.finding(
                    "\(name)/unused", at: place, "permits \(what), which none of its applications uses",
                    remedy: "remove the entry")
            }
            var patterns: [YAMLNode] = project.sources
            for destination in project.destinations {
                patterns += ["server", "name", "namespace"].compactMap { destination[$0] }
            }
            for kind in project.clusterKinds { patterns += ["group", "kind"].compactMap { kind[$0] } }
            let wide = patterns.filter { $0.text.hasPrefix("*") }.map {
                project.object.finding(
                    "\(name)/wildcard", at: $0, "permits `\($0.text)`", remedy: "list only what the applications need")
            }
            let sources = project.sources.filter { source in
                !own.contains { ArgoProject.permits(source, $0.application.repository) }
            }.map { finding($0, $0.text) }
            let destinations = project.destinations.filter { destination in
                !own.contains { deployed in
                    deployed.namespaces.contains {
                        ArgoProject.permits(destination, cluster: deployed.application.cluster, namespace: $0)
                    }
                }
            }.map { finding($0, "namespace \($0["namespace"]?.text ?? "")") }
            func isUsed(_ kind: YAMLNode, isClusterWide: Bool) -> Bool {
                own.contains { deployed in
                    deployed.objects.contains {
                        $0.isClusterWide == isClusterWide && ArgoProject.permits(kind, $0)
                    }
                }
            }
            let idle: [YAMLNode] =
                project.clusterKinds.filter { !isUsed($0, isClusterWide: true) }
                + (project.namespacedKinds ?? []).filter { !isUsed($0, isClusterWide: false) }
            let kinds = idle.map { finding($0, "\($0["kind"]?.text ?? "") \($0["name"]?.text ?? "")") }
            return wide + sources + destinations + kinds
        }
    }

    // MARK: In which order

    func steps() -> [Finding] {
        let lost = deployed.filter { $0.application.step == nil }.map {
            $0.application.finding(
                "\(name)/step", "no step selects the application, so it is never synced",
                remedy: "add the label of a step")
        }
        let rolling = objects.filter { $0.node["spec", "strategy", "type"]?.text == "RollingSync" }
        let key = "applicationsetcontroller.enable.progressive.syncs"
        let isOn = objects.contains { $0.name == "argocd-cmd-params-cm" && $0.node["data", key]?.text == "true" }
        if isOn { return lost }
        return lost
            + rolling.map {
                $0.finding(
                    "\(name)/steps-off", at: $0.node["spec", "strategy"],
                    "the controller ignores its steps: progressive syncs are off",
                    remedy: "set \(key): \"true\" in argocd-cmd-params-cm")
            }
    }

    /// An object's dependencies have to come in an earlier step or in the same application, in which Argo CD sorts
    /// objects by kind.
    func order() -> [Finding] {
        deployed.flatMap { consumer -> [Finding] in
            guard let step = consumer.application.step else { return [] }
            let needs = consumer.objects.flatMap { object -> [Need] in needed(by: object, in: consumer) }
            return Set(needs).sorted { $0.title < $1.title }.compactMap { need in
                let makers = deployed.filter { $0.makes(need.kind, need.name) }
                if makers.isEmpty {
                    // Built-in priority classes, and definitions that exist before Argo CD is installed.
                    guard need.kind == "Namespace", !consumer.application.makesNamespace else { return nil }
                    return consumer.application.finding(
                        "\(name)/order", "needs the \(need.title), which no application creates",
                        remedy: "add the object to an overlay")
                }
                if makers.contains(where: {
                    $0.application.name == consumer.application.name || $0.application.step ?? .max < step
                }) {
                    return nil
                }
                return consumer.application.finding(
                    "\(name)/order",
                    "needs the \(need.title) of \(makers[0].application.name), which does not come in an earlier step",
                    remedy: "move one of the two applications to another step")
            }
        }
    }

    /// A step ends when all its objects are healthy, and a route is healthy only after its Gateway has accepted it.
    ///
    /// Source: argoproj/argo-cd@v3.5.1:resource_customizations/gateway.networking.k8s.io/HTTPRoute/health.lua.
    func deadlocks() -> [Finding] {
        deployed.flatMap { consumer -> [Finding] in
            guard let step = consumer.application.step else { return [] }
            let gateways = consumer.objects.filter { $0.kind == "HTTPRoute" }.flatMap { route in
                (route.spec?["parentRefs"]).elements.filter { $0["kind"]?.text ?? "Gateway" == "Gateway" }
                    .compactMap { $0["name"]?.text }
            }
            return Set(gateways).sorted().compactMap { gateway in
                let makers = deployed.filter { $0.makes("Gateway", gateway) }
                let steps = makers.compactMap(\.application.step)
                guard let earliest = steps.min(), earliest > step else { return nil }
                return consumer.application.finding(
                    "\(name)/deadlock",
                    "the sync never ends: its routes need the Gateway \(gateway) of \(makers[0].application.name), which comes in a later step",
                    remedy: "move the Gateway into the same step or an earlier one")
            }
        }
    }

    /// A claim that only CronJobs mount stays Pending until one runs, which Argo CD takes for progress.
    ///
    /// Source: argoproj/argo-cd@v3.5.1:gitops-engine/pkg/health/health_pvc.go.
    func waitingClaims() -> [Finding] {
        let isJudgedOtherwise = objects.contains {
            $0.name == "argocd-cm"
                && ($0.node["data"]?["resource.customizations.health.PersistentVolumeClaim"] != nil
                    || $0.node["data"]?["resource.customizations"] != nil)
        }
        if isJudgedOtherwise { return [] }
        return deployed.filter { $0.application.step != nil }.flatMap { deployed -> [Finding] in
            func claims(_ isScheduled: Bool) -> Set<String> {
                let workloads = deployed.objects.filter { ($0.kind == "CronJob") == isScheduled }
                    .compactMap { Workload($0) }
                return Set(
                    workloads.flatMap { $0.spec["volumes"].elements }
                        .compactMap { $0["persistentVolumeClaim", "claimName"]?.text })
            }
            let made = deployed.objects.filter { $0.kind == "PersistentVolumeClaim" }.map(\.name)
            return claims(true).subtracting(claims(false)).intersection(made).sorted().map { claim in
                deployed.application.finding(
                    "\(name)/deadlock",
                    "the step waits for the claim \(claim), which stays Pending until a CronJob first runs",
                    remedy:
                        "set resource.customizations.health.PersistentVolumeClaim in argocd-cm, or mount the claim in a Deployment"
                )
            }
        }
    }

    /// With RespectIgnoreDifferences, a sync writes the live value of an ignored field, so no commit changes it.
    ///
    /// Source: argoproj/argo-cd@v3.5.1:docs/user-guide/sync-options.md, Respect ignore differences.
    func frozen() -> [Finding] {
        deployed.flatMap { deployed -> [Finding] in
            let options = deployed.application.spec["syncPolicy", "syncOptions"].elements.map(\.text)
            guard options.contains("RespectIgnoreDifferences=true") else { return [] }
            return deployed.application.spec["ignoreDifferences"].elements.flatMap { ignored -> [Finding] in
                // A controller fills in the certificates of webhooks, whatever the manifest says.
                let paths = (ignored["jsonPointers"].elements + ignored["jqPathExpressions"].elements)
                    .filter { !$0.text.contains("caBundle") }
                func isMeant(_ object: KubeObject) -> Bool {
                    object.kind == ignored["kind"]?.text && object.group == ignored["group"]?.text ?? ""
                        && ignored["name"].map { $0.text == object.name } ?? true
                        && ignored["namespace"].map { $0.text == deployed.namespace(of: object) } ?? true
                }
                return deployed.objects.filter(isMeant).compactMap { object -> Finding? in
                    let frozen = paths.first { path in
                        let keys = path.text.matches(of: /[A-Za-z_][\w-]*|\d+/).map { String($0.0) }
                        return Self.holds(object.node, keys[...])
                    }
                    guard let frozen else { return nil }
                    return deployed.application.finding(
                        "\(name)/frozen",
                        "keeps the live \(frozen.text) of \(object.title), so no commit changes the field",
                        remedy: "remove the entry of ignoreDifferences, or the field from the manifest")
                }
            }
        }
    }

    /// Every element of a list is followed, whatever its number.
    private static func holds(_ node: YAMLNode, _ keys: ArraySlice<String>) -> Bool {
        if !node.elements.isEmpty {
            let rest = keys.first.flatMap(Int.init) == nil ? keys : keys.dropFirst()
            return rest.isEmpty || node.elements.contains { holds($0, rest) }
        }
        guard let key = keys.first else { return true }
        return node[key].map { holds($0, keys.dropFirst()) } ?? false
    }

    private struct Need: Hashable {
        let kind: String
        let name: String
        var title: String { "\(kind) \(name)" }
    }

    private func needed(by object: KubeObject, in consumer: Deployed) -> [Need] {
        var needs: [Need] = []
        if !object.isClusterWide { needs.append(Need(kind: "Namespace", name: consumer.namespace(of: object))) }
        if let name = Workload(object)?.spec["priorityClassName"]?.text, !name.hasPrefix("system-") {
            needs.append(Need(kind: "PriorityClass", name: name))
        }
        // The policy does not apply to objects that are created before it.
        if Workload(object) != nil || object.kind == "InferenceService" {
            needs += deployed.flatMap(\.objects).filter { $0.kind == "ValidatingAdmissionPolicyBinding" }.map {
                Need(kind: $0.kind, name: $0.name)
            }
        }
        let definitions = deployed.flatMap(\.objects).filter { $0.kind == "CustomResourceDefinition" }
        needs += definitions.filter {
            $0.node["spec", "group"]?.text == object.group
                && $0.node["spec", "names", "kind"]?.text == object.kind
        }.map { Need(kind: $0.kind, name: $0.name) }
        return needs
    }

    func shared() -> [Finding] {
        var first: [String: String] = [:]
        return deployed.flatMap { deployed in
            deployed.objects.compactMap { object in
                let place = object.isClusterWide ? "" : deployed.namespace(of: object)
                let key = "\(object.group)/\(object.kind)/\(place)/\(object.name)"
                guard let other = first[key] else {
                    first[key] = deployed.application.name
                    return nil
                }
                return deployed.application.finding(
                    "\(name)/shared",
                    "creates \(object.title), which \(other) also creates: the two overwrite each other",
                    remedy: "create the object in one of the two")
            }
        }
    }

    /// Argo CD reverts changes of other controllers, unless `ignoreDifferences` lists the field.
    func replicas() -> [Finding] {
        deployed.flatMap { deployed in
            deployed.objects.filter { $0.kind == "HorizontalPodAutoscaler" }.compactMap { scaler -> Finding? in
                let target = scaler.node["spec", "scaleTargetRef"]
                guard
                    let scaled = deployed.objects.first(where: {
                        $0.kind == target?["kind"]?.text && $0.name == target?["name"]?.text
                    }), scaled.node["spec", "replicas"] != nil
                else { return nil }
                let isIgnored = deployed.application.spec["ignoreDifferences"].elements.contains {
                    $0["kind"]?.text == scaled.kind
                        && $0["jsonPointers"].elements.contains { $0.text == "/spec/replicas" }
                }
                if isIgnored { return nil }
                return deployed.application.finding(
                    "\(name)/replicas", "sets the replicas of \(scaled.title), which an autoscaler also sets",
                    remedy: "remove `replicas` from the manifest")
            }
        }
    }

    // MARK: Production

    func production() -> [Finding] {
        deployed.flatMap { deployed -> [Finding] in
            let application = deployed.application
            var findings: [Finding] = []
            if ["", "HEAD", "main", "master"].contains(application.revision) {
                findings.append(
                    application.finding(
                        "\(name)/revision",
                        "follows \(application.revision.isEmpty ? "HEAD" : application.revision): every commit is deployed to production",
                        remedy: "follow a branch that only promotions change"))
            }
            let windows = project(of: application)?.windows ?? []
            let isBound = windows.contains { window in
                window["kind"]?.text == "allow" && window["manualSync"]?.bool != true
                    && (window["applications"].elements.contains { Wildcard.matches($0.text, application.name) }
                        || window["namespaces"].elements.contains { Wildcard.matches($0.text, application.namespace) })
            }
            if !isBound {
                findings.append(
                    application.finding(
                        "\(name)/window", "no sync window of its project limits when it may change",
                        remedy: "add an `allow` window to \(application.project), without manualSync"))
            }
            return findings
        }
    }
}
