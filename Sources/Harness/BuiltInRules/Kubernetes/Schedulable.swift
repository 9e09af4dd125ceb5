import CheckCore
import DocumentModels
import KubernetesModel

/// Checks that every pod fits on the nodes of its cluster, even after the loss of some, and that GPU nodes run only GPU
/// work.
struct Schedulable: Check {
    let name = "k8s-schedulable"
    let summary = "every pod fits on the nodes of its cluster, even after the loss of spot nodes, a zone or a node"
    // A cluster that cannot be built is skipped alone.
    var isBatched: Bool { false }
    var weight: Double { 1.5 }

    func subjects(in repository: Repository) -> [Subject] {
        let all = repository.kustomizations
        return ClusterFile.files(in: repository).map { path in
            let overlays = (try? ClusterFile(path, in: repository))?.overlays.compactMap { all.byFolder[$0.text] } ?? []
            return Subject(
                path: path,
                inputs: Set(
                    [path, ClusterFile.cloudsPath(for: path), Self.page(of: path)].filter(repository.contains)
                        + overlays.flatMap(all.files)
                ).sorted())
        }
    }

    func inspect(_ subjects: [Subject], in context: CheckContext) async throws -> [Finding] {
        var findings: [Finding] = []
        for subject in subjects {
            let file = try ClusterFile(subject.path, in: context.repository)
            let problems = file.problems()
            findings += problems
            if problems.isEmpty {
                let objects = try await file.objects(in: context)
                findings += self.findings(file, objects)
                findings += try pageFindings(file, objects, in: context.repository)
            }
        }
        return findings
    }

    private static func page(of path: String) -> String {
        ClusterFile.cloudsPath(for: path).parentPath.appendingPath("README.md")
    }

    /// The two tables on a page, in the block after "`harness schedule NAME`", are up to date.
    private func pageFindings(
        _ file: ClusterFile, _ cluster: [KubeObject], in repository: Repository
    ) throws -> [Finding] {
        let page = Self.page(of: file.path)
        let lines = (repository.text(of: page) ?? "").lines.map(String.init)
        guard let title = lines.firstIndex(where: { $0.hasSuffix("`harness schedule \(file.name)`:") }),
            let start = lines[title...].firstIndex(where: { $0.hasPrefix("```") }),
            let end = lines[(start + 1)...].firstIndex(where: { $0.hasPrefix("```") })
        else { return [] }
        let shown = lines[(start + 1)..<end].enumerated().map { (line: start + 2 + $0.offset, cells: $0.element.words) }
        let report = try ClusterReport(file, cluster, scenario: "\(Scenario.normal)")
        let wanted = (report.nodeTable + report.scenarioTable).map { $0.joined(separator: " ").words }
        let written = shown.filter { !$0.cells.isEmpty }
        for (index, row) in wanted.enumerated() where index >= written.count || written[index].cells != row {
            return [
                Finding(
                    rule: "\(name)/page", path: page, line: index < written.count ? written[index].line : end + 1,
                    message: "the table of \(file.name) is out of date",
                    remedy: "write the row: \(row.joined(separator: " "))")
            ]
        }
        return []
    }

    private func findings(_ file: ClusterFile, _ cluster: [KubeObject]) -> [Finding] {
        for isAtPeak in [false, true] {
            let tooMany = tooMany(PodMaker(cluster, isAtPeak: isAtPeak).pods, file)
            if !tooMany.isEmpty { return tooMany }
        }
        let nodes = file.nodes(cluster)
        let scenarios = Scenario.all(for: nodes) + nodes.map { .drained($0.name) }
        let (start, peak) = (StartingPoint(file, cluster), StartingPoint(file, cluster, isAtPeak: true))
        return storage(file, cluster) + beyondLimits(file, cluster) + idleGPUs(file, nodes, start.pods)
            + scenarios.flatMap { scenario -> [Finding] in
                let outcome = ScenarioOutcome(scenario, from: scenario == .peak ? peak : start)
                var pending = outcome.pending
                if case .without(let type) = scenario {
                    pending += ScenarioOutcome(scenario, from: StartingPoint(file, cluster, favouring: type)).pending
                }
                return unplaced(pending, scenario, file) + lost(outcome, start.pods, file) + held(outcome, file)
            }
    }

    /// If some pods are not simulated, no statement about the others is possible.
    private func tooMany(_ pods: [SchedulablePod], _ file: ClusterFile) -> [Finding] {
        Dictionary(grouping: pods, by: \.workload).values.filter { $0.count >= PodMaker.most }.map { $0[0] }
            .sorted { $0.name < $1.name }.map { pod in
                pod.object.finding(
                    "\(name)/too-many", at: pod.place,
                    "may have \(PodMaker.most) pods or more in \(file.name): their placement is not simulated",
                    remedy: "run fewer pods")
            }
    }

    private func unplaced(_ pending: [Scheduler.Pending], _ scenario: Scenario, _ file: ClusterFile) -> [Finding] {
        // Gangs, and pods for a lost GPU, wait until their nodes return.
        let isWaiting = { (pod: SchedulablePod) in
            switch scenario {
            case .normal, .peak: false
            case .without: pod.gang != nil || pod.asksForGPU
            case .zoneLost, .drained: pod.gang != nil
            }
        }
        let isBound = { (one: Scheduler.Pending) in
            scenario.isLoss && one.pod.placeOfVolume != nil && one.why.contains(Filters.volumeConflict)
        }
        let bound = Dictionary(grouping: pending.filter(isBound), by: \.pod.workload).values.compactMap(\.first)
            .sorted { $0.pod.name < $1.pod.name }.map { one in
                one.pod.object.finding(
                    "\(name)/zonal-volume", at: one.pod.placeOfVolume,
                    "pod \(one.pod.name) waits for its volume's zone in \(file.name) (\(scenario)): \(one.why)",
                    remedy: "use storage that every zone can mount, or state why the pod may wait")
            }
        let pending = pending.filter { !isBound($0) }
        let first = Dictionary(grouping: pending.filter { !isWaiting($0.pod) }, by: \.pod.workload)
        return bound
            + first.values.compactMap(\.first).sorted { $0.pod.name < $1.pod.name }.map { pending in
                pending.pod.object.finding(
                    "\(name)/\(scenario.isLoss ? "no-place-left" : "unschedulable")", at: pending.pod.place,
                    "pod \(pending.pod.name) finds no node in \(file.name) (\(scenario)): \(pending.why)",
                    remedy: "change its requests or the nodes of the cluster; `harness schedule` shows both")
            }
    }

    /// The service is down until a pod has started on another node.
    private func lost(_ outcome: ScenarioOutcome, _ pods: [SchedulablePod], _ file: ClusterFile) -> [Finding] {
        guard let least = outcome.leastKept, least.kept == 0,
            let pod = pods.first(where: { $0.workload == least.workload })
        else { return [] }
        return [
            pod.object.finding(
                "\(name)/all-at-once", at: pod.place,
                "all \(least.wanted) pods are lost together in \(file.name) (\(outcome.scenario))",
                remedy: "spread the pods, so that one failure leaves some of them")
        ]
    }

    private func held(_ outcome: ScenarioOutcome, _ file: ClusterFile) -> [Finding] {
        outcome.held.map { pod in
            pod.object.finding(
                "\(name)/held", at: pod.place,
                "pod \(pod.name) can never be evicted in \(file.name) (\(outcome.scenario))",
                remedy: "allow one disruption in its budget")
        }
    }

    /// Claims that no driver ever fills.
    ///
    /// Sources: docs.aws.amazon.com/eks/latest/userguide/ebs-csi.html; kubernetes-sigs/aws-ebs-csi-driver and
    /// kubernetes-sigs/azuredisk-csi-driver, access modes: one node writes a file system on a disk.
    private func storage(_ file: ClusterFile, _ cluster: [KubeObject]) -> [Finding] {
        let disks: Set = ["ebs.csi.aws.com", "disk.csi.azure.com"]
        let classes = cluster.filter { $0.kind == "StorageClass" }
        let claims = cluster.flatMap { object -> [(KubeObject, YAMLNode)] in
            switch object.kind {
            case "PersistentVolumeClaim": object.spec.map { [(object, $0)] } ?? []
            case "StatefulSet":
                (object.spec?["volumeClaimTemplates"]).elements.compactMap { $0["spec"] }
                    .map { (object, $0) }
            default: []
            }
        }
        return claims.compactMap { object, spec in
            let place = spec["storageClassName"]
            guard spec["volumeName"] == nil, place?.text != "" else { return nil }
            let storage = classes.first { each in
                place.map { $0.text == each.name }
                    ?? (each.node["metadata", "annotations"]
                        .labels["storageclass.kubernetes.io/is-default-class"] == "true")
            }
            guard let storage else {
                if let place {
                    if file.storageClasses.contains(place.text) { return nil }
                } else if !file.storageClasses.isEmpty {
                    return nil
                }
                return object.finding(
                    "\(name)/storage", at: place ?? spec,
                    place.map { "the StorageClass \($0.text) does not exist in \(file.name)" }
                        ?? "names no StorageClass, and \(file.name) has no default one",
                    remedy: "name a StorageClass that the cluster's overlays create")
            }
            guard disks.contains(storage.node["provisioner"]?.text ?? "") else { return nil }
            if storage.node["volumeBindingMode"]?.text != "WaitForFirstConsumer",
                storage.node["allowedTopologies"] == nil
            {
                return object.finding(
                    "\(name)/storage", at: place ?? spec,
                    "\(storage.title) of \(file.name) creates the disk before its pod has a zone",
                    remedy: "set volumeBindingMode: WaitForFirstConsumer on the StorageClass")
            }
            guard spec["volumeMode"]?.text != "Block",
                let mode = spec["accessModes"].elements.first(where: { $0.text.hasSuffix("Many") })
            else { return nil }
            return object.finding(
                "\(name)/storage", at: mode,
                "\(storage.title) of \(file.name) creates disks, which are not \(mode.text)",
                remedy: "write ReadWriteOnce, or use a class of shared file systems")
        }
    }

    /// Nodes that no pool may create.
    private func beyondLimits(_ file: ClusterFile, _ cluster: [KubeObject]) -> [Finding] {
        let nodes = file.nodes(cluster, isAtPeak: true)
        return cluster.filter { $0.kind == "NodePool" }.flatMap { pool -> [Finding] in
            let type = (pool.spec?["template", "metadata", "labels"]).labels[ClusterFile.typeLabel]
            let all = nodes.filter { $0.type == type }.reduce(into: Resources()) { $0 = $0.adding($1.allocatable) }
            return (pool.spec?["limits"]).entries.compactMap { key, value in
                guard let limit = Quantity(value.text)?.value, all[key.text, default: 0] > limit else { return nil }
                return pool.finding(
                    "\(name)/limit", at: value,
                    "\(file.name) counts on more \(key.text) than the NodePool may create",
                    remedy: "raise the limit, or change the cluster's nodes")
            }
        }
    }

    /// A pod that requests no GPU but fits on an empty GPU node.
    private func idleGPUs(
        _ file: ClusterFile, _ nodes: [ClusterNode], _ pods: [SchedulablePod]
    ) -> [Finding] {
        let filters = Filters(placement: Placement(nodes))
        let withGPU = nodes.filter { $0.allocatable[SchedulablePod.gpu, default: 0] > 0 }
        let idle = Dictionary(grouping: pods.filter { !$0.asksForGPU }, by: \.workload)
        return idle.values.compactMap(\.first).sorted { $0.name < $1.name }.compactMap { pod in
            guard let node = withGPU.first(where: { filters.reason(pod, $0) == nil }) else { return nil }
            return pod.object.finding(
                "\(name)/idle-gpu", at: pod.place?["tolerations"] ?? pod.place,
                "may run on \(node.name) of \(file.name) without requesting its GPU",
                remedy: "set a limit for \(SchedulablePod.gpu), or exclude the node with a taint or an affinity")
        }
    }

    var explanations: [String: String] {
        [
            "page":
                "A table in the documentation differs from the simulated placement.",
            "zonal-volume":
                "A pod waits when the zone of its volume is lost, because a zonal volume cannot be mounted in "
                + "another zone.",
            "all-at-once":
                "All pods of the workload are on what one failure takes away.",
            "cluster":
                "The description of a cluster is incomplete, so scheduling cannot be simulated.",
            "held":
                "A node with this pod cannot be drained, because the disruption budget never lets the pod go.",
            "idle-gpu":
                "The pod may occupy a GPU node without asking for its GPU.",
            "limit":
                "The description of a cluster counts on more nodes than the NodePool may make.",
            "no-place-left":
                "After the loss that the scenario describes, the pod finds no node.",
            "storage":
                "A claim names a StorageClass that the cluster lacks, wants a disk that several nodes mount, or gets a "
                + "disk in a zone where its pod may not go. Each pod that uses it stays pending.",
            "too-many":
                "The job has too many pods to simulate.",
            "unschedulable":
                "No node of the cluster fits the pod: it stays pending.",
        ]
    }

    var examples: [Example] { SampleCluster.examples }
}

extension String {
    fileprivate var words: [String] { split(separator: " ").map(String.init) }
}
