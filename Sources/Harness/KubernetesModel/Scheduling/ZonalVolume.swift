import DocumentModels

/// A volume that only nodes of some zones can mount.
///
/// With `WaitForFirstConsumer`, the zone is that of the first node that mounts the volume, and stays so when the pod is
/// deleted. An existing PersistentVolume lists its zones.
///
/// Sources: Kubernetes documentation, "Storage Classes", volume binding mode, and "Persistent Volumes", node affinity;
/// kubernetes-sigs/aws-ebs-csi-driver, docs/parameters.md; kubernetes-sigs/azuredisk-csi-driver,
/// docs/driver-parameters.md (`skuName`, the replicas of `_ZRS` are in three zones).
struct ZonalVolume: Sendable {
    /// Unique in a cluster: `mlflow-production/mlflow-backups`.
    let claim: String
    /// Terms of node selectors, one of which a node must match; empty where any node may be the first.
    let terms: [YAMLNode]
    /// The claim, as the pod names it.
    let place: YAMLNode?

    func isReachable(from node: ClusterNode, inZone zone: String?) -> Bool {
        guard zone == nil || zone == node.zone else { return false }
        // A StorageClass writes `matchLabelExpressions` with `values` where a volume writes `matchExpressions`.
        let labels = node.labels.merging(Self.zoneKeys.map { ($0, node.zone) }) { first, _ in first }
        return terms.isEmpty
            || terms.contains { term in
                let allowed = term["matchLabelExpressions"].elements
                return allowed.isEmpty
                    ? LabelSelector(term).matches(labels)
                    : allowed.allSatisfy { expression in
                        expression["values"].elements.map(\.text).contains(labels[expression["key"]?.text ?? ""])
                    }
            }
    }

    /// The zone labels of the AWS and Azure drivers.
    private static let zoneKeys = ["topology.ebs.csi.aws.com/zone", "topology.disk.csi.azure.com/zone"]
    private static let zonalDrivers = ["ebs.csi.aws.com", "disk.csi.azure.com", "pd.csi.storage.gke.io"]

    /// The zonal volumes of one pod. A claim that a pod template makes for each pod (`ephemeral`) ends with the pod, and
    /// so binds its successor to no zone.
    ///
    /// - Parameter number: the pod's, for a StatefulSet's own claims.
    static func all(of spec: YAMLNode, object: KubeObject, number: Int, in cluster: [KubeObject]) -> [ZonalVolume] {
        let named = spec["volumes"].elements.compactMap { volume -> ZonalVolume? in
            guard let place = volume["persistentVolumeClaim", "claimName"] else { return nil }
            let claim = cluster.first {
                $0.kind == "PersistentVolumeClaim" && $0.namespace == object.namespace && $0.name == place.text
            }
            return ZonalVolume(place.text, claim?.spec, object, place, cluster)
        }
        let own = (object.kind == "StatefulSet" ? object.spec?["volumeClaimTemplates"] : nil).elements
        return named
            + own.compactMap { template in
                let place = template["metadata", "name"]
                let name = "\(place?.text ?? "")-\(object.name)-\(number)"
                return ZonalVolume(name, template["spec"], object, place, cluster)
            }
    }

    /// `nil` where every node can mount it.
    private init?(
        _ name: String, _ claim: YAMLNode?, _ object: KubeObject, _ place: YAMLNode?, _ cluster: [KubeObject]
    ) {
        self.claim = "\(object.namespace)/\(name)"
        self.place = place
        if let volume = claim?["volumeName"]?.text {
            let bound = cluster.first { $0.kind == "PersistentVolume" && $0.name == volume }
            terms = (bound?.spec?["nodeAffinity", "required", "nodeSelectorTerms"]).elements
            if terms.isEmpty { return nil }
            return
        }
        let wanted = claim?["storageClassName"]?.text
        let storage = cluster.first { object in
            object.kind == "StorageClass"
                && (wanted.map { $0 == object.name }
                    ?? (object.node["metadata", "annotations"]
                        .labels["storageclass.kubernetes.io/is-default-class"] == "true"))
        }
        guard let storage else {
            // The cloud's own class, or a claim made elsewhere: what only one node may write is taken to be a disk.
            let modes = (claim?["accessModes"]).elements.map(\.text)
            if modes.contains(where: ["ReadWriteMany", "ReadOnlyMany"].contains) { return nil }
            terms = []
            return
        }
        let isZonal = Self.zonalDrivers.contains(storage.node["provisioner"]?.text ?? "")
        let sku = (storage.node["parameters"]).labels.first { $0.key.lowercased() == "skuname" }?.value ?? ""
        terms = storage.node["allowedTopologies"].elements
        if terms.isEmpty, !isZonal || sku.hasSuffix("_ZRS") { return nil }
    }
}
