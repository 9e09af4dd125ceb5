import DocumentModels

/// The pods that controllers would create from a cluster's objects.
package struct PodMaker {
    private let cluster: [KubeObject]
    /// Whether autoscaled workloads have their maximum number of pods instead of the minimum.
    private let isAtPeak: Bool

    package init(_ cluster: [KubeObject], isAtPeak: Bool = false) {
        (self.cluster, self.isAtPeak) = (cluster, isAtPeak)
    }

    package var pods: [SchedulablePod] {
        cluster.flatMap { object -> [SchedulablePod] in
            switch (object.group, object.kind) {
            case ("serving.kserve.io", "InferenceService"): predictors(object)
            case ("trainer.kubeflow.org", "TrainJob"): training(object)
            case ("gateway.networking.k8s.io", "Gateway"): gateway(object)
            // DaemonSet pods are part of the node's fixed daemons.
            case ("apps", "DaemonSet"): []
            default: Workload(object).map(ordinary) ?? []
            }
        }
    }

    private func ordinary(_ workload: Workload) -> [SchedulablePod] {
        let object = workload.object
        var count = workload.replicas
        if object.kind == "Job" || object.kind == "CronJob" {
            let job = object.kind == "Job" ? object.spec : object.spec?["jobTemplate", "spec"]
            count = job?["parallelism"]?.int ?? 1
        }
        let scaler = cluster.first {
            ["HorizontalPodAutoscaler", "ScaledObject"].contains($0.kind) && $0.namespace == object.namespace
                && $0.spec?["scaleTargetRef", "name"]?.text == object.name
        }
        if let scaler {
            let least = scaler.spec?["minReplicas"]?.int ?? scaler.spec?["idleReplicaCount"]?.int
            let most = scaler.spec?["maxReplicas"] ?? scaler.spec?["maxReplicaCount"]
            // A ScaledObject may idle at zero pods, so its minimum active count is placed.
            count = (isAtPeak || scaler.kind == "ScaledObject" ? most?.int : least) ?? 1
        }
        return make(
            object, count, labels: workload.labels, spec: workload.spec,
            requests: SchedulablePod.requests(of: workload.spec), place: workload.spec)
    }

    /// KServe creates a Deployment from the service and its runtime.
    private func predictors(_ object: KubeObject) -> [SchedulablePod] {
        guard let predictor = object.spec?["predictor"] else { return [] }
        let runtime = cluster.first {
            ["ServingRuntime", "ClusterServingRuntime"].contains($0.kind)
                && $0.name == predictor["model", "runtime"]?.text
        }
        var requests = runtime?.spec.map(SchedulablePod.requests) ?? ["pods": 1]
        let own = predictor["model", "resources"]
        requests = requests.merging(Resources(own?["limits"]).merging(Resources(own?["requests"])) { $1 }) { $1 }
        let least = predictor["minReplicas"]?.int ?? 1
        let most = predictor["maxReplicas"]?.int ?? least
        return make(
            object, isAtPeak ? most : max(least, 1),
            labels: ["serving.kserve.io/inferenceservice": object.name, "component": "predictor"], spec: predictor,
            requests: requests, place: predictor)
    }

    /// Trainer creates a JobSet from the runtime's template; Kueue starts its pods together.
    private func training(_ object: KubeObject) -> [SchedulablePod] {
        let reference = object.spec?["runtimeRef", "name"]?.text
        let runtime = cluster.first { $0.kind.hasSuffix("TrainingRuntime") && $0.name == reference }
        let jobs = (runtime?.spec?["template", "spec", "replicatedJobs"]).elements
        guard let job = jobs.first(where: { $0["name"]?.text == "node" }),
            let template = job["template", "spec", "template"], let spec = template["spec"]
        else { return [] }
        let trainer = object.spec?["trainer"]
        let nodes = trainer?["numNodes"] ?? runtime?.spec?["mlPolicy", "numNodes"]
        let own = trainer?["resourcesPerNode"]
        let requests = SchedulablePod.requests(of: spec)
            .merging(Resources(own?["limits"]).merging(Resources(own?["requests"])) { $1 }) { $1 }
        let annotations = template["metadata", "annotations"].labels
        return make(
            object, nodes?.int ?? 1, labels: template["metadata", "labels"].labels, spec: spec, requests: requests,
            gang: .init(
                name: object.title, topologyKey: annotations["kueue.x-k8s.io/podset-required-topology"]), place: nil)
    }

    /// NGINX Gateway Fabric creates a Deployment for a Gateway, with the settings of the NginxProxy of its parameters.
    ///
    /// Source: nginx/nginx-gateway-fabric@v2.6.7:internal/controller/provisioner/objects.go, applyUserConfiguration.
    private func gateway(_ object: KubeObject) -> [SchedulablePod] {
        guard let name = object.spec?["infrastructure", "parametersRef", "name"]?.text,
            let deployment = cluster.first(where: {
                $0.kind == "NginxProxy" && $0.name == name && $0.namespace == object.namespace
            })?.spec?["kubernetes", "deployment"], let spec = deployment["pod"]
        else { return [] }
        let scaler = deployment["autoscaling"]
        let count = scaler?[isAtPeak ? "maxReplicas" : "minReplicas"] ?? deployment["replicas"]
        let patches = deployment["patches"].elements.compactMap { $0["value", "spec", "template", "spec"] }
        return make(
            object, count?.int ?? 1, labels: ["gateway.networking.k8s.io/gateway-name": object.name], spec: spec,
            requests: Resources(deployment["container", "resources", "requests"]), place: nil,
            priorityClass: patches.compactMap { $0["priorityClassName"]?.text }.last)
    }

    /// The limit for pods of one workload, because each is compared with every other. `k8s-schedulable` reports
    /// workloads above it.
    package static let most = 1_000

    private func make(
        _ object: KubeObject, _ count: Int, labels: [String: String], spec: YAMLNode, requests: Resources,
        gang: SchedulablePod.Gang? = nil, place: YAMLNode?, priorityClass: String? = nil
    ) -> [SchedulablePod] {
        let workload = "\(object.namespace)/\(object.name)"
        let priorityClass = priorityClass ?? spec["priorityClassName"]?.text
        let priority = cluster.first { $0.kind == "PriorityClass" && $0.name == priorityClass }
        // The Deployment controller distinguishes revisions by this label.
        let labels = labels.merging(["pod-template-hash": workload.replacing("/", with: "-")]) { $1 }
        return (0..<min(max(count, 0), Self.most)).map { number in
            SchedulablePod(
                name: "\(workload)-\(number)", namespace: object.namespace, workload: workload, labels: labels,
                spec: spec, requests: requests, priority: priority?.node["value"]?.int ?? 0,
                preempts: priority?.node["preemptionPolicy"]?.text != "Never", gang: gang,
                volumes: ZonalVolume.all(of: spec, object: object, number: number, in: cluster), object: object,
                place: place)
        }
    }
}
